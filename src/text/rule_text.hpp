// Rule → the options that iptables-save prints.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ferrule/rule.hpp"
#include "names/names.hpp"

namespace ferrule::text {

// Appends everything behind `-A CHAIN`, starting with a space (nothing for an empty rule). An extension that nobody
// here knows is printed as `-m NAME` or `-j NAME` with `[unsupported revision]`, as iptables does. Where `counters` are
// given, ` -c PACKETS BYTES` stands before the target, as `iptables -S -v` has it.
void append_rule_options(const Rule& rule, Names& names, std::string& out, std::optional<Counters> counters = {});

}  // namespace ferrule::text
