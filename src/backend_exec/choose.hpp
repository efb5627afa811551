// choose: which binary does what is wanted. Pure: reads an inventory, asks nobody.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "detect/inventory.hpp"
#include "ferrule/error.hpp"
#include "ferrule/types.hpp"

namespace ferrule::exec {

enum class Tool : uint8_t { command, save, restore };

// "iptables-restore" and so on, the name without a variant.
std::string plain_name(Family family, Tool tool);

// What to run, and as what.
struct Program {
  std::string path;
  std::string called;  // its argv[0], by which xtables-*-multi knows which tool to be
  detect::Variant variant = detect::Variant::legacy;
  std::optional<detect::ToolVersion> version = {};
};

// The tool of that variant, or of any when none is given. The first of these that is there and of the variant: the name
// with the variant in it, the plain name, the other variant's name (what a binary says counts, not what it is called),
// and the file that is all tools in one. Where any variant will do, the plain name comes first, since that is what the
// system's other programs use.
//
// The error is kUnsupported; its message says what was looked for and where, and what was there instead. Thread-safe.
Result<Program> choose(const detect::Inventory& inventory, Family family, std::optional<detect::Variant> variant,
                       Tool tool);

}  // namespace ferrule::exec
