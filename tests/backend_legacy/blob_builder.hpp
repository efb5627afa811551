// BlobBuilder: a legacy table's blob, put together by hand from the kernel's structs, right or wrong as a test wants
// it.
#pragma once

#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv6/ip6_tables.h>

#include <cstring>
#include <string_view>
#include <vector>

#include "backend_legacy/sockopt.hpp"
#include "ferrule/types.hpp"

namespace ferrule::legacy {

inline constexpr int32_t kAcceptVerdict = -2;
inline constexpr int32_t kDropVerdict = -1;
inline constexpr int32_t kReturnVerdict = -5;

// One match or target: header and payload, padded to 8 bytes.
inline std::vector<std::byte> part(std::string_view name, uint8_t revision, std::vector<uint8_t> payload) {
  payload.resize((payload.size() + 7) / 8 * 8);
  std::vector<std::byte> out(32 + payload.size());
  const auto size = static_cast<uint16_t>(out.size());
  std::memcpy(out.data(), &size, 2);
  std::memcpy(out.data() + 2, name.data(), name.size());
  out[31] = std::byte{revision};
  if (!payload.empty()) std::memcpy(out.data() + 32, payload.data(), payload.size());
  return out;
}

inline std::vector<std::byte> standard(int32_t verdict) {
  std::vector<uint8_t> payload(8);
  std::memcpy(payload.data(), &verdict, sizeof verdict);
  return part("", 0, payload);
}

inline std::vector<std::byte> error_target(std::string_view name) {
  std::vector<uint8_t> payload(30);
  std::memcpy(payload.data(), name.data(), name.size());
  return part("ERROR", 0, payload);
}

class BlobBuilder {
 public:
  explicit BlobBuilder(Family family, uint32_t valid_hooks) : family_(family) { info.valid_hooks = valid_hooks; }

  TableInfo info;
  std::vector<std::byte> bytes;

  uint32_t offset() const { return static_cast<uint32_t>(bytes.size()); }
  size_t header_size() const { return family_ == Family::ipv4 ? sizeof(ipt_entry) : sizeof(ip6t_entry); }
  uint32_t size_of(const std::vector<std::byte>& target) const {
    return static_cast<uint32_t>(header_size() + target.size());
  }

  // Adds an entry and returns its offset.
  uint32_t entry(const std::vector<std::byte>& target, const std::vector<std::byte>& matches = {},
                 Counters counters = {}) {
    const uint32_t at = offset();
    const auto target_offset = static_cast<uint16_t>(header_size() + matches.size());
    const auto next_offset = static_cast<uint16_t>(target_offset + target.size());
    if (family_ == Family::ipv4) {
      write<ipt_entry>(target_offset, next_offset, counters);
    } else {
      write<ip6t_entry>(target_offset, next_offset, counters);
    }
    bytes.insert(bytes.end(), matches.begin(), matches.end());
    bytes.insert(bytes.end(), target.begin(), target.end());
    ++info.entry_count;
    info.size = offset();
    return at;
  }
  void base(Hook hook) { info.hook_entry[static_cast<size_t>(hook)] = offset(); }
  uint32_t policy(Hook hook, int32_t verdict, Counters counters = {}) {
    info.underflow[static_cast<size_t>(hook)] = offset();
    return entry(standard(verdict), {}, counters);
  }
  uint32_t user(std::string_view name) { return entry(error_target(name)); }
  uint32_t end_user() { return entry(standard(kReturnVerdict)); }
  uint32_t terminator() { return entry(error_target("ERROR")); }

 private:
  template <typename Entry>
  void write(uint16_t target_offset, uint16_t next_offset, Counters counters) {
    Entry head{};
    head.target_offset = target_offset;
    head.next_offset = next_offset;
    head.comefrom = 0x1f;  // as the kernel's dumps have it
    head.counters = {counters.packets, counters.bytes};
    const auto* raw = reinterpret_cast<const std::byte*>(&head);
    bytes.insert(bytes.end(), raw, raw + sizeof head);
  }
  Family family_;
};

}  // namespace ferrule::legacy
