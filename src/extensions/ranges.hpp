// `[!] --OPTION LOW[:HIGH]` on a payload of a least and a greatest 16-bit number and a flag: what the length and tcpmss
// matches share.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "extensions/codec.hpp"
#include "extensions/text.hpp"

namespace ferrule::ext {

constexpr std::array<Option, 1> range_options(std::string_view name, size_t offset, std::string_view help) {
  Option option{.name = name, .arg = Arg::kU16Range, .flags = kInvert | kMandatory};
  option.offset = static_cast<uint16_t>(offset);
  option.metavar = "value[:value]";
  option.help = help;
  return {option};
}

inline void save_range(std::string_view option, uint16_t low, uint16_t high, bool inverted, Text& out) {
  out.option(option, inverted).number(low);
  if (high != low) out.raw(':').raw_number(high);
}

inline void print_range(std::string_view label, uint16_t low, uint16_t high, bool inverted, Text& out) {
  out.word(label).raw(inverted ? " !" : " ").raw_number(low);
  if (high != low) out.raw(':').raw_number(high);
}

}  // namespace ferrule::ext
