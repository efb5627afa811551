// Rules that are not understood here and carried as text, for a binary that may know more.
#pragma once

#include <span>
#include <string_view>

#include "ferrule/command.hpp"
#include "ferrule/error.hpp"
#include "ferrule/text.hpp"
#include "names/names.hpp"
#include "text/command_line.hpp"

namespace ferrule::text {

// parse_command_line; but where that fails in a way that `unknown` lets pass, the verb, chain and number are taken out
// of the words and the rest becomes the rule's foreign text. The words of a command without such a verb, or whose chain
// has no possible name, give the error all the same.
Result<Command> parse_or_keep(std::span<const std::string_view> words, const CommandContext& context,
                              UnknownRules unknown, Names& names);

}  // namespace ferrule::text
