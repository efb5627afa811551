// What `iptables -h` prints.
#pragma once

#include "voice.hpp"

namespace ferrule::cli {

void print_general_help(const Voice& voice);

}  // namespace ferrule::cli
