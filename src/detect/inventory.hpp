// Inventory: the iptables binaries that a search path offers, as a value. src/backend_exec/inventory.hpp looks; the
// decision and the choice of a binary only read.
#pragma once

#include <algorithm>
#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ferrule::detect {

// Which kernel interface a binary speaks. `unknown`: it runs and has a version, but names an interface not known here.
enum class Variant : uint8_t { legacy, nft, unknown };

constexpr std::string_view variant_name(Variant variant) {
  constexpr std::array<std::string_view, 3> kNames = {"legacy", "nft", "unknown"};
  return kNames[static_cast<size_t>(variant)];
}

struct ToolVersion {
  uint16_t major = 0;
  uint16_t minor = 0;
  uint16_t patch = 0;
  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 takes the 0 that <=> compares with for a pointer
  friend auto operator<=>(const ToolVersion&, const ToolVersion&) = default;
};

// The names that are looked for: each family's plain, legacy and nft tools, then the two files that are all of them.
inline constexpr std::array<std::string_view, 20> kBinaryNames = {"iptables",
                                                                  "iptables-save",
                                                                  "iptables-restore",
                                                                  "iptables-legacy",
                                                                  "iptables-nft",
                                                                  "iptables-legacy-save",
                                                                  "iptables-legacy-restore",
                                                                  "iptables-nft-save",
                                                                  "iptables-nft-restore",
                                                                  "ip6tables",
                                                                  "ip6tables-save",
                                                                  "ip6tables-restore",
                                                                  "ip6tables-legacy",
                                                                  "ip6tables-nft",
                                                                  "ip6tables-legacy-save",
                                                                  "ip6tables-legacy-restore",
                                                                  "ip6tables-nft-save",
                                                                  "ip6tables-nft-restore",
                                                                  "xtables-legacy-multi",
                                                                  "xtables-nft-multi"};

// One that exists and runs.
struct Binary {
  std::string name;                         // of kBinaryNames
  std::string path;                         // where it was found; the root, if any, is part of it
  std::string real_path;                    // behind all symbolic links, these too resolved below the root
  Variant variant = Variant::legacy;        // what it really is, whatever its name says
  std::optional<ToolVersion> version = {};  // absent where it is too old to tell
};

// One that exists and does not count.
struct UnusableBinary {
  std::string name;
  std::string path;
  std::string reason;  // one phrase, e.g. "exit status 127"
};

struct Inventory {
  std::vector<std::string> directories = {};  // where was looked, in order
  std::string root = {};                      // what the directories are below; empty for none
  std::vector<Binary> binaries = {};          // at most one of each name: the first in the search path that runs
  std::vector<UnusableBinary> unusable = {};  // in the order met

  const Binary* find(std::string_view name) const {
    const auto found = std::find_if(binaries.begin(), binaries.end(), [&](const Binary& b) { return b.name == name; });
    return found == binaries.end() ? nullptr : &*found;
  }
};

}  // namespace ferrule::detect
