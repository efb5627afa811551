#include "extensions/text.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

namespace ferrule::ext {
namespace {

// As strtoul(3) skips them.
constexpr std::string_view kBlanks = " \t\n\v\f\r";

bool is_bare(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

// One to four decimal, hex or octal parts; the missing ones are zero on the right, as "10" and "10.1" mean networks.
bool parse_ipv4(std::string_view text, model::Address& out) {
  out = {};
  size_t part = 0;
  while (true) {
    const size_t dot = text.find('.');
    uint64_t value = 0;
    if (part == 4 || !parse_number(text.substr(0, dot), 255, value)) return false;
    out[part++] = static_cast<uint8_t>(value);
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
unsigned digit(char c) { return static_cast<unsigned>(c - '0'); }

// What nearly all numbers are: a few decimal digits, of which the first is no 0.
bool parse_plain(std::string_view text, uint64_t& out) {
  if (text.empty() || text.size() > 9 || text[0] == '0') return false;
  unsigned value = 0;
  for (const char c : text) {
    if (!is_digit(c)) return false;
    value = value * 10 + digit(c);
  }
  out = value;
  return true;
}

}  // namespace

Text& Text::option(std::string_view name, bool inverted) {
  out_.append(inverted ? " ! --" : " --");
  return raw(name);
}

Text& Text::raw_number(uint64_t value) {
  std::array<char, 20> digits;
  char* const end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  out_.append(digits.data(), end);
  return *this;
}

Text& Text::raw_hex(uint64_t value) { return raw_hex_padded(value, 1); }

Text& Text::raw_hex_padded(uint64_t value, unsigned digits) {
  std::array<char, 16> buffer;
  const char* end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, 16).ptr;
  const auto length = static_cast<size_t>(end - buffer.data());
  out_.append("0x");
  if (length < digits) out_.append(digits - length, '0');
  out_.append(buffer.data(), length);
  return *this;
}

Text& Text::raw_upper_hex(uint64_t value, unsigned digits) {
  const size_t start = out_.size() + 2;
  raw_hex_padded(value, digits);
  std::transform(out_.begin() + static_cast<std::ptrdiff_t>(start), out_.end(),
                 out_.begin() + static_cast<std::ptrdiff_t>(start),
                 [](char c) { return c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c; });
  return *this;
}

Text& Text::quoted(std::string_view text) {
  out_.push_back(' ');
  if (is_bare(text)) return raw(text);
  out_.push_back('"');
  for (const char c : text) {
    if (c == '"' || c == '\\' || c == '\'') out_.push_back('\\');
    out_.push_back(c);
  }
  out_.push_back('"');
  return *this;
}

Text& Text::raw_address(Family family, const model::Address& address) {
  if (family == Family::ipv4) {
    // Not inet_ntop, which goes through printf: of a listing of large tables that was a third.
    for (size_t i = 0; i < 4; ++i) {
      if (i != 0) out_.push_back('.');
      raw_number(address[i]);
    }
    return *this;
  }
  std::array<char, INET6_ADDRSTRLEN> buffer;
  if (inet_ntop(AF_INET6, address.data(), buffer.data(), buffer.size()) != nullptr) out_.append(buffer.data());
  return *this;
}

Text& Text::raw_mask(Family family, const model::Address& mask) {
  const int length = prefix_length(family, mask);
  const int full = family == Family::ipv4 ? 32 : 128;
  if (length == full) return *this;
  out_.push_back('/');
  return length >= 0 ? raw_number(static_cast<uint64_t>(length)) : raw_address(family, mask);
}

Text& Text::raw_mark(uint32_t value, uint32_t mask) {
  raw_hex(value);
  if (mask != 0xffffffff) raw('/').raw_hex(mask);
  return *this;
}

Text& Text::raw_mac(const uint8_t* mac) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  for (size_t i = 0; i < 6; ++i) {
    if (i != 0) out_.push_back(':');
    out_.push_back(kDigits[mac[i] >> 4]);
    out_.push_back(kDigits[mac[i] & 15]);
  }
  return *this;
}

int prefix_length(Family family, const model::Address& mask) {
  const size_t size = model::address_size(family);
  int length = 0;
  size_t i = 0;
  for (; i < size && mask[i] == 0xff; ++i) length += 8;
  if (i == size) return length;
  const auto ones = static_cast<unsigned>(__builtin_clz(static_cast<unsigned>(~mask[i] & 0xff) << 24));
  if (static_cast<uint8_t>(mask[i] << ones) != 0) return -1;
  const bool rest_is_zero =
      std::all_of(mask.begin() + static_cast<std::ptrdiff_t>(i) + 1, mask.begin() + static_cast<std::ptrdiff_t>(size),
                  [](uint8_t b) { return b == 0; });
  return rest_is_zero ? length + static_cast<int>(ones) : -1;
}

model::Address prefix_mask(Family family, unsigned length) {
  model::Address mask{};
  for (size_t i = 0; i < model::address_size(family) && length > 0; ++i) {
    const unsigned bits = std::min(length, 8u);
    mask[i] = static_cast<uint8_t>(0xff00u >> bits);
    length -= bits;
  }
  return mask;
}

bool parse_dotted_quad(std::string_view text, model::Address& out) {
  size_t at = 0;
  for (size_t part = 0; part < 4; ++part) {
    if (part > 0 && (at == text.size() || text[at++] != '.')) return false;
    const size_t begin = at;
    unsigned value = 0;
    for (; at < text.size() && at - begin < 3 && is_digit(text[at]); ++at) value = value * 10 + digit(text[at]);
    if (at == begin || value > 255 || (text[begin] == '0' && at - begin > 1)) return false;
    out[part] = static_cast<uint8_t>(value);
  }
  return at == text.size();
}

bool parse_address(Family family, std::string_view text, model::Address& out) {
  if (family == Family::ipv4) return parse_dotted_quad(text, out) || parse_ipv4(text, out);
  std::array<char, INET6_ADDRSTRLEN + 1> buffer{};
  if (text.size() >= buffer.size()) return false;
  std::memcpy(buffer.data(), text.data(), text.size());
  return inet_pton(AF_INET6, buffer.data(), out.data()) == 1;
}

bool parse_number(std::string_view text, uint64_t max, uint64_t& out) {
  if (parse_plain(text, out)) return out <= max;
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  int base = 10;
  if (text.size() > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
    base = 16;
    text.remove_prefix(2);
  } else if (text.size() > 1 && text[0] == '0') {
    base = 8;
  }
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out, base);
  return error == std::errc{} && end == text.data() + text.size() && !text.empty() && out <= max;
}

bool parse_decimal(std::string_view text, uint64_t& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out, 10);
  return error == std::errc{} && end == text.data() + text.size() && !text.empty();
}

}  // namespace ferrule::ext
