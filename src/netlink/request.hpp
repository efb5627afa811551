// Request: questions to nfnetlink that go out in one datagram. Answers come in the same order.
#pragma once

#include <libmnl/libmnl.h>

#include <cstdint>
#include <string_view>
#include <vector>

namespace ferrule::netlink {

class Request {
 public:
  // Adds a message of `subsystem` (NFNL_SUBSYS_*) and `type` with NLM_F_REQUEST and `flags`. Attributes are put behind
  // it with libmnl's functions, at most kLongest bytes in all. `family` may be AF_UNSPEC.
  nlmsghdr* add(uint16_t subsystem, uint16_t type, uint16_t flags, uint8_t family);
  // The same for NFNL_SUBSYS_NFTABLES, and the types NFT_MSG_GET….
  nlmsghdr* add_nft(uint16_t type, uint16_t flags, uint8_t family);

 private:
  friend class Socket;
  // Names are at most NFT_NAME_MAXLEN (256) bytes long, and no request has more than three.
  static constexpr size_t kLongest = 1024;
  std::vector<std::vector<uint32_t>> messages_;
};

// Puts a string attribute, with its NUL.
void put_text(nlmsghdr* message, uint16_t type, std::string_view text);

}  // namespace ferrule::netlink
