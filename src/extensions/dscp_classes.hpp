// Names of DiffServ classes (RFC 2474, 2597, 3246), for options that take `--dscp-class` or `--set-dscp-class`.
#pragma once

#include <array>

#include "extensions/lists.hpp"

namespace ferrule::ext {

inline constexpr std::array<NamedBits, 22> kDscpClasses = {
    {{"CS0", 0x00},  {"CS1", 0x08},  {"CS2", 0x10},  {"CS3", 0x18},  {"CS4", 0x20},  {"CS5", 0x28},
     {"CS6", 0x30},  {"CS7", 0x38},  {"BE", 0x00},   {"AF11", 0x0a}, {"AF12", 0x0c}, {"AF13", 0x0e},
     {"AF21", 0x12}, {"AF22", 0x14}, {"AF23", 0x16}, {"AF31", 0x1a}, {"AF32", 0x1c}, {"AF33", 0x1e},
     {"AF41", 0x22}, {"AF42", 0x24}, {"AF43", 0x26}, {"EF", 0x2e}}};

// The code point of a class, or null; case does not matter.
inline const NamedBits* find_dscp_class(std::string_view name) {
  for (const NamedBits& row : kDscpClasses) {
    if (same_word(row.name, name)) return &row;
  }
  return nullptr;
}

}  // namespace ferrule::ext
