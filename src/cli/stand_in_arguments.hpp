// The short options of iptables-save and iptables-restore, read as getopt(3) does.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ferrule/error.hpp"

namespace ferrule::cli {

struct ToolOption {
  std::string_view name;
  char letter;
  bool takes_value;
};

struct ToolArguments {
  std::map<char, std::string> given = {};  // by letter; the value, empty where it takes none
  std::vector<std::string> files = {};

  bool has(char letter) const { return given.count(letter) != 0; }
  std::optional<std::string> value(char letter) const;
};

// kInvalidInput with "unknown option" or "requires an argument".
Result<ToolArguments> read_tool_arguments(std::span<const ToolOption> options, std::span<const std::string_view> words);

}  // namespace ferrule::cli
