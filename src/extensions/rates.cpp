#include "extensions/rates.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <string>

#include "extensions/lists.hpp"

namespace ferrule::ext {
namespace {

struct Unit {
  std::string_view name;     // as typed, or a beginning of it
  std::string_view printed;  // as printed
  uint32_t seconds;
};

constexpr std::array<Unit, 4> kUnits = {
    {{"day", "day", 86400}, {"hour", "hour", 3600}, {"minute", "min", 60}, {"second", "sec", 1}}};

}  // namespace

uint32_t rate_unit(std::string_view typed) {
  const auto* unit = std::find_if(kUnits.begin(), kUnits.end(),
                                  [&](const Unit& u) { return !typed.empty() && begins_with(u.name, typed); });
  return unit == kUnits.end() ? 0 : unit->seconds;
}

bool is_negative_rate(std::string_view text) {
  int64_t packets = 0;
  return std::from_chars(text.data(), text.data() + text.size(), packets).ec == std::errc{} && packets < 0;
}

Result<uint32_t> parse_rate(std::string_view text, uint32_t scale) {
  const std::string quoted = "\"" + std::string(text) + "\"";
  uint64_t seconds = 1;
  if (const size_t slash = text.find('/'); slash != std::string_view::npos) {
    seconds = rate_unit(text.substr(slash + 1));
    if (seconds == 0) return fail(Code::kInvalidInput, "bad rate " + quoted + "'");
    text = text.substr(0, slash);
  }
  if (is_negative_rate(text)) return fail(Code::kInvalidInput, "Rate too fast " + quoted);
  uint32_t packets = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), packets);
  if (error != std::errc{} || end != text.data() + text.size() || packets == 0) {
    return fail(Code::kInvalidInput, "bad rate " + quoted + "'");
  }
  const uint64_t period = seconds * scale / packets;
  if (period == 0) return fail(Code::kInvalidInput, "Rate too fast " + quoted);
  if (period > std::numeric_limits<uint32_t>::max()) return fail(Code::kInvalidInput, "Rate too slow " + quoted);
  return static_cast<uint32_t>(period);
}

uint32_t print_rate(uint64_t period, uint32_t scale, Text& out) {
  if (period == 0) {
    out.raw(" inf");
    return 0;
  }
  // A finer unit is taken while the period fits into it and what is left over is no more than the rate.
  size_t best = 0;
  while (best + 1 < kUnits.size()) {
    const uint64_t finer = uint64_t{kUnits[best + 1].seconds} * scale;
    if (period > finer || finer / period < finer % period) break;
    ++best;
  }
  out.number(uint64_t{kUnits[best].seconds} * scale / period).raw('/').raw(kUnits[best].printed);
  return kUnits[best].seconds;
}

}  // namespace ferrule::ext
