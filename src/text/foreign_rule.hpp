// Rules that are not understood here and carried as text, for a binary that may know more.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "ferrule/command.hpp"
#include "ferrule/error.hpp"
#include "ferrule/text.hpp"
#include "text/command_line.hpp"

namespace ferrule::text {

// What to do with words that failed to parse with `error`: where `unknown` lets that pass, the verb, chain and number
// are taken out of the words and the rest becomes the rule's foreign text. Nothing where it does not, and for a command
// without such a verb or whose chain has no possible name.
std::optional<Command> keep_as_text(std::span<const std::string_view> words, Family family,
                                    const CommandContext& context, UnknownRules unknown, const Error& error);

}  // namespace ferrule::text
