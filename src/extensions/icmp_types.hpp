// Names of ICMP and ICMPv6 types: what --icmp-type and --icmpv6-type share.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "extensions/codec.hpp"
#include "extensions/text.hpp"
#include "ferrule/error.hpp"

namespace ferrule::ext {

// A type and a range of codes.
struct IcmpType {
  uint8_t type = 0;
  uint8_t first_code = 0;
  uint8_t last_code = 0xff;
  friend bool operator==(const IcmpType&, const IcmpType&) = default;
};

struct IcmpName {
  std::string_view name;
  IcmpType value;
};

// One protocol's names. Of two names for the same thing the first is printed.
struct IcmpNames {
  std::string_view protocol;  // "ICMP", as messages have it
  std::string_view label;     // "icmp", as -L has it
  std::span<const IcmpName> names;
};

// TYPE, TYPE/CODE, a name, or the beginning of just one name.
Result<IcmpType> parse_icmp_type(const IcmpNames& protocol, std::string_view text);

// ` TYPE[/CODE]`
void save_icmp_type(const IcmpType& value, Text& out);
// ` icmp [!]NAME`, or ` icmptype N [code M]`
void print_icmp_type(const PrintCall& call, const IcmpNames& protocol, const IcmpType& value, bool inverted, Text& out);

// The names with those that stand for one code of a type below it, as --help shows them.
void help_icmp_types(const IcmpNames& protocol, Text& out);

}  // namespace ferrule::ext
