#include "extensions/hashlimit_rate.hpp"

#include <algorithm>
#include <array>

#include "extensions/rates.hpp"

namespace ferrule::ext {
namespace {

constexpr unsigned kBlockShift = 4;  // XT_HASHLIMIT_BYTE_SHIFT: blocks of 16 bytes

struct ByteUnit {
  std::string_view name;
  uint64_t bytes;
};
constexpr std::array<ByteUnit, 3> kByteUnits = {{{"mb", uint64_t{1024} * 1024}, {"kb", 1024}, {"b", 1}}};

// A number and one of the byte units.
std::optional<uint64_t> parse_bytes(std::string_view text) {
  for (const ByteUnit& unit : kByteUnits) {
    uint64_t number = 0;
    if (text.ends_with(unit.name) && parse_decimal(text.substr(0, text.size() - unit.name.size()), number)) {
      if (number > UINT64_MAX / unit.bytes) return std::nullopt;
      return number * unit.bytes;
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<HashlimitRate> parse_hashlimit_rate(std::string_view text) {
  const size_t slash = text.find('/');
  const std::string_view amount = text.substr(0, slash);
  HashlimitRate rate;
  if (slash != std::string_view::npos) rate.seconds = rate_unit(text.substr(slash + 1));
  if (!parse_decimal(amount, rate.amount)) {
    const auto bytes = parse_bytes(amount);
    // Bytes are always a second, and that has to be said.
    if (!bytes || slash == std::string_view::npos || rate.seconds != 1) return std::nullopt;
    rate.amount = *bytes;
    rate.in_bytes = true;
  }
  if (rate.amount == 0 || rate.seconds == 0) return std::nullopt;
  return rate;
}

std::optional<HashlimitBurst> parse_hashlimit_burst(std::string_view text) {
  HashlimitBurst burst;
  if (parse_number(text, UINT64_MAX, burst.amount)) return burst;
  const auto bytes = parse_bytes(text);
  if (!bytes) return std::nullopt;
  return HashlimitBurst{.in_bytes = true, .amount = *bytes};
}

uint64_t bytes_to_cost(uint64_t bytes_per_second) { return 0xffffffff / ((bytes_per_second >> kBlockShift) + 1); }

uint64_t cost_to_bytes(uint64_t cost) {
  const uint64_t blocks = cost == 0 ? 0xffffffff : 0xffffffff / cost;
  return (blocks - 1) << kBlockShift;
}

void print_byte_rate(uint64_t cost, Text& out) {
  const uint64_t bytes = cost_to_bytes(cost);
  // iptables never shortens a rate that does not fit into 32 bits.
  const auto* unit = std::find_if(kByteUnits.begin(), kByteUnits.end() - 1, [&](const ByteUnit& u) {
    return bytes >= u.bytes && bytes <= 0xffffffff && bytes_to_cost(bytes / u.bytes * u.bytes) == cost;
  });
  // iptables prints the slowest rate of all as 0b/s, which it does not read back.
  out.number(std::max<uint64_t>(bytes / unit->bytes, 1)).raw(unit->name).raw("/s");
}

void print_byte_burst(uint64_t bytes, Text& out) {
  const auto* unit =
      std::find_if(kByteUnits.begin(), kByteUnits.end() - 1, [&](const ByteUnit& u) { return bytes >= u.bytes; });
  out.number(bytes / unit->bytes).raw(unit->name);
}

}  // namespace ferrule::ext
