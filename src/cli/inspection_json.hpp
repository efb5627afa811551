// What `ferrule detect --json` prints.
#pragma once

#include <nlohmann/json.hpp>

#include "ferrule/detect.hpp"

namespace ferrule::cli {

// The verdicts; of an explanation also the policies, facts and binaries.
nlohmann::ordered_json to_json(const Inspection& inspection);

}  // namespace ferrule::cli
