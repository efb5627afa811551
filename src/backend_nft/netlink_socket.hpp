// NetlinkSocket: a NETLINK_NETFILTER socket, in the network namespace in which the thread was when it was opened.
//
// Closing one that has sent a batch which deleted something, or which the kernel refused, waits for an RCU grace period
// (some 10 to 25 ms). Whoever cannot wait hands such a socket to somebody who can; see NftBackend.
#pragma once

#include <libmnl/libmnl.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "backend_nft/batch.hpp"
#include "ferrule/error.hpp"

namespace ferrule::nft {

// Requests that go out together. Answers come in the same order.
class Request {
 public:
  // `type` is NFT_MSG_GET… or another subsystem's; `family` may be AF_UNSPEC.
  nlmsghdr* add(uint16_t subsystem, uint16_t type, uint16_t flags, uint8_t family);
  nlmsghdr* add_nft(uint16_t type, uint16_t flags, uint8_t family);

 private:
  friend class NetlinkSocket;
  // Names are at most NFT_NAME_MAXLEN (256) bytes long, and no request has more than three.
  static constexpr size_t kLongest = 1024;
  std::vector<std::vector<uint32_t>> messages_;
};

// Not thread-safe; may move to another thread.
class NetlinkSocket {
 public:
  static Result<NetlinkSocket> open();

  // How a dump ended: kTorn when somebody changed what was dumped meanwhile.
  enum class Answer : uint8_t { kWhole, kTorn };
  // Sends `request` and calls `take` with every answer but errors and the ends of dumps. The first error ends it all.
  Result<Answer> ask(Request& request, const std::function<void(const nlmsghdr&)>& take);

  // An error that the kernel reported for one message.
  struct Refusal {
    uint32_t sequence;
    int errno_value;
  };
  // Sends a finished batch. Nothing refused: it was carried out, or tried.
  Result<std::vector<Refusal>> send(const Batch& batch);
  // The same for the ruleset of `generation`, whatever the batch says.
  Result<std::vector<Refusal>> send(const Batch& batch, uint32_t generation);

 private:
  struct Close {
    void operator()(mnl_socket* socket) const { mnl_socket_close(socket); }
  };
  explicit NetlinkSocket(mnl_socket* socket);
  Result<std::vector<Refusal>> send_pieces(const std::vector<iovec>& pieces);
  Result<void> send_bytes(const std::vector<iovec>& pieces);
  bool enlarge_send_buffer(size_t size) const;
  int fd() const { return mnl_socket_get_fd(socket_.get()); }

  std::unique_ptr<mnl_socket, Close> socket_;
  std::unique_ptr<std::byte[]> buffer_;
  uint32_t sequence_ = 0;
};

}  // namespace ferrule::nft
