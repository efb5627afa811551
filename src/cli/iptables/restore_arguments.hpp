// What iptables-restore is called with.
#pragma once

#include <span>
#include <string_view>

#include "ferrule/context.hpp"
#include "ferrule/error.hpp"
#include "iptables/stand_in_arguments.hpp"
#include "iptables/voice.hpp"

namespace ferrule::cli {

// Says what is to be said about the options; `ended` where the tool ends there. How long to wait goes into `context`.
ToolArguments read_restore_arguments(const Voice& voice, std::span<const std::string_view> words, Context& context);

}  // namespace ferrule::cli
