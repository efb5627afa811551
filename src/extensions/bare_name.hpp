// Names in saved rules that iptables prints without quotes.
#pragma once

#include <string_view>

#include "extensions/text.hpp"

namespace ferrule::ext {

// A space and the name as it is; in quotes only where iptables-restore would not read it back as one word.
inline Text& put_name(Text& out, std::string_view name) {
  const bool one_word = !name.empty() && name.find_first_of(" \t\n\"\\") == std::string_view::npos;
  return one_word ? out.word(name) : out.quoted(name);
}

}  // namespace ferrule::ext
