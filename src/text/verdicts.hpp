// The words that are verdicts, and the blanks that no name may have.
#pragma once

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

inline bool has_blank(std::string_view name) { return name.find_first_of(" \t\n\v\f\r") != std::string_view::npos; }

}  // namespace ferrule::text
