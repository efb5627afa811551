// What iptables-restore and iptables-xml read.
#pragma once

#include <string>
#include <vector>

#include "ferrule/error.hpp"

namespace ferrule::cli {

// The file that is named, or standard input where none is.
Result<std::string> read_tool_input(const std::vector<std::string>& files);

}  // namespace ferrule::cli
