// Which iptables binaries a search path offers, and what each really is. Values only; all functions are thread-safe.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#pragma GCC visibility push(default)
namespace ferrule {

// Which kernel interface a binary speaks. `unknown`: it runs and has a version, but names an interface not known here.
enum class BinaryVariant : uint8_t { legacy, nft, unknown };
// The word above, e.g. "legacy".
std::string_view binary_variant_name(BinaryVariant variant);

// Of iptables, e.g. 1.8.9.
struct BinaryVersion {
  uint16_t major = 0;
  uint16_t minor = 0;
  uint16_t patch = 0;
  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 takes the 0 that <=> compares with for a pointer
  friend auto operator<=>(const BinaryVersion&, const BinaryVersion&) = default;
};
// "1.8.9".
std::string to_string(const BinaryVersion& version);

// One that exists and runs.
struct Binary {
  // One of iptables, iptables-legacy, iptables-nft, each also with -save and -restore, the same of ip6tables, and
  // xtables-legacy-multi and xtables-nft-multi, which are all of them.
  std::string name;
  std::string path;                               // where it was found; the root, if any, is part of it
  std::string real_path;                          // behind all symbolic links, these too resolved below the root
  BinaryVariant variant = BinaryVariant::legacy;  // what it really is, whatever its name says
  std::optional<BinaryVersion> version = {};      // absent where it is too old to tell, or was not asked
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

  const Binary* find(std::string_view name) const;
};

}  // namespace ferrule
#pragma GCC visibility pop
