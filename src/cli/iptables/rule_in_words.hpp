// The line that -v prints for a rule.
#pragma once

#include <string>

#include "ferrule/detect.hpp"
#include "ferrule/rule.hpp"

namespace ferrule::cli {

std::string rule_in_words(const Rule& rule, BackendKind backend);

}  // namespace ferrule::cli
