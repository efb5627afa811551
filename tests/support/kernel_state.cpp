#include "support/kernel_state.hpp"

#include <endian.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv6/ip6_tables.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <memory>
#include <set>
#include <sstream>
#include <system_error>

namespace ferrule::test {
namespace {

[[noreturn]] void fail(const std::string& what) { throw std::system_error(errno, std::generic_category(), what); }

// The two families' sockopts are the same structs under other numbers; only the entries differ in size.
struct LegacyFamily {
  int domain;
  int level;
  int get_info;
  int get_entries;
  size_t next_offset_at;
};
LegacyFamily how_of(Family family) {
  if (family == Family::ipv4) {
    return {AF_INET, IPPROTO_IP, IPT_SO_GET_INFO, IPT_SO_GET_ENTRIES, offsetof(ipt_entry, next_offset)};
  }
  return {AF_INET6, IPPROTO_IPV6, IP6T_SO_GET_INFO, IP6T_SO_GET_ENTRIES, offsetof(ip6t_entry, next_offset)};
}
static_assert(sizeof(ipt_getinfo) == sizeof(ip6t_getinfo));

ipt_getinfo ask_table(const LegacyFamily& family, int fd, const std::string& table) {
  ipt_getinfo info{};
  std::strncpy(info.name, table.c_str(), sizeof(info.name) - 1);
  socklen_t length = sizeof(info);
  if (getsockopt(fd, family.level, family.get_info, &info, &length) != 0) fail("GET_INFO " + table);
  return info;
}

void append_table(KernelState& state, const LegacyFamily& family, int fd, const std::string& table) {
  const ipt_getinfo info = ask_table(family, fd, table);
  state.push_back({"table " + table, std::string(reinterpret_cast<const char*>(&info), sizeof(info))});

  constexpr size_t kHeader = sizeof(ipt_get_entries);
  std::string buffer(kHeader + info.size, '\0');
  ipt_get_entries request{};
  std::memcpy(request.name, info.name, sizeof(info.name));
  request.size = info.size;
  std::memcpy(buffer.data(), &request, kHeader);
  auto length = static_cast<socklen_t>(buffer.size());
  if (getsockopt(fd, family.level, family.get_entries, buffer.data(), &length) != 0) fail("GET_ENTRIES " + table);
  buffer.erase(0, kHeader);

  size_t offset = 0;
  for (int number = 0; offset < buffer.size(); ++number) {
    uint16_t size = 0;
    std::memcpy(&size, buffer.data() + offset + family.next_offset_at, sizeof(size));
    state.push_back({"table " + table + " entry " + std::to_string(number), buffer.substr(offset, size)});
    offset += size;
  }
}

// One dump request, e.g. all chains of a family.
struct Dump {
  const char* kind;
  uint16_t request;
  uint16_t table_attribute;  // 0 where the object is the table
  uint16_t name_attribute;
  std::set<uint16_t> left_out;
};
const Dump kDumps[] = {
    {"table", NFT_MSG_GETTABLE, 0, NFTA_TABLE_NAME, {NFTA_TABLE_HANDLE}},
    {"chain", NFT_MSG_GETCHAIN, NFTA_CHAIN_TABLE, NFTA_CHAIN_NAME, {NFTA_CHAIN_HANDLE}},
    {"set", NFT_MSG_GETSET, NFTA_SET_TABLE, NFTA_SET_NAME, {NFTA_SET_HANDLE}},
    {"rule", NFT_MSG_GETRULE, NFTA_RULE_TABLE, NFTA_RULE_CHAIN, {NFTA_RULE_HANDLE, NFTA_RULE_POSITION}},
};

struct MnlClose {
  void operator()(mnl_socket* socket) const { mnl_socket_close(socket); }
};
using MnlSocket = std::unique_ptr<mnl_socket, MnlClose>;

MnlSocket open_netlink() {
  MnlSocket socket(mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC));
  if (!socket || mnl_socket_bind(socket.get(), 0, MNL_SOCKET_AUTOPID) < 0) fail("netlink socket");
  return socket;
}

// libmnl's own loop macro is C only.
template <typename Take>
void for_each_attribute(const nlmsghdr* message, Take take) {
  const auto each = [](const nlattr* attribute, void* data) {
    (*static_cast<Take*>(data))(attribute);
    return MNL_CB_OK;
  };
  mnl_attr_parse(message, sizeof(nfgenmsg), each, &take);
}

KernelObject object_from(const nlmsghdr* message, const Dump& dump) {
  KernelObject object;
  std::string table;
  std::string name;
  for_each_attribute(message, [&](const nlattr* attribute) {
    const uint16_t type = mnl_attr_get_type(attribute);
    if (dump.left_out.contains(type)) return;
    if (dump.table_attribute != 0 && type == dump.table_attribute) table = mnl_attr_get_str(attribute);
    if (type == dump.name_attribute) name = mnl_attr_get_str(attribute);
    object.bytes.append(reinterpret_cast<const char*>(attribute), MNL_ALIGN(attribute->nla_len));
  });
  object.what = std::string(dump.kind) + " " + table + (table.empty() ? "" : " ") + name;
  return object;
}

// Sends one request and hands each reply to `take`.
template <typename Take>
void ask(mnl_socket* socket, uint16_t request, uint8_t family, uint16_t flags, Take take) {
  std::array<char, 1 << 16> buffer{};
  nlmsghdr* header = mnl_nlmsg_put_header(buffer.data());
  header->nlmsg_type = static_cast<uint16_t>(NFNL_SUBSYS_NFTABLES << 8 | request);
  header->nlmsg_flags = static_cast<uint16_t>(NLM_F_REQUEST | flags);
  header->nlmsg_seq = request;
  auto* generic = static_cast<nfgenmsg*>(mnl_nlmsg_put_extra_header(header, sizeof(nfgenmsg)));
  generic->nfgen_family = family;
  if (mnl_socket_sendto(socket, header, header->nlmsg_len) < 0) fail("netlink send");
  for (;;) {
    const auto got = mnl_socket_recvfrom(socket, buffer.data(), buffer.size());
    if (got <= 0) fail("netlink receive");
    int left = static_cast<int>(got);
    for (const auto* message = reinterpret_cast<const nlmsghdr*>(buffer.data()); mnl_nlmsg_ok(message, left);
         message = mnl_nlmsg_next(message, &left)) {
      if (message->nlmsg_type == NLMSG_DONE) return;
      if (message->nlmsg_type == NLMSG_ERROR) {
        errno = -static_cast<const nlmsgerr*>(mnl_nlmsg_get_payload(message))->error;
        fail("netlink answer");
      }
      take(message);
      if ((flags & NLM_F_DUMP) == 0) return;
    }
  }
}

std::string hex_dump(const std::string& bytes) {
  std::string text;
  for (size_t row = 0; row < bytes.size(); row += 16) {
    char cell[32];
    std::snprintf(cell, sizeof(cell), "    %04zx ", row);
    text += cell;
    std::string readable;
    for (size_t i = row; i < row + 16 && i < bytes.size(); ++i) {
      const auto byte = static_cast<unsigned char>(bytes[i]);
      std::snprintf(cell, sizeof(cell), " %02x", byte);
      text += cell;
      readable += byte >= 0x20 && byte < 0x7f ? static_cast<char>(byte) : '.';
    }
    text += "  " + readable + "\n";
  }
  return text;
}

}  // namespace

std::string legacy_table_names(Family family) {
  std::ifstream file(family == Family::ipv4 ? "/proc/thread-self/net/ip_tables_names"
                                            : "/proc/thread-self/net/ip6_tables_names");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

KernelState legacy_state(Family family) {
  const LegacyFamily how = how_of(family);
  const int fd = socket(how.domain, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) fail("socket");
  KernelState state;
  std::istringstream names(legacy_table_names(family));
  for (std::string table; std::getline(names, table);) append_table(state, how, fd, table);
  close(fd);
  return state;
}

void instantiate_legacy_tables(Family family) {
  const LegacyFamily how = how_of(family);
  const int fd = socket(how.domain, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) fail("socket");
  for (const TableId table : kAllTables) ask_table(how, fd, std::string(table_name(table)));
  close(fd);
}

KernelState nft_state(Family family) {
  const MnlSocket socket = open_netlink();
  KernelState state;
  for (const Dump& dump : kDumps) {
    ask(socket.get(), dump.request, static_cast<uint8_t>(family), NLM_F_DUMP,
        [&](const nlmsghdr* message) { state.push_back(object_from(message, dump)); });
  }
  return state;
}

uint32_t nft_generation() {
  uint32_t generation = 0;
  ask(open_netlink().get(), NFT_MSG_GETGEN, AF_UNSPEC, 0, [&](const nlmsghdr* message) {
    for_each_attribute(message, [&](const nlattr* attribute) {
      if (mnl_attr_get_type(attribute) == NFTA_GEN_ID) generation = be32toh(mnl_attr_get_u32(attribute));
    });
  });
  return generation;
}

std::string first_difference(const KernelState& expected, const KernelState& actual) {
  for (size_t i = 0; i < expected.size() || i < actual.size(); ++i) {
    if (i >= actual.size()) return "missing: " + expected[i].what + "\n" + hex_dump(expected[i].bytes);
    if (i >= expected.size()) return "too much: " + actual[i].what + "\n" + hex_dump(actual[i].bytes);
    if (expected[i] == actual[i]) continue;
    size_t at = 0;
    while (at < expected[i].bytes.size() && at < actual[i].bytes.size() &&
           expected[i].bytes[at] == actual[i].bytes[at]) {
      ++at;
    }
    std::ostringstream text;
    text << "object " << i << " differs from byte 0x" << std::hex << at << " on\n  expected " << expected[i].what
         << "\n"
         << hex_dump(expected[i].bytes) << "  actual " << actual[i].what << "\n"
         << hex_dump(actual[i].bytes);
    return text.str();
  }
  return {};
}

}  // namespace ferrule::test
