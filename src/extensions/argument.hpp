// Reading an option's argument as its row says: text → the fields of OptionCall.
#pragma once

#include "extensions/codec.hpp"

namespace ferrule::ext {

// Reads `call.text` according to `call.option.arg`. On error `call` is in no particular state.
Result<void> read_argument(OptionCall& call);

// Stores what was read at `option.offset`, where the row gives one.
void store_argument(const OptionCall& call, std::byte* payload);

// The symbolic name of a type of service (whose mask is then 0x3f), or an empty text.
std::string_view tos_name(uint8_t value);

}  // namespace ferrule::ext
