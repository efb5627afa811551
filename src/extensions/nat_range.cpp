#include "extensions/nat_range.hpp"

#include <endian.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <optional>
#include <string>

#include "extensions/fields.hpp"

namespace ferrule::ext {
namespace {

struct FlagWord {
  uint32_t flag;
  std::string_view word;
};
constexpr std::array<FlagWord, 3> kFlagWords = {{{NF_NAT_RANGE_PROTO_RANDOM, "random"},
                                                 {NF_NAT_RANGE_PROTO_RANDOM_FULLY, "random-fully"},
                                                 {NF_NAT_RANGE_PERSISTENT, "persistent"}}};

struct Leading {
  uint16_t number;
  std::string_view rest;
};

// The number at the beginning of `text`, decimal, 0x or 0; none where there is no digit or it is no port.
std::optional<Leading> leading_port(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  const char* begin = text.data();
  const char* end = begin + text.size();
  unsigned value = 0;
  std::from_chars_result read{};
  if (text.starts_with("0x") || text.starts_with("0X")) {
    read = std::from_chars(begin + 2, end, value, 16);
    // "0x" alone is a zero and an x.
    if (read.ec == std::errc::invalid_argument) read = std::from_chars(begin, end, value, 10);
  } else {
    read = std::from_chars(begin, end, value, text.starts_with('0') ? 8 : 10);
  }
  if (read.ec != std::errc{} || value > 0xffff) return std::nullopt;
  return Leading{static_cast<uint16_t>(value), std::string_view(read.ptr, static_cast<size_t>(end - read.ptr))};
}

tl::unexpected<Error> bad_port(std::string_view text) {
  return fail(Code::kInvalidInput, "Port `" + std::string(text) + "' not valid");
}

Result<uint16_t> read_base_port(const OptionCall& call, std::string_view text) {
  const auto number = leading_port(text);
  if (number && number->rest.empty() && number->number != 0) return number->number;
  if (const auto service = call.names.service(text, {})) return *service;
  return bad_port(text);
}

// PORT[-PORT[/BASE]], or the name of a service.
Result<void> read_ports(const OptionCall& call, std::string_view text, NatWords::Shift shift, nf_nat_range2& range) {
  range.flags |= NF_NAT_RANGE_PROTO_SPECIFIED;
  const auto low = leading_port(text);
  if (!low) {
    const auto service = call.names.service(text, {});
    if (!service) return bad_port(text);
    range.min_proto.all = range.max_proto.all = htobe16(*service);
    return {};
  }
  range.min_proto.all = range.max_proto.all = htobe16(low->number);
  if (low->rest.empty()) return {};
  if (low->rest.starts_with(':')) return fail(Code::kInvalidInput, "Invalid port:port syntax - use dash");
  if (!low->rest.starts_with('-')) {
    return fail(Code::kInvalidInput, "Garbage after port value: `" + std::string(low->rest) + "'");
  }
  const std::string_view after_dash = low->rest.substr(1);
  const auto high = leading_port(after_dash);
  if (!high) return bad_port(after_dash);
  if (high->number < low->number) {
    return fail(Code::kInvalidInput, "Port range `" + std::string(after_dash) + "' funky");
  }
  range.max_proto.all = htobe16(high->number);
  if (high->rest.empty()) return {};
  if (!high->rest.starts_with('/')) {
    return fail(Code::kInvalidInput, "Garbage after port range: `" + std::string(high->rest) + "'");
  }
  if (shift == NatWords::Shift::kRefused) {
    return fail(Code::kInvalidInput, "Shifted portmap ranges not supported with this kernel");
  }
  const auto base = read_base_port(call, high->rest.substr(1));
  if (!base) return tl::unexpected(base.error());
  range.flags |= NF_NAT_RANGE_PROTO_OFFSET;
  range.base_proto.all = htobe16(*base);
  return {};
}

// The whole address and nothing else: here "10.1" and 010.0.0.1 are no addresses.
Result<nf_inet_addr> read_address(Family family, std::string_view text) {
  model::Address address{};
  const bool good = family == Family::ipv4 ? parse_dotted_quad(text, address) : parse_address(family, text, address);
  if (!good) return fail(Code::kInvalidInput, "Bad IP address \"" + std::string(text) + "\"");
  return inet_of(address);
}

Result<void> read_addresses(Family family, std::string_view text, nf_nat_range2& range) {
  const size_t dash = text.find('-');
  const auto low = read_address(family, text.substr(0, dash));
  if (!low) return tl::unexpected(low.error());
  range.flags |= NF_NAT_RANGE_MAP_IPS;
  range.min_addr = range.max_addr = *low;
  if (dash == std::string_view::npos) return {};
  const auto high = read_address(family, text.substr(dash + 1));
  if (!high) return tl::unexpected(high.error());
  range.max_addr = *high;
  return {};
}

struct Split {
  std::string_view addresses;
  std::optional<std::string_view> ports;
};

// Takes ADDRESSES[:PORTS] apart, in IPv6 with the addresses in brackets where ports follow.
Result<Split> split(Family family, std::string_view text) {
  Split out{text, std::nullopt};
  size_t colon = 0;
  if (const size_t open = text.find('['); open != std::string_view::npos) {
    const size_t close = text.find(']', open);
    if (family == Family::ipv4 || close == std::string_view::npos) {
      return fail(Code::kInvalidInput, "Invalid address format");
    }
    out.addresses = text.substr(open + 1, close - open - 1);
    colon = text.find(':', close);
  } else {
    colon = text.find(':');
    // Several colons and no brackets: an IPv6 address.
    if (colon != text.rfind(':')) colon = std::string_view::npos;
    out.addresses = text.substr(0, colon);
  }
  if (colon != std::string_view::npos) out.ports = text.substr(colon + 1);
  return out;
}

// Whether the rule's protocol has ports to translate; ICMP counts for its query identifiers.
bool has_ports(const RuleContext& rule) {
  constexpr std::array<uint16_t, 5> kProtocols = {1, 6, 17, 33, 132};
  return std::find(kProtocols.begin(), kProtocols.end(), rule.selectors->protocol) != kProtocols.end();
}

Result<void> read_range(const OptionCall& call, const NatWords& words, nf_nat_range2& range) {
  Split parts{{}, call.text};
  if (words.takes == NatWords::Takes::kAddressesAndPorts) {
    auto split_text = split(call.family(), call.text);
    if (!split_text) return tl::unexpected(split_text.error());
    parts = *split_text;
  }
  if (!parts.ports) return read_addresses(call.family(), parts.addresses, range);
  if (!has_ports(call.rule)) {
    return fail(Code::kInvalidInput, "Need TCP, UDP, SCTP or DCCP with port specification");
  }
  auto result = read_ports(call, *parts.ports, words.shift, range);
  if (!result || parts.addresses.empty()) return result;
  return read_addresses(call.family(), parts.addresses, range);
}

void raw_range(Family family, const nf_nat_range2& range, Text& out) {
  const bool with_ports = (range.flags & NF_NAT_RANGE_PROTO_SPECIFIED) != 0;
  if ((range.flags & NF_NAT_RANGE_MAP_IPS) != 0) {
    const bool brackets = with_ports && family == Family::ipv6;
    const model::Address low = address_of(range.min_addr);
    const model::Address high = address_of(range.max_addr);
    out.raw(brackets ? "[" : "").raw_address(family, low);
    if (low != high) out.raw('-').raw_address(family, high);
    out.raw(brackets ? "]" : "").raw(with_ports ? ":" : "");
  } else if (with_ports) {
    out.raw(':');
  }
}

void raw_ports(const nf_nat_range2& range, Text& out) {
  if ((range.flags & NF_NAT_RANGE_PROTO_SPECIFIED) == 0) return;
  out.raw_number(be16toh(range.min_proto.all));
  if (range.min_proto.all != range.max_proto.all) out.raw('-').raw_number(be16toh(range.max_proto.all));
  if ((range.flags & NF_NAT_RANGE_PROTO_OFFSET) != 0) out.raw('/').raw_number(be16toh(range.base_proto.all));
}

bool has_range(const nf_nat_range2& range) {
  return (range.flags & (NF_NAT_RANGE_MAP_IPS | NF_NAT_RANGE_PROTO_SPECIFIED)) != 0;
}

void raw_all(Family family, const NatWords& words, const nf_nat_range2& range, Text& out) {
  if (words.takes == NatWords::Takes::kAddressesAndPorts) raw_range(family, range, out);
  raw_ports(range, out);
}

}  // namespace

nf_nat_range2 load_range(const nf_nat_range& info) {
  nf_nat_range2 range{};
  static_assert(offsetof(nf_nat_range2, base_proto) == sizeof info);
  std::memcpy(&range, &info, sizeof info);
  return range;
}

nf_nat_range2 load_range(const nf_nat_ipv4_multi_range_compat& info) {
  const nf_nat_ipv4_range& from = info.range[0];
  nf_nat_range2 range{};
  range.flags = from.flags;
  range.min_addr.ip = from.min_ip;
  range.max_addr.ip = from.max_ip;
  range.min_proto = from.min;
  range.max_proto = from.max;
  return range;
}

void store_range(const nf_nat_range2& range, nf_nat_range& info) { std::memcpy(&info, &range, sizeof info); }

void store_range(const nf_nat_range2& range, nf_nat_ipv4_multi_range_compat& info) {
  info.rangesize = 1;
  info.range[0] = {range.flags, range.min_addr.ip, range.max_addr.ip, range.min_proto, range.max_proto};
}

Result<void> parse_nat_option(const OptionCall& call, const NatWords& words, nf_nat_range2& range) {
  if (call.option.name == words.option) return read_range(call, words, range);
  for (const FlagWord& row : kFlagWords) {
    if (row.word == call.option.name) range.flags |= row.flag;
  }
  return {};
}

void save_nat(Family family, const NatWords& words, const nf_nat_range2& range, Text& out) {
  if (has_range(range)) {
    out.option(words.option).raw(' ');
    raw_all(family, words, range, out);
  }
  for (const FlagWord& row : kFlagWords) {
    if ((range.flags & row.flag) != 0) out.option(row.word);
  }
}

void print_nat(Family family, const NatWords& words, const nf_nat_range2& range, Text& out) {
  if (has_range(range)) {
    out.raw(words.label);
    raw_all(family, words, range, out);
  }
  for (const FlagWord& row : kFlagWords) {
    if ((range.flags & row.flag) != 0) out.word(row.word);
  }
}

}  // namespace ferrule::ext
