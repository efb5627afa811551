// The backend under the plain names. Programs that flush everything and start again must not see it change half way, so
// what was chosen for a namespace when something was written there is remembered under /run/ferrule.
#pragma once

#include <string>

#include "ferrule/context.hpp"
#include "ferrule/detect.hpp"
#include "ferrule/engine.hpp"
#include "iptables/identity.hpp"

namespace ferrule::cli {

struct SteadyChoice {
  BackendKind backend = BackendKind::legacy;
  std::string record = {};  // the name of the record to remember it in; empty where that cannot be, or need not be
};

// In this order: the name the command was called by, $FERRULE_BACKEND, /etc/ferrule.conf, what is remembered,
// detection. What is remembered yields to hint chains and to rules that are in the other backend only.
Result<SteadyChoice> choose_steadily(const Identity& identity, const Context& context);

// Whether the namespace has legacy tables, which listings of nf_tables do not show.
bool has_legacy_tables(Family family);

// To be called after something was written. A folder that is not there and cannot be made, or written to, is no error.
void remember(const SteadyChoice& choice);

}  // namespace ferrule::cli
