// Layout: <linux/netfilter_ipv4/ip_tables.h>, <linux/netfilter_ipv6/ip6_tables.h>. Asking about a table instantiates
// it, so only those are asked about that /proc lists as instantiated.
#include "detect/legacy_facts.hpp"

#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv6/ip6_tables.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <vector>

#include "detect/obstacle.hpp"
#include "detect/text_file.hpp"
#include "kernel/descriptor.hpp"
#include "model/entry.hpp"

namespace ferrule::detect {
namespace {

using kernel::Descriptor;

// One set of structs and options serves both families.
static_assert(sizeof(ipt_getinfo) == sizeof(ip6t_getinfo) && sizeof(ipt_get_entries) == sizeof(ip6t_get_entries));

// Not /proc/net, which is the main thread's namespace.
constexpr const char* kDirectory = "/proc/thread-self/net";
// A table of this size takes a millisecond to read. When it has rules, a decision needs to know no more of it.
constexpr uint32_t kLargeTable = 256 * 1024;
constexpr int kReadAttempts = 8;
constexpr size_t kHookCount = 5;

TableFacts unreadable(TableId table) { return {.table = table, .readable = false}; }

int level(Family family) { return family == Family::ipv4 ? static_cast<int>(IPPROTO_IP) : IPPROTO_IPV6; }

Descriptor open_socket(Family family) {
  return Descriptor(socket(family == Family::ipv4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
}

// Asks for a revision of the standard target, which is always there and belongs to no table. 0, or the errno.
int probe(Family family, const Descriptor& socket) {
  xt_get_revision request{};
  socklen_t size = sizeof request;
  const int option = family == Family::ipv4 ? IPT_SO_GET_REVISION_TARGET : IP6T_SO_GET_REVISION_TARGET;
  return getsockopt(socket.get(), level(family), option, &request, &size) == 0 ? 0 : errno;
}

Presence presence_after(int error_number) {
  switch (error_number) {
    case 0:
      return Presence::present;
    case ENOPROTOOPT:
    case EAFNOSUPPORT:
    case EPROTONOSUPPORT:
      return Presence::absent;
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case ENOBUFS:
      return Presence::unknown;
    default:
      return Presence::blocked;
  }
}

// 0, or the errno. EAGAIN is for the caller to try again.
int read_once(Family family, TableId table, const Descriptor& socket, Depth depth, TableFacts& out) {
  const std::string_view name = table_name(table);
  ipt_getinfo info{};
  name.copy(info.name, sizeof info.name);
  socklen_t size = sizeof info;
  if (getsockopt(socket.get(), level(family), IPT_SO_GET_INFO, &info, &size) != 0) return errno;
  TableShape shape{.valid_hooks = info.valid_hooks, .entry_count = info.num_entries};
  uint32_t chains_with_rules = 0;
  for (size_t hook = 0; hook < kHookCount; ++hook) {
    shape.hook_entry[hook] = info.hook_entry[hook];
    shape.underflow[hook] = info.underflow[hook];
    const bool is_there = (info.valid_hooks >> hook & 1U) != 0;
    if (is_there && info.hook_entry[hook] != info.underflow[hook]) ++chains_with_rules;
  }
  // Of mangle, the chains' names are needed in any case.
  if (depth == Depth::kDecide && info.size > kLargeTable && chains_with_rules > 0 && table != TableId::mangle) {
    out = {.table = table, .rules = {.at_least = chains_with_rules, .exact = false}};
    return 0;
  }
  std::vector<std::byte> buffer(sizeof(ipt_get_entries) + info.size);
  name.copy(reinterpret_cast<char*>(buffer.data()) + offsetof(ipt_get_entries, name), name.size());
  std::memcpy(buffer.data() + offsetof(ipt_get_entries, size), &info.size, sizeof info.size);
  size = static_cast<socklen_t>(buffer.size());
  if (getsockopt(socket.get(), level(family), IPT_SO_GET_ENTRIES, buffer.data(), &size) != 0) return errno;
  out = count_entries(family, table, shape, std::span<const std::byte>(buffer).subspan(sizeof(ipt_get_entries)));
  return 0;
}

// Absent where the table went away meanwhile.
std::optional<TableFacts> read_table(Family family, TableId table, const Descriptor& socket, Depth depth,
                                     std::string& why) {
  TableFacts facts{.table = table};
  int error_number = EAGAIN;
  for (int attempt = 0; error_number == EAGAIN && attempt < kReadAttempts; ++attempt) {
    error_number = read_once(family, table, socket, depth, facts);
  }
  if (error_number == ENOENT) return std::nullopt;
  if (error_number != 0) {
    facts = unreadable(table);
    why = obstacle("table " + std::string(table_name(table)), error_number);
  }
  return facts;
}

std::vector<TableId> tables_named(std::string_view text) {
  std::vector<TableId> out;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    if (const auto id = table_by_name(line)) out.push_back(*id);
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
  return out;
}

// Says what is known where the list of tables could not be read.
void read_without_names(Family family, const std::string& path, int error_number, KernelModules& modules,
                        LegacyFacts& out) {
  if (error_number == ENOENT && access(kDirectory, F_OK) == 0) {
    out.presence = modules.presence(family == Family::ipv4 ? "ip_tables" : "ip6_tables");
    if (out.presence == Presence::present) {
      out.presence = Presence::unknown;
      out.obstacle = path + " is missing although the kernel has legacy iptables";
    }
    // Who has no legacy iptables has no tables.
    out.tables_known = out.presence != Presence::unknown;
    return;
  }
  out.obstacle = obstacle(path, error_number);
  // Without the list the tables cannot be known, but the kernel can still be asked whether it has any of this, unless
  // already the socket would load a module. The list is closed to the owner of a namespace that was made together with
  // its user namespace (`unshare -Urn` as an ordinary user): it belongs to the node's root then.
  if (family == Family::ipv4 || modules.may_ask("ipv6")) {
    const Descriptor socket = open_socket(family);
    out.presence = presence_after(socket.is_open() ? probe(family, socket) : errno);
    out.tables_known = out.presence == Presence::absent;
  }
}

}  // namespace

LegacyFacts read_legacy_facts(Family family, KernelModules& modules, Depth depth) {
  const std::string prefix = family == Family::ipv4 ? "ip" : "ip6";
  const std::string path = kDirectory + ("/" + prefix) + "_tables_names";
  LegacyFacts out;
  const auto names = read_text_file(path);
  if (!names) {
    read_without_names(family, path, names.error(), modules, out);
  } else {
    out.tables_known = true;
    const Descriptor socket = open_socket(family);
    const int error_number = socket.is_open() ? probe(family, socket) : errno;
    out.presence = presence_after(error_number);
    if (out.presence != Presence::present) out.obstacle = obstacle("legacy iptables", error_number);
    for (const TableId table : tables_named(*names)) {
      if (out.presence != Presence::present) {
        out.tables.push_back(unreadable(table));
      } else if (auto facts = read_table(family, table, socket, depth, out.obstacle)) {
        out.tables.push_back(std::move(*facts));
      }
    }
  }
  if (depth == Depth::kExplain) {
    for (const TableId table : kAllTables) {
      out.table_support[static_cast<size_t>(table)] =
          modules.presence(prefix + "table_" + std::string(table_name(table)));
    }
    for (const TableFacts& table : out.tables) {
      out.table_support[static_cast<size_t>(table.table)] = Presence::present;
    }
  }
  return out;
}

TableFacts count_entries(Family family, TableId table, const TableShape& shape, std::span<const std::byte> entries) {
  const size_t next_at = family == Family::ipv4 ? offsetof(ipt_entry, next_offset) : offsetof(ip6t_entry, next_offset);
  TableFacts out{.table = table};
  uint32_t entry_count = 0;
  uint32_t heads = 0;  // ERROR targets: each user chain's head, and the terminator
  size_t at = 0;
  while (at < entries.size()) {
    const std::span<const std::byte> rest = entries.subspan(at);
    uint16_t size = 0;
    if (rest.size() < model::entry_header_size(family)) return unreadable(table);
    std::memcpy(&size, rest.data() + next_at, sizeof size);
    if (size > rest.size()) return unreadable(table);
    const std::span<const std::byte> entry = rest.first(size);
    if (!model::check_entry(family, entry)) return unreadable(table);
    const model::Part target = model::target(family, entry);
    if (target.name == XT_ERROR_TARGET) {
      ++heads;
      const auto* text = reinterpret_cast<const char*>(target.payload.data());
      const std::string_view chain(text, strnlen(text, target.payload.size()));
      if (table == TableId::mangle &&
          std::find(std::begin(kHintChains), std::end(kHintChains), chain) != std::end(kHintChains)) {
        out.hint_chains.emplace_back(chain);
      }
    }
    for (size_t hook = 0; hook < kHookCount; ++hook) {
      if ((shape.valid_hooks >> hook & 1U) == 0 || shape.underflow[hook] != at) continue;
      int32_t verdict = 0;
      if (!target.name.empty() || target.payload.size() < sizeof verdict) return unreadable(table);
      std::memcpy(&verdict, target.payload.data(), sizeof verdict);
      if (verdict == -NF_DROP - 1) out.dropping.push_back(static_cast<Hook>(hook));
    }
    ++entry_count;
    at += size;
  }
  const auto base_chains = static_cast<uint32_t>(std::popcount(shape.valid_hooks & 0x1fU));
  const uint32_t of_layout = base_chains + (heads == 0 ? 0 : 2 * (heads - 1) + 1);
  if (heads == 0 || entry_count != shape.entry_count || entry_count < of_layout) return unreadable(table);
  out.user_chains = heads - 1;
  out.rules.at_least = entry_count - of_layout;
  return out;
}

}  // namespace ferrule::detect
