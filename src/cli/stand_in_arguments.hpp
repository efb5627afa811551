// The short options of iptables-save and iptables-restore, read as getopt(3) does.
#pragma once

#include <cstdint>
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

struct ToolOption {
  std::string_view name;
  char letter;
  OptionValue value;
};

struct ToolArguments {
  std::map<char, std::string> given = {};  // by letter; the value, empty where there is none
  std::vector<std::string> files = {};

  bool has(char letter) const { return given.count(letter) != 0; }
  std::optional<std::string> value(char letter) const;
};

// kInvalidInput with "unknown option" or "requires an argument".
Result<ToolArguments> read_tool_arguments(std::span<const ToolOption> options, std::span<const std::string_view> words);

}  // namespace ferrule::cli
