// What iptables says about an option that it takes all the same.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "extensions/codec.hpp"
#include "ferrule/types.hpp"

namespace ferrule::text {

// Of -i and -o.
std::optional<std::string> note_on_interface(std::string_view name);
// Of -p in IPv6: an extension header is found by a match of its own, never as the protocol.
std::optional<std::string> note_on_protocol(uint16_t number, std::string_view name);
// Of an extension's option.
std::optional<std::string> note_on_option(Family family, const ext::Option& row, std::string_view value);

}  // namespace ferrule::text
