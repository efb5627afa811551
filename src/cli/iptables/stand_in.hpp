// ferrule under the names of the iptables tools.
#pragma once

#include <span>
#include <string_view>

#include "ferrule/context.hpp"
#include "ferrule/engine.hpp"
#include "iptables/identity.hpp"

namespace ferrule::cli {

// Runs as the tool that `identity` names, with the arguments behind the name. Returns the exit status.
int run_stand_in(const Identity& identity, std::span<const std::string_view> words);

int run_iptables(const Identity& identity, std::span<const std::string_view> words);
int run_save(const Identity& identity, std::span<const std::string_view> words);
int run_restore(const Identity& identity, std::span<const std::string_view> words);
int run_xml(const Identity& identity, std::span<const std::string_view> words);

// Where the tools work: the caller's own namespace, $PATH, and the lock that $XTABLES_LOCKFILE names. Names in rules
// are looked up as the tools do.
Context stand_in_context();

// For the one call that the tool makes, through the backend that was chosen. As the tools do, it loads what it needs.
EngineOptions stand_in_options(BackendKind backend);

}  // namespace ferrule::cli
