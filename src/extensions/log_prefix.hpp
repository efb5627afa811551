// Prefixes of log messages (LOG, NFLOG, ULOG).
#pragma once

#include <string>

#include "extensions/codec.hpp"

namespace ferrule::ext {

constexpr Option log_prefix_row(std::string_view name) {
  return {.name = name, .arg = Arg::kString, .min = 1, .metavar = "text", .help = "what the message begins with"};
}

inline Result<void> check_log_prefix(const OptionCall& call) {
  if (call.text.find('\n') == std::string_view::npos) return {};
  return fail(Code::kInvalidInput, "Newlines not allowed in --" + std::string(call.option.name));
}

}  // namespace ferrule::ext
