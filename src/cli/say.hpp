// Printing as printf(3) does: what cannot be written is lost, and nobody throws. A reader that went away, a full disk
// or a closed standard error must not decide how a change of rules ends; fmt::print throws then.
#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <string>
#include <utility>

namespace ferrule::cli {

template <typename... Parts>
void say_to(std::FILE* file, fmt::format_string<Parts...> form, Parts&&... parts) {
  fmt::memory_buffer text;
  fmt::format_to(fmt::appender(text), form, std::forward<Parts>(parts)...);
  std::fwrite(text.data(), 1, text.size(), file);
}

template <typename... Parts>
void say(fmt::format_string<Parts...> form, Parts&&... parts) {
  say_to(stdout, form, std::forward<Parts>(parts)...);
}

template <typename... Parts>
void complain(fmt::format_string<Parts...> form, Parts&&... parts) {
  say_to(stderr, form, std::forward<Parts>(parts)...);
}

}  // namespace ferrule::cli
