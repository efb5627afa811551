// Text: the small writer with which extensions print themselves, and the spellings that several of them share.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "ferrule/types.hpp"
#include "model/entry.hpp"

namespace ferrule::ext {

// Appends to a string it does not own. Every call returns the writer, so that calls chain:
//   out.option("dport", inverted).number(80)        ->  " ! --dport 80"
class Text {
 public:
  explicit Text(std::string& out) : out_(out) {}

  Text& raw(std::string_view text) {
    out_.append(text);
    return *this;
  }
  Text& raw(char c) {
    out_.push_back(c);
    return *this;
  }
  // " --name", or " ! --name".
  Text& option(std::string_view name, bool inverted = false);
  // A space and then the text.
  Text& word(std::string_view text) {
    out_.push_back(' ');
    return raw(text);
  }
  Text& number(uint64_t value) {
    out_.push_back(' ');
    return raw_number(value);
  }
  Text& hex(uint64_t value) {
    out_.push_back(' ');
    return raw_hex(value);
  }
  Text& raw_number(uint64_t value);
  Text& raw_hex(uint64_t value);                          // 0x1f
  Text& raw_hex_padded(uint64_t value, unsigned digits);  // "0x" and at least `digits` digits
  Text& raw_upper_hex(uint64_t value, unsigned digits);   // the same with A to F
  // A space and the string as iptables-save quotes it (xtables_save_string): bare where it is only [A-Za-z0-9_-],
  // otherwise in double quotes with a backslash before ", \ and '.
  Text& quoted(std::string_view text);
  // The address alone, without prefix length. No space before.
  Text& raw_address(Family family, const model::Address& address);
  // "/24", "/255.0.255.0" or "/ffff::ff" where the mask is no prefix, "" for a full-length mask.
  Text& raw_mask(Family family, const model::Address& mask);
  // VALUE, or VALUE/MASK where the mask is not all ones, in hex. No space before.
  Text& raw_mark(uint32_t value, uint32_t mask);
  Text& raw_mac(const uint8_t* mac);  // 02:00:00:0a:0b:0c (lower or upper case as given by iptables)

  std::string& string() { return out_; }

 private:
  std::string& out_;
};

// The number of leading one bits, or -1 where ones follow a zero.
int prefix_length(Family family, const model::Address& mask);
model::Address prefix_mask(Family family, unsigned length);

// An IPv4 or IPv6 address in text. The whole of `text` must be the address; IPv4 also takes fewer than four parts as
// iptables does ("10" is 10.0.0.0).
bool parse_address(Family family, std::string_view text, model::Address& out);
// An IPv4 address as inet_pton(3) reads it: four decimal parts and nothing else.
bool parse_dotted_quad(std::string_view text, model::Address& out);
// A whole unsigned integer, base 10, 0x or 0 as strtoul(3) with base 0 reads it; no sign, no blanks, nothing behind it.
bool parse_number(std::string_view text, uint64_t max, uint64_t& out);
// Digits in base 10 and nothing else, leading zeros and all.
bool parse_decimal(std::string_view text, uint64_t& out);

}  // namespace ferrule::ext
