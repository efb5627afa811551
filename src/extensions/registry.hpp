// The list of all extensions, written by hand in registry.cpp, and look-ups in it. Immutable, thread-safe.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "extensions/codec.hpp"
#include "ferrule/types.hpp"

namespace ferrule::ext {

std::span<const Extension* const> all_extensions();

// The newest revision, at most `max_revision`, of the extension that is called `name` after -m or -j.
const Extension* find_by_name(Kind kind, Family family, std::string_view name, uint8_t max_revision = 255);

// The codec for bytes met in a rule; null when nobody here knows them. An alias is never returned: the extension it
// stands for prints it (see Extension::printed_name).
const Extension* find_by_payload(Kind kind, Family family, std::string_view kernel_name, uint8_t revision,
                                 size_t payload_size);

}  // namespace ferrule::ext
