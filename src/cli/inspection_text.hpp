// What `ferrule detect` prints for people.
#pragma once

#include <string>

#include "ferrule/detect.hpp"

namespace ferrule::cli {

// The verdicts; of an explanation also the policies, facts and binaries. Several lines.
std::string to_text(const Inspection& inspection);

}  // namespace ferrule::cli
