// Ranges of security parameter indexes (SPI): what esp, ah and ipcomp share.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "extensions/codec.hpp"
#include "extensions/text.hpp"

namespace ferrule::ext {

// First and last index, host order.
using SpiRange = std::span<const uint32_t, 2>;

// The row of an option that sets the `uint32_t[2]` at `offset`.
constexpr Option spi_option(std::string_view name, size_t offset) {
  Option option{.name = name, .arg = Arg::kU32Range, .flags = kInvert};
  option.offset = static_cast<uint16_t>(offset);
  option.metavar = "spi[:spi]";
  option.help = "the security parameter index is in this range";
  return option;
}

// Whether the range says anything. The inverse of everything does: nothing.
constexpr bool limits_spi(SpiRange range, bool inverted) { return inverted || range[0] != 0 || range[1] != 0xffffffff; }

// `LOW[:HIGH]`, no space before.
inline void raw_spis(SpiRange range, Text& out) {
  out.raw_number(range[0]);
  if (range[1] != range[0]) out.raw(':').raw_number(range[1]);
}

inline void save_spis(std::string_view option, SpiRange range, bool inverted, Text& out) {
  if (!limits_spi(range, inverted)) return;
  raw_spis(range, out.option(option, inverted).raw(' '));
}

// `spi:5` or `spis:!5:9`, no space before; nothing where the range says nothing.
inline void print_spis(SpiRange range, bool inverted, Text& out) {
  if (!limits_spi(range, inverted)) return;
  raw_spis(range, out.raw(range[0] == range[1] ? "spi:" : "spis:").raw(inverted ? "!" : ""));
}

}  // namespace ferrule::ext
