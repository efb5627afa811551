#include "iptables/dump/legacy_dump.hpp"

// netinet/in.h before the kernel's own headers, which then leave their types alone.
#include <netinet/in.h>
//
#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv6/ip6_tables.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstring>
#include <iterator>
#include <span>
#include <string_view>
#include <vector>

namespace ferrule::cli {
namespace {

struct V4 {
  using Info = ipt_getinfo;
  using Entries = ipt_get_entries;
  using Entry = ipt_entry;
  static constexpr int kDomain = AF_INET;
  static constexpr int kLevel = SOL_IP;
  static constexpr int kGetInfo = IPT_SO_GET_INFO;
  static constexpr int kGetEntries = IPT_SO_GET_ENTRIES;
  static const ipt_ip& selectors(const Entry& entry) { return entry.ip; }
  static unsigned protocol(const Entry& entry) { return entry.ip.proto; }
};

struct V6 {
  using Info = ip6t_getinfo;
  using Entries = ip6t_get_entries;
  using Entry = ip6t_entry;
  static constexpr int kDomain = AF_INET6;
  static constexpr int kLevel = SOL_IPV6;
  static constexpr int kGetInfo = IP6T_SO_GET_INFO;
  static constexpr int kGetEntries = IP6T_SO_GET_ENTRIES;
  static const ip6t_ip6& selectors(const Entry& entry) { return entry.ipv6; }
  static unsigned protocol(const Entry& entry) { return entry.ipv6.proto; }
};

std::string octets(const in_addr& address) {
  std::array<char, INET_ADDRSTRLEN> text{};
  return inet_ntop(AF_INET, &address, text.data(), text.size());
}

std::string groups(const in6_addr& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  return inet_ntop(AF_INET6, &address, text.data(), text.size());
}

// A prefix length, or the mask where it is none.
std::string length_or_mask(const in6_addr& mask) {
  int length = 0;
  int at = 0;
  for (; at < 16 && mask.s6_addr[at] == 0xff; ++at) length += 8;
  if (at < 16) length += std::countl_one(mask.s6_addr[at]);
  for (int bit = length; bit < 128; ++bit) {
    if ((mask.s6_addr[bit / 8] >> (7 - bit % 8) & 1) != 0) return groups(mask);
  }
  return std::to_string(length);
}

template <typename Version>
class Dump {
 public:
  using Entry = typename Version::Entry;

  Dump(const typename Version::Info& info, std::span<const std::byte> blob) : info_(info), blob_(blob) {}

  std::string run() {
    say("libiptc vlibxtables.so.12. {} bytes.\nTable `{}'\n", blob_.size(), static_cast<const char*>(info_.name));
    hooks("Hooks", info_.hook_entry);
    hooks("Underflows", info_.underflow);
    unsigned number = 0;
    for (size_t at = 0; at + sizeof(Entry) <= blob_.size();) {
      const auto& entry = view<Entry>(at);
      say("Entry {} ({}):\n", number++, at);
      append(entry, at);
      if (entry.next_offset == 0) break;
      at += entry.next_offset;
    }
    return std::move(out_);
  }

 private:
  template <typename... Parts>
  void say(fmt::format_string<Parts...> form, Parts&&... parts) {
    fmt::format_to(std::back_inserter(out_), form, std::forward<Parts>(parts)...);
  }

  // Blobs are aligned as their parts want it.
  template <typename Part>
  const Part& view(size_t at) const {
    return *reinterpret_cast<const Part*>(blob_.data() + at);
  }

  void hooks(std::string_view what, const unsigned (&offsets)[NF_INET_NUMHOOKS]) {
    say("{}: pre/in/fwd/out/post = {:x}/{:x}/{:x}/{:x}/{:x}\n", what, offsets[0], offsets[1], offsets[2], offsets[3],
        offsets[4]);
  }

  void addresses(const ipt_ip& ip) {
    say("SRC IP: {}/{}\nDST IP: {}/{}\n", octets(ip.src), octets(ip.smsk), octets(ip.dst), octets(ip.dmsk));
  }
  void addresses(const ip6t_ip6& ip) {
    say("SRC IP: \n{}\n/{}\nDST IP: \n{}\n/{}\n", groups(ip.src), length_or_mask(ip.smsk), groups(ip.dst),
        length_or_mask(ip.dmsk));
  }

  static std::string crosses(const unsigned char (&mask)[IFNAMSIZ]) {
    std::string text;
    for (const unsigned char each : mask) text += each != 0 ? 'X' : '.';
    return text;
  }

  void type_of_service(const ipt_ip&) {}
  void type_of_service(const ip6t_ip6& ip) {
    if ((ip.flags & IP6T_F_TOS) != 0) say("TOS: {}\n", ip.tos);
  }

  void append(const Entry& entry, size_t at) {
    const auto& ip = Version::selectors(entry);
    addresses(ip);
    say("Interface: `{}'/{}to `{}'/{}\n", static_cast<const char*>(ip.iniface), crosses(ip.iniface_mask),
        static_cast<const char*>(ip.outiface), crosses(ip.outiface_mask));
    say("Protocol: {}\n", Version::protocol(entry));
    type_of_service(ip);
    say("Flags: {:02X}\nInvflags: {:02X}\n", ip.flags, ip.invflags);
    say("Counters: {} packets, {} bytes\nCache: {:08X}\n", entry.counters.pcnt, entry.counters.bcnt, entry.nfcache);
    size_t match = sizeof(Entry);
    while (match + sizeof(xt_entry_match) <= entry.target_offset) {
      const auto& header = view<xt_entry_match>(at + match);
      say("Match name: `{}'\n", static_cast<const char*>(header.u.user.name));
      if (header.u.match_size == 0) break;
      match += header.u.match_size;
    }
    append_target(at + entry.target_offset);
    out_ += '\n';
  }

  void append_target(size_t at) {
    const auto& header = view<xt_entry_target>(at);
    const std::string_view name = header.u.user.name;
    say("Target name: `{}' [{}]\n", name, header.u.target_size);
    if (name == XT_ERROR_TARGET) say("error=`{}'\n", static_cast<const char*>(view<xt_error_target>(at).errorname));
    if (name != XT_STANDARD_TARGET) return;
    const int verdict = view<xt_standard_target>(at).verdict;
    if (verdict >= 0) return say("verdict={}\n", verdict);
    say("verdict={}\n", verdict_name(-verdict - 1));
  }

  // That of libip6tc knows no queue.
  static std::string_view verdict_name(int verdict) {
    if (verdict == NF_ACCEPT) return "NF_ACCEPT";
    if (verdict == NF_DROP) return "NF_DROP";
    if (verdict == -XT_RETURN - 1) return "RETURN";
    if (verdict == NF_QUEUE && Version::kDomain == AF_INET) return "NF_QUEUE";
    return "UNKNOWN";
  }

  const typename Version::Info& info_;
  std::span<const std::byte> blob_;
  std::string out_;
};

template <typename Version>
std::string dump(TableId table) {
  const int file = socket(Version::kDomain, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (file < 0) return {};
  typename Version::Info info{};
  const std::string_view name = table_name(table);
  name.copy(info.name, sizeof(info.name) - 1);
  socklen_t size = sizeof(info);
  std::string text;
  if (getsockopt(file, Version::kLevel, Version::kGetInfo, &info, &size) == 0) {
    using Entries = typename Version::Entries;
    constexpr size_t kBegin = offsetof(Entries, entrytable);
    std::vector<std::byte> buffer(kBegin + info.size);
    std::memcpy(buffer.data() + offsetof(Entries, name), info.name, sizeof(info.name));
    std::memcpy(buffer.data() + offsetof(Entries, size), &info.size, sizeof(info.size));
    size = static_cast<socklen_t>(buffer.size());
    if (getsockopt(file, Version::kLevel, Version::kGetEntries, buffer.data(), &size) == 0) {
      text = Dump<Version>(info, std::span(buffer).subspan(kBegin)).run();
    }
  }
  close(file);
  return text;
}

}  // namespace

std::string legacy_dump(Family family, TableId table) {
  return family == Family::ipv4 ? dump<V4>(table) : dump<V6>(table);
}

}  // namespace ferrule::cli
