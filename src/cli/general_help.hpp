// What `iptables -h` and `iptables -V` print.
#pragma once

#include "ferrule/command.hpp"
#include "iptables/voice.hpp"

namespace ferrule::cli {

// Of a command that is one of the two; with the help of the extensions that it names.
void print_help_or_version(const Voice& voice, const Command& command);

}  // namespace ferrule::cli
