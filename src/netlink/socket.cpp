#include "netlink/socket.hpp"

#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <optional>
#include <string>
#include <utility>

#include "kernel/random.hpp"
#include "kernel/system_error.hpp"

namespace ferrule::netlink {
namespace {

// The kernel fills at most 32 KiB per call with a dump, and an error echoes the whole message it is about.
constexpr size_t kBufferSize = size_t{64} << 10;

tl::unexpected<Error> cannot_open(int error_number) {
  Error error = kernel::system_error("cannot open a netlink socket to netfilter", error_number);
  if (error_number == EPROTONOSUPPORT || error_number == EAFNOSUPPORT) error.code = Code::kUnsupported;
  return tl::unexpected(std::move(error));
}

bool is_in(uint32_t sequence, uint32_t first, uint32_t last) { return sequence - first <= last - first; }

// One message of what was received: a header whose length is all there.
class Messages {
 public:
  Messages(const std::byte* bytes, size_t size) : bytes_(bytes), left_(size) {}

  // Null at the end, and where the rest is no message.
  const nlmsghdr* next() {
    if (left_ < sizeof(nlmsghdr)) return nullptr;
    const auto* message = reinterpret_cast<const nlmsghdr*>(bytes_);
    if (message->nlmsg_len < sizeof(nlmsghdr) || message->nlmsg_len > left_) return nullptr;
    const size_t step = std::min<size_t>(NLMSG_ALIGN(size_t{message->nlmsg_len}), left_);
    bytes_ += step;
    left_ -= step;
    return message;
  }
  size_t left() const { return left_; }

 private:
  const std::byte* bytes_;
  size_t left_;
};

// The errno in an NLMSG_ERROR or at the end of a dump, positive; 0 is an acknowledgement.
int error_in(const nlmsghdr& message) {
  int error = 0;
  if (message.nlmsg_len < NLMSG_HDRLEN + sizeof error) return message.nlmsg_type == NLMSG_DONE ? 0 : EBADMSG;
  std::memcpy(&error, reinterpret_cast<const std::byte*>(&message) + NLMSG_HDRLEN, sizeof error);
  return error < 0 ? -error : 0;
}

}  // namespace

Socket::Socket(kernel::System& system, kernel::Descriptor file, uint32_t sequence, std::chrono::milliseconds time_limit)
    : system_(&system),
      file_(std::move(file)),
      buffer_(std::make_unique_for_overwrite<std::byte[]>(kBufferSize)),
      sequence_(sequence),
      time_limit_(time_limit) {}

uint32_t random_sequence(kernel::System& system) {
  return static_cast<uint32_t>(kernel::random_number(system)) & 0x7fffffffU;
}

Result<kernel::Descriptor> Socket::connected(kernel::System& system) {
  kernel::Descriptor file(system.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER));
  if (!file.is_open()) return cannot_open(errno);
  sockaddr_nl kernel{};
  kernel.nl_family = AF_NETLINK;
  if (system.connect(file.get(), reinterpret_cast<const sockaddr*>(&kernel), sizeof kernel) != 0) {
    return cannot_open(errno);
  }
  return file;
}

Result<Socket> Socket::open(kernel::System& system, std::chrono::milliseconds time_limit) {
  auto file = connected(system);
  if (!file) return tl::unexpected(file.error());
  return Socket(system, *std::move(file), random_sequence(system), time_limit);
}

Result<void> Socket::refresh() {
  if (!is_stale_) return {};
  auto file = connected(*system_);
  if (!file) return tl::unexpected(file.error());
  file_ = *std::move(file);
  is_stale_ = false;
  return {};
}

bool Socket::enlarge_send_buffer(size_t size) {
  const int bytes = static_cast<int>(std::min<size_t>(size, INT_MAX));
  // The first wants CAP_NET_ADMIN in the initial user namespace; the second stops at net.core.wmem_max.
  return system_->setsockopt(file_.get(), SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof bytes) == 0 ||
         system_->setsockopt(file_.get(), SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes) == 0;
}

Result<void> Socket::send_bytes(std::span<const iovec> pieces) {
  if (auto fresh = refresh(); !fresh) return fresh;
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(pieces.data());
  message.msg_iovlen = pieces.size();
  bool enlarged = false;
  for (;;) {
    if (system_->sendmsg(file_.get(), &message, 0) >= 0) return {};
    const int error_number = errno;
    if (error_number == EINTR) continue;
    if (error_number != EMSGSIZE) {
      return tl::unexpected(kernel::system_error("cannot send to netfilter", error_number));
    }
    size_t size = 0;
    for (const iovec& piece : pieces) size += piece.iov_len;
    if (enlarged || !enlarge_send_buffer(size)) {
      return tl::unexpected(Error{.code = Code::kSystem,
                                  .message = "the rules are " + std::to_string(size) +
                                             " bytes, more than may be sent at once: raise net.core.wmem_max, or get "
                                             "CAP_NET_ADMIN in the initial user namespace",
                                  .errno_value = EMSGSIZE});
    }
    enlarged = true;
  }
}

Socket::Received Socket::receive(Wait wait, Clock::time_point end) {
  for (;;) {
    sockaddr_nl sender{};
    iovec room{.iov_base = buffer_.get(), .iov_len = kBufferSize};
    msghdr message{};
    message.msg_name = &sender;
    message.msg_namelen = sizeof sender;
    message.msg_iov = &room;
    message.msg_iovlen = 1;
    const ssize_t got = system_->recvmsg(file_.get(), &message, MSG_DONTWAIT);
    if (got >= 0) {
      const bool from_kernel = message.msg_namelen == sizeof sender && sender.nl_pid == 0;
      return {.size = from_kernel ? static_cast<size_t>(got) : 0, .cut = (message.msg_flags & MSG_TRUNC) != 0};
    }
    const int error_number = errno;
    if (error_number == EINTR) continue;
    if ((error_number != EAGAIN && error_number != EWOULDBLOCK) || wait == Wait::kNo) {
      return {.error_number = error_number};
    }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now()).count();
    if (left <= 0) return {.error_number = ETIMEDOUT};
    pollfd waiting{.fd = file_.get(), .events = POLLIN, .revents = 0};
    if (system_->poll(&waiting, 1, static_cast<int>(left)) < 0 && errno != EINTR) return {.error_number = errno};
  }
}

Answer Socket::ask(Request& request, const Reader& read) {
  std::vector<iovec> pieces;
  const uint32_t first = sequence_ + 1;
  for (auto& buffer : request.messages_) {
    auto* message = reinterpret_cast<nlmsghdr*>(buffer.data());
    message->nlmsg_seq = ++sequence_;
    pieces.push_back({.iov_base = message, .iov_len = message->nlmsg_len});
  }
  if (const auto sent = send_bytes(pieces); !sent) return {.error_number = sent.error().errno_value};
  const Answer answer = receive_answer(first, sequence_, read);
  // What is left of it must not come in the way of the next.
  is_stale_ = is_stale_ || answer.torn || answer.error_number != 0;
  return answer;
}

Answer Socket::receive_answer(uint32_t first, uint32_t last, const Reader& read) {
  const Clock::time_point end = Clock::now() + time_limit_;
  Answer answer;
  size_t bytes = 0;
  for (;;) {
    const Received got = receive(Wait::kYes, end);
    // The kernel could not queue a part of the answer.
    if (got.error_number == ENOBUFS) return {.torn = true};
    if (got.error_number != 0) return {.error_number = got.error_number};
    if (Clock::now() >= end) return {.error_number = ETIMEDOUT};
    bytes += got.size;
    if (bytes > kMostBytes) return {.error_number = EOVERFLOW};
    Messages messages(buffer_.get(), got.size);
    while (const nlmsghdr* message = messages.next()) {
      if (!is_in(message->nlmsg_seq, first, last)) continue;
      if ((message->nlmsg_flags & NLM_F_DUMP_INTR) != 0) answer.torn = true;
      if (message->nlmsg_type == NLMSG_ERROR || message->nlmsg_type == NLMSG_DONE) {
        const int error_number = error_in(*message);
        if (error_number == EINTR) return {.torn = true};
        if (error_number != 0) return {.error_number = error_number, .torn = answer.torn};
      } else if (message->nlmsg_len >= NLMSG_HDRLEN + sizeof(nfgenmsg)) {
        if (read(*message) == Reading::kStop) {
          is_stale_ = true;
          return answer;
        }
        if ((message->nlmsg_flags & NLM_F_MULTI) != 0) continue;
      }
      if (message->nlmsg_seq == last) return answer;
    }
    // The kernel never sends half a message, unless it is longer than the buffer.
    if (got.cut || (messages.left() >= sizeof(nlmsghdr) && got.size != 0)) return {.error_number = EBADMSG};
  }
}

Result<BatchAnswer> Socket::send(std::span<const iovec> pieces, uint32_t first, uint32_t last) {
  if (auto sent = send_bytes(pieces); !sent) return tl::unexpected(sent.error());
  sequence_ = std::max(sequence_, last + 1);
  const Clock::time_point end = Clock::now() + time_limit_;
  BatchAnswer answer;
  bool acknowledged = false;
  bool lost = false;
  // The kernel has worked through the batch when sendmsg returns, and its answers are in the queue, in order: refusals
  // of the batch as a whole, then those of its messages, and with them the answer to the last message, which asks for
  // one.
  for (;;) {
    const Received got = receive(Wait::kNo, end);
    // Some did not fit into the queue; those that did come now.
    if (got.error_number == ENOBUFS && !lost) {
      lost = true;
      continue;
    }
    if (got.error_number != 0) {
      answer.error_number = got.error_number;
      break;
    }
    if (Clock::now() >= end) {
      answer.error_number = ETIMEDOUT;
      break;
    }
    // An error echoes the message that it is about and may have been cut; its beginning says all. It stands alone.
    const auto* message = reinterpret_cast<const nlmsghdr*>(buffer_.get());
    if (got.size < NLMSG_HDRLEN + sizeof(int) || message->nlmsg_len < NLMSG_HDRLEN + sizeof(int)) continue;
    if (message->nlmsg_type != NLMSG_ERROR || !is_in(message->nlmsg_seq, first, last)) continue;
    const int error_number = error_in(*message);
    if (error_number != 0) {
      answer.refusals.push_back({.sequence = message->nlmsg_seq, .errno_value = error_number});
    } else {
      acknowledged = message->nlmsg_seq == last;
    }
    if (message->nlmsg_seq == last) break;
  }
  const bool read_all = answer.error_number == EAGAIN || answer.error_number == EWOULDBLOCK;
  is_stale_ = is_stale_ || lost || (answer.error_number != 0 && !read_all);
  if (!answer.refusals.empty()) {
    answer.end = BatchAnswer::End::kRefused;
  } else {
    answer.end = acknowledged && !lost ? BatchAnswer::End::kDone : BatchAnswer::End::kLost;
  }
  return answer;
}

}  // namespace ferrule::netlink
