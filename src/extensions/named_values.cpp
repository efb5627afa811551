#include "extensions/named_values.hpp"

#include <string>

namespace ferrule::ext {

Result<NamedValue> parse_named_value(const OptionCall& call, NumberFile file) {
  constexpr uint64_t kMax = 0xffffffff;
  const size_t slash = call.text.find('/');
  const std::string option(call.option.name);
  uint64_t value = 0;
  uint64_t mask = kMax;
  if (!parse_number(call.text.substr(0, slash), kMax, value)) {
    const auto named = call.names.numbered(file, call.text);
    if (named) return NamedValue{.value = *named};
    return call.error("could not map name " + std::string(call.text) + " to an integer value for option \"--" + option +
                      "\".");
  }
  if (slash != std::string_view::npos && !parse_number(call.text.substr(slash + 1), kMax, mask)) {
    return call.error("bad integer value for option \"--" + option + "\", or out of range.");
  }
  return NamedValue{static_cast<uint32_t>(value), static_cast<uint32_t>(mask)};
}

void raw_named_value(const PrintCall& call, NumberFile file, const NamedValue& value, Text& out) {
  if (call.numbers == Numbers::kNames && value.mask == 0xffffffff) {
    if (const auto name = call.names.numbered_name(file, value.value)) {
      out.raw(*name);
      return;
    }
  }
  out.raw_mark(value.value, value.mask);
}

}  // namespace ferrule::ext
