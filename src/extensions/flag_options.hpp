// Extensions whose payload is a byte of flags, one for each option: socket and rpfilter.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "extensions/codec.hpp"
#include "extensions/text.hpp"

namespace ferrule::ext {

constexpr uint8_t flag_of_option(size_t id) { return static_cast<uint8_t>(1u << id); }

// The options of which the flag is set, each with `before` in front.
inline void write_flags(std::span<const Option> options, uint8_t flags, std::string_view before, Text& out) {
  for (size_t id = 0; id < options.size(); ++id) {
    if ((flags & flag_of_option(id)) != 0) out.raw(before).raw(options[id].name);
  }
}

}  // namespace ferrule::ext
