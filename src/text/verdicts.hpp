// The words that are verdicts, and the blanks that no name may have.
#pragma once

#include <algorithm>
#include <optional>
#include <string_view>

#include "ferrule/rule.hpp"

namespace ferrule::text {

inline std::optional<TargetKind> verdict_by_name(std::string_view name) {
  if (name == "ACCEPT") return TargetKind::accept;
  if (name == "DROP") return TargetKind::drop;
  if (name == "QUEUE") return TargetKind::queue;
  if (name == "RETURN") return TargetKind::return_;
  return std::nullopt;
}

// What isspace(3) takes for one.
constexpr bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
constexpr bool has_blank(std::string_view text) { return std::any_of(text.begin(), text.end(), is_blank); }

}  // namespace ferrule::text
