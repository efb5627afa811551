// What surrounds a command line: where its words come from.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ferrule/command.hpp"
#include "ferrule/error.hpp"
#include "ferrule/rule.hpp"
#include "ferrule/transaction.hpp"
#include "ferrule/types.hpp"
#include "names/names.hpp"
#include "text/global_options.hpp"

namespace ferrule::text {

// Where the words come from: in restore input some options are refused or mean "skip this line".
enum class Source : uint8_t { kArguments, kRestoreLine };

struct CommandContext {
  Source source = Source::kArguments;
  std::string_view table = "filter";              // what applies unless -t says otherwise
  std::optional<Counters> counters = {};          // a `[p:b]` prefix
  std::string_view program = "iptables-restore";  // for messages that name it
  std::vector<std::string>* notes = nullptr;      // see parse_command_line
  size_t rules_per_line = SIZE_MAX;               // see ParseLimits
};

std::optional<Policy> policy_by_name(std::string_view name);

}  // namespace ferrule::text
