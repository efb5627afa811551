#include "detect/netfilter_socket.hpp"

#include <arpa/inet.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace ferrule::detect {
namespace {

// What the kernel fills in one go when it dumps, at most.
constexpr size_t kReceiveSize = 65536;
constexpr size_t kRequestSize = 512;

constexpr uint16_t type_of(uint8_t subsystem, uint8_t type) { return static_cast<uint16_t>(subsystem << 8 | type); }

void walk(const void* begin, const void* end, const std::function<void(const nlattr&)>& read) {
  const auto* attribute = static_cast<const nlattr*>(begin);
  const auto left = [&] {
    return static_cast<int>(static_cast<const char*>(end) - reinterpret_cast<const char*>(attribute));
  };
  for (; mnl_attr_ok(attribute, left()); attribute = mnl_attr_next(attribute)) read(*attribute);
}

}  // namespace

NetfilterSocket::NetfilterSocket() : buffer_(std::make_unique_for_overwrite<char[]>(kReceiveSize)) { open(); }

void NetfilterSocket::open() {
  socket_ = kernel::Descriptor(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER));
  error_number_ = socket_.is_open() ? 0 : errno;
}

Answer NetfilterSocket::dump(uint8_t subsystem, uint8_t type, uint8_t family, const std::function<void(nlmsghdr&)>& add,
                             const Reader& read) {
  return ask(NLM_F_REQUEST | NLM_F_DUMP, type_of(subsystem, type), family, add, read);
}

Answer NetfilterSocket::get(uint8_t subsystem, uint8_t type, uint8_t family, const std::function<void(nlmsghdr&)>& add,
                            const Reader& read) {
  return ask(NLM_F_REQUEST | NLM_F_ACK, type_of(subsystem, type), family, add, read);
}

Answer NetfilterSocket::ask(uint16_t flags, uint16_t type, uint8_t family, const std::function<void(nlmsghdr&)>& add,
                            const Reader& read) {
  if (error_number_ != 0) return {.error_number = error_number_};
  alignas(nlmsghdr) std::array<char, kRequestSize> request{};
  nlmsghdr* message = mnl_nlmsg_put_header(request.data());
  message->nlmsg_type = type;
  message->nlmsg_flags = flags;
  message->nlmsg_seq = ++sequence_;
  auto* header = static_cast<nfgenmsg*>(mnl_nlmsg_put_extra_header(message, sizeof(nfgenmsg)));
  header->nfgen_family = family;
  header->version = NFNETLINK_V0;
  header->res_id = 0;
  add(*message);
  sockaddr_nl kernel{};
  kernel.nl_family = AF_NETLINK;
  const ssize_t sent =
      sendto(socket_.get(), message, message->nlmsg_len, 0, reinterpret_cast<const sockaddr*>(&kernel), sizeof kernel);
  if (sent < 0) return {.error_number = errno};
  return receive(sequence_, read);
}

Answer NetfilterSocket::receive(uint32_t sequence, const Reader& read) {
  Answer answer;
  while (true) {
    sockaddr_nl sender{};
    socklen_t sender_size = sizeof sender;
    const ssize_t got =
        recvfrom(socket_.get(), buffer_.get(), kReceiveSize, 0, reinterpret_cast<sockaddr*>(&sender), &sender_size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return {.error_number = errno};
    if (sender.nl_pid != 0) continue;  // not the kernel
    const auto* message = reinterpret_cast<const nlmsghdr*>(buffer_.get());
    for (int left = static_cast<int>(got); mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left)) {
      if (message->nlmsg_seq != sequence) continue;
      if ((message->nlmsg_flags & NLM_F_DUMP_INTR) != 0) answer.torn = true;
      if (message->nlmsg_type == NLMSG_DONE) return answer;
      if (message->nlmsg_type == NLMSG_ERROR) {
        int negative_error = 0;
        if (mnl_nlmsg_get_payload_len(message) < sizeof negative_error) return {.error_number = EBADMSG};
        std::memcpy(&negative_error, mnl_nlmsg_get_payload(message), sizeof negative_error);
        answer.error_number = -negative_error;
        return answer;
      }
      if (mnl_nlmsg_get_payload_len(message) < sizeof(nfgenmsg)) continue;
      if (read(*message) == Reading::kStop) {
        // The rest of the answer would come in the way of the next one.
        open();
        return answer;
      }
    }
  }
}

void for_each_attribute(const nlmsghdr& message, const std::function<void(const nlattr&)>& read) {
  walk(mnl_nlmsg_get_payload_offset(&message, sizeof(nfgenmsg)), mnl_nlmsg_get_payload_tail(&message), read);
}

void for_each_nested(const nlattr& outer, const std::function<void(const nlattr&)>& read) {
  const char* begin = static_cast<const char*>(mnl_attr_get_payload(&outer));
  walk(begin, begin + mnl_attr_get_payload_len(&outer), read);
}

std::string_view text_of(const nlattr& attribute) {
  const char* text = mnl_attr_get_str(&attribute);
  return {text, strnlen(text, mnl_attr_get_payload_len(&attribute))};
}

uint32_t number_of(const nlattr& attribute) {
  if (mnl_attr_get_payload_len(&attribute) != sizeof(uint32_t)) return 0;
  return ntohl(mnl_attr_get_u32(&attribute));
}

uint16_t generation_of(const nlmsghdr& message) {
  return ntohs(static_cast<const nfgenmsg*>(mnl_nlmsg_get_payload(&message))->res_id);
}

uint8_t family_of(const nlmsghdr& message) {
  return static_cast<const nfgenmsg*>(mnl_nlmsg_get_payload(&message))->nfgen_family;
}

}  // namespace ferrule::detect
