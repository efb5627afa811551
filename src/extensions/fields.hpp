// Fields of payloads that need more than an assignment: names in fixed arrays, addresses in unions.
#pragma once

#include <linux/netfilter.h>

#include <algorithm>
#include <cstring>
#include <span>
#include <string_view>

#include "model/entry.hpp"

namespace ferrule::ext {

// Fills `field` with `text`, cut so that a NUL remains, and zeros.
inline void put_text(std::span<char> field, std::string_view text) {
  const size_t length = std::min(text.size(), field.size() - 1);
  std::copy_n(text.begin(), length, field.begin());
  std::fill(field.begin() + static_cast<std::ptrdiff_t>(length), field.end(), '\0');
}

// The text up to the NUL, or all of the field where there is none.
inline std::string_view text_of(std::span<const char> field) {
  return {field.data(), strnlen(field.data(), field.size())};
}

inline model::Address address_of(const nf_inet_addr& field) {
  model::Address out;
  static_assert(sizeof field == sizeof out);
  std::memcpy(out.data(), &field, sizeof out);
  return out;
}

inline nf_inet_addr inet_of(const model::Address& address) {
  nf_inet_addr out;
  std::memcpy(&out, address.data(), sizeof out);
  return out;
}

}  // namespace ferrule::ext
