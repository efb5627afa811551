// The options of iptables-save and iptables-restore, read one after the other as getopt_long(3) does.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ferrule/error.hpp"

namespace ferrule::cli {

enum class OptionValue : uint8_t {
  kNone,
  kRequired,   // -T nat, -Tnat, --table nat, --table=nat
  kIfNextWord  // -w 5, --wait 5, --wait=5, or none where a word with a dash follows; never -w5
};

enum class OptionForms : uint8_t { kBoth, kLetterOnly, kNameOnly };

// Those with a name stand in the order in which an ambiguous abbreviation names them.
struct ToolOption {
  std::string_view name;
  char letter;
  OptionValue value;
  OptionForms forms = OptionForms::kBoth;
};

struct ToolArguments {
  // By letter; the value, empty where there is none. Of an option that takes none, its letter as often as it was given.
  std::map<char, std::string> given = {};
  std::vector<std::string> files = {};
  std::optional<int> ended = {};  // with this exit status, by an option that takes effect at once

  bool has(char letter) const { return given.contains(letter); }
  std::optional<std::string> value(char letter) const;
};

// Called with each option as it is read; the exit status where the tool ends there.
using AtOnce = std::function<std::optional<int>(char letter, std::optional<std::string_view> value)>;

// kInvalidInput in the words of getopt_long(3).
Result<ToolArguments> read_tool_arguments(std::span<const ToolOption> options, std::span<const std::string_view> words,
                                          const AtOnce& at_once);

}  // namespace ferrule::cli
