#include "backend_nft/netlink_socket.hpp"

#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <string>
#include <utility>

namespace ferrule::nft {
namespace {

// The kernel fills at most 32 KiB per call with a dump, and an error echoes the whole message it is about.
constexpr size_t kBufferSize = size_t{64} << 10;

tl::unexpected<Error> reading_failed(int error_number) { return tl::unexpected(reading_error(error_number)); }

// The errno in an NLMSG_ERROR or at the end of a dump, positive; 0 is an acknowledgement.
int error_in(const nlmsghdr& message) {
  int error = 0;
  if (mnl_nlmsg_get_payload_len(&message) < sizeof error) return message.nlmsg_type == NLMSG_DONE ? 0 : EBADMSG;
  std::memcpy(&error, mnl_nlmsg_get_payload(&message), sizeof error);
  return error < 0 ? -error : 0;
}

}  // namespace

nlmsghdr* Request::add(uint16_t subsystem, uint16_t type, uint16_t flags, uint8_t family) {
  std::vector<uint32_t>& buffer = messages_.emplace_back(kLongest / sizeof(uint32_t));
  nlmsghdr* header = mnl_nlmsg_put_header(buffer.data());
  header->nlmsg_type = static_cast<uint16_t>(subsystem << 8 | type);
  header->nlmsg_flags = static_cast<uint16_t>(NLM_F_REQUEST | flags);
  auto* generic = static_cast<nfgenmsg*>(mnl_nlmsg_put_extra_header(header, sizeof(nfgenmsg)));
  generic->nfgen_family = family;
  generic->version = NFNETLINK_V0;
  return header;
}

nlmsghdr* Request::add_nft(uint16_t type, uint16_t flags, uint8_t family) {
  return add(NFNL_SUBSYS_NFTABLES, type, flags, family);
}

NetlinkSocket::NetlinkSocket(mnl_socket* socket)
    : socket_(socket), buffer_(std::make_unique_for_overwrite<std::byte[]>(kBufferSize)) {}

Result<NetlinkSocket> NetlinkSocket::open() {
  // Not bound: the kernel gives it a port with the first message.
  mnl_socket* socket = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC);
  if (socket == nullptr) return reading_failed(errno);
  return NetlinkSocket(socket);
}

bool NetlinkSocket::enlarge_send_buffer(size_t size) const {
  const int bytes = static_cast<int>(std::min<size_t>(size, INT_MAX));
  // The first wants CAP_NET_ADMIN in the initial user namespace; the second stops at net.core.wmem_max.
  return setsockopt(fd(), SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof bytes) == 0 ||
         setsockopt(fd(), SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes) == 0;
}

Result<void> NetlinkSocket::send_bytes(const std::vector<iovec>& pieces) {
  sockaddr_nl kernel{};
  kernel.nl_family = AF_NETLINK;
  msghdr message{};
  message.msg_name = &kernel;
  message.msg_namelen = sizeof kernel;
  message.msg_iov = const_cast<iovec*>(pieces.data());
  message.msg_iovlen = pieces.size();
  bool enlarged = false;
  for (;;) {
    if (sendmsg(fd(), &message, 0) >= 0) return {};
    const int error_number = errno;
    if (error_number == EINTR) continue;
    if (error_number != EMSGSIZE) return reading_failed(error_number);
    size_t size = 0;
    for (const iovec& piece : pieces) size += piece.iov_len;
    if (enlarged || !enlarge_send_buffer(size)) {
      Error error = reading_error(EMSGSIZE);
      error.message = "the rules are " + std::to_string(size) +
                      " bytes, more than may be sent at once: raise net.core.wmem_max, or get CAP_NET_ADMIN in the "
                      "initial user namespace";
      return tl::unexpected(std::move(error));
    }
    enlarged = true;
  }
}

Result<NetlinkSocket::Answer> NetlinkSocket::ask(Request& request, const std::function<void(const nlmsghdr&)>& take) {
  std::vector<iovec> pieces;
  const uint32_t first = sequence_ + 1;
  for (auto& buffer : request.messages_) {
    auto* message = reinterpret_cast<nlmsghdr*>(buffer.data());
    message->nlmsg_seq = ++sequence_;
    pieces.push_back({.iov_base = message, .iov_len = message->nlmsg_len});
  }
  if (auto sent = send_bytes(pieces); !sent) return tl::unexpected(sent.error());
  Answer answer = Answer::kWhole;
  for (;;) {
    const ssize_t got = recv(fd(), buffer_.get(), kBufferSize, 0);
    if (got < 0) {
      if (errno == EINTR) continue;
      // The kernel could not queue a part of the answer.
      if (errno == ENOBUFS) return Answer::kTorn;
      return reading_failed(errno);
    }
    int left = static_cast<int>(got);
    for (const auto* message = reinterpret_cast<const nlmsghdr*>(buffer_.get()); mnl_nlmsg_ok(message, left);
         message = mnl_nlmsg_next(message, &left)) {
      // An answer to an earlier request, one that was given up.
      if (message->nlmsg_seq < first) continue;
      if ((message->nlmsg_flags & NLM_F_DUMP_INTR) != 0) answer = Answer::kTorn;
      const bool last = message->nlmsg_seq == sequence_;
      if (message->nlmsg_type == NLMSG_ERROR || message->nlmsg_type == NLMSG_DONE) {
        const int error_number = error_in(*message);
        if (error_number == EINTR) return Answer::kTorn;
        if (error_number != 0) return reading_failed(error_number);
      } else {
        take(*message);
        if ((message->nlmsg_flags & NLM_F_MULTI) != 0) continue;
      }
      if (last) return answer;
    }
  }
}

Result<std::vector<NetlinkSocket::Refusal>> NetlinkSocket::send(const Batch& batch) {
  return send_pieces(batch.pieces());
}

Result<std::vector<NetlinkSocket::Refusal>> NetlinkSocket::send(const Batch& batch, uint32_t generation) {
  Batch::Begin begin;
  return send_pieces(batch.pieces(generation, begin));
}

Result<std::vector<NetlinkSocket::Refusal>> NetlinkSocket::send_pieces(const std::vector<iovec>& pieces) {
  if (auto sent = send_bytes(pieces); !sent) return tl::unexpected(sent.error());
  std::vector<Refusal> refusals;
  // The kernel has worked through the batch when sendmsg returns: what it has to say is there now.
  for (;;) {
    const ssize_t got = recv(fd(), buffer_.get(), kBufferSize, MSG_DONTWAIT);
    if (got < 0) {
      if (errno == EAGAIN || errno == EWOULDBLOCK) return refusals;
      // ENOBUFS: there were more refusals than fit into the queue; those that did come now.
      if (errno == EINTR || errno == ENOBUFS) continue;
      return reading_failed(errno);
    }
    // A refusal of a very long message may have been cut; its beginning says what there is to know.
    int left = static_cast<int>(got);
    for (const auto* message = reinterpret_cast<const nlmsghdr*>(buffer_.get());
         left >= static_cast<int>(sizeof(nlmsghdr) + sizeof(nlmsgerr)); message = mnl_nlmsg_next(message, &left)) {
      if (message->nlmsg_type != NLMSG_ERROR) continue;
      const int error_number = error_in(*message);
      if (error_number != 0) refusals.push_back({.sequence = message->nlmsg_seq, .errno_value = error_number});
    }
  }
}

}  // namespace ferrule::nft
