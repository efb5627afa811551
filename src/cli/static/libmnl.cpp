// The functions of <libmnl/libmnl.h> that the library calls, for the command that is linked statically: distributions
// ship libmnl as a shared object only, and loading one costs such a command more than its work does.
// The message format is that of netlink(7) and <linux/netlink.h>.
#include <libmnl/libmnl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <memory>

namespace {

constexpr uint16_t kAttributeHeader = MNL_ALIGN(sizeof(nlattr));

char* bytes_at(void* start, size_t offset) { return static_cast<char*>(start) + offset; }
const char* bytes_at(const void* start, size_t offset) { return static_cast<const char*>(start) + offset; }

}  // namespace

struct mnl_socket {
  int descriptor;
};

extern "C" {

mnl_socket* mnl_socket_open2(int bus, int flags) {
  const int descriptor = socket(AF_NETLINK, SOCK_RAW | flags, bus);
  return descriptor < 0 ? nullptr : new mnl_socket{descriptor};
}

int mnl_socket_close(mnl_socket* socket) {
  const std::unique_ptr<mnl_socket> owned(socket);
  return close(owned->descriptor);
}

int mnl_socket_get_fd(const mnl_socket* socket) { return socket->descriptor; }

nlmsghdr* mnl_nlmsg_put_header(void* buffer) {
  auto* message = static_cast<nlmsghdr*>(buffer);
  std::memset(message, 0, MNL_NLMSG_HDRLEN);
  message->nlmsg_len = MNL_NLMSG_HDRLEN;
  return message;
}

void* mnl_nlmsg_put_extra_header(nlmsghdr* message, size_t size) {
  void* header = mnl_nlmsg_get_payload_tail(message);
  std::memset(header, 0, MNL_ALIGN(size));
  message->nlmsg_len += static_cast<uint32_t>(MNL_ALIGN(size));
  return header;
}

bool mnl_nlmsg_ok(const nlmsghdr* message, int left) {
  return left >= static_cast<int>(sizeof(nlmsghdr)) && message->nlmsg_len >= sizeof(nlmsghdr) &&
         message->nlmsg_len <= static_cast<uint32_t>(left);
}

nlmsghdr* mnl_nlmsg_next(const nlmsghdr* message, int* left) {
  const size_t size = MNL_ALIGN(message->nlmsg_len);
  *left -= static_cast<int>(size);
  return reinterpret_cast<nlmsghdr*>(const_cast<char*>(bytes_at(message, size)));
}

size_t mnl_nlmsg_get_payload_len(const nlmsghdr* message) { return message->nlmsg_len - MNL_NLMSG_HDRLEN; }

void* mnl_nlmsg_get_payload(const nlmsghdr* message) { return mnl_nlmsg_get_payload_offset(message, 0); }

void* mnl_nlmsg_get_payload_offset(const nlmsghdr* message, size_t offset) {
  return const_cast<char*>(bytes_at(message, MNL_NLMSG_HDRLEN + MNL_ALIGN(offset)));
}

void* mnl_nlmsg_get_payload_tail(const nlmsghdr* message) {
  return const_cast<char*>(bytes_at(message, MNL_ALIGN(message->nlmsg_len)));
}

uint16_t mnl_attr_get_type(const nlattr* attribute) { return attribute->nla_type & NLA_TYPE_MASK; }
uint16_t mnl_attr_get_payload_len(const nlattr* attribute) {
  return static_cast<uint16_t>(attribute->nla_len - kAttributeHeader);
}

void* mnl_attr_get_payload(const nlattr* attribute) { return const_cast<char*>(bytes_at(attribute, kAttributeHeader)); }

uint32_t mnl_attr_get_u32(const nlattr* attribute) {
  uint32_t number;
  std::memcpy(&number, mnl_attr_get_payload(attribute), sizeof number);
  return number;
}

const char* mnl_attr_get_str(const nlattr* attribute) {
  return static_cast<const char*>(mnl_attr_get_payload(attribute));
}

bool mnl_attr_ok(const nlattr* attribute, int left) {
  return left >= static_cast<int>(sizeof(nlattr)) && attribute->nla_len >= sizeof(nlattr) && attribute->nla_len <= left;
}

nlattr* mnl_attr_next(const nlattr* attribute) {
  return reinterpret_cast<nlattr*>(const_cast<char*>(bytes_at(attribute, MNL_ALIGN(attribute->nla_len))));
}

void mnl_attr_put(nlmsghdr* message, uint16_t type, size_t size, const void* data) {
  auto* attribute = static_cast<nlattr*>(mnl_nlmsg_get_payload_tail(message));
  attribute->nla_type = type;
  attribute->nla_len = static_cast<uint16_t>(kAttributeHeader + size);
  char* payload = bytes_at(attribute, kAttributeHeader);
  if (size != 0) std::memcpy(payload, data, size);
  std::memset(payload + size, 0, MNL_ALIGN(size) - size);
  message->nlmsg_len += static_cast<uint32_t>(kAttributeHeader + MNL_ALIGN(size));
}

void mnl_attr_put_u16(nlmsghdr* message, uint16_t type, uint16_t value) {
  mnl_attr_put(message, type, sizeof value, &value);
}
void mnl_attr_put_u32(nlmsghdr* message, uint16_t type, uint32_t value) {
  mnl_attr_put(message, type, sizeof value, &value);
}
void mnl_attr_put_u64(nlmsghdr* message, uint16_t type, uint64_t value) {
  mnl_attr_put(message, type, sizeof value, &value);
}
void mnl_attr_put_strz(nlmsghdr* message, uint16_t type, const char* text) {
  mnl_attr_put(message, type, std::strlen(text) + 1, text);
}

nlattr* mnl_attr_nest_start(nlmsghdr* message, uint16_t type) {
  auto* nest = static_cast<nlattr*>(mnl_nlmsg_get_payload_tail(message));
  nest->nla_type = type | NLA_F_NESTED;
  message->nlmsg_len += kAttributeHeader;
  return nest;
}

void mnl_attr_nest_end(nlmsghdr* message, nlattr* nest) {
  const char* end = static_cast<const char*>(mnl_nlmsg_get_payload_tail(message));
  nest->nla_len = static_cast<uint16_t>(end - reinterpret_cast<const char*>(nest));
}
}
