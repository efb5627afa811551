#pragma once

#include <string>
#include <string_view>

namespace ferrule::detect {

// "WHAT: Operation not permitted (…)": why something could not be read, for people.
std::string obstacle(std::string_view what, int error_number);

}  // namespace ferrule::detect
