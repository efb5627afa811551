// `VALUE[/MASK]` where VALUE may be a name from a file, as the realm and devgroup matches have it.
#pragma once

#include <cstdint>
#include <string_view>

#include "extensions/codec.hpp"
#include "extensions/text.hpp"
#include "ferrule/error.hpp"
#include "names/names.hpp"

namespace ferrule::ext {

struct NamedValue {
  uint32_t value = 0;
  uint32_t mask = 0xffffffff;
};

// A name of `file`, or a number that may have a mask.
Result<NamedValue> parse_named_value(const OptionCall& call, NumberFile file);

// The name where the mask is full and `file` has one, else hex with the mask if it is not full; no space before.
void raw_named_value(const PrintCall& call, NumberFile file, const NamedValue& value, Text& out);

}  // namespace ferrule::ext
