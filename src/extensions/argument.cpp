#include "extensions/argument.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <string>

namespace ferrule::ext {
namespace {

uint64_t type_limit(Arg arg) {
  switch (arg) {
    case Arg::kU8:
    case Arg::kU8Range:
      return 0xff;
    case Arg::kU16:
    case Arg::kU16Range:
      return 0xffff;
    case Arg::kU64:
    case Arg::kU64Range:
      return std::numeric_limits<uint64_t>::max();
    default:
      return 0xffffffff;
  }
}

std::string range_text(uint64_t low, uint64_t high) { return std::to_string(low) + "-" + std::to_string(high); }

tl::unexpected<Error> out_of_range(const OptionCall& call, uint64_t low, uint64_t high) {
  return call.error("bad value for option \"--" + std::string(call.option.name) + "\", or out of range (" +
                    range_text(low, high) + ").");
}

// What follows a number that cannot belong to it: "x" of "1x".
std::string_view behind_number(std::string_view text) {
  const bool hex = text.size() > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
  const size_t end = hex ? text.find_first_not_of("0123456789abcdefABCDEF", 2) : text.find_first_not_of("0123456789");
  return end == 0 || end == std::string_view::npos ? std::string_view{} : text.substr(end);
}

Result<void> read_integer(OptionCall& call) {
  const uint64_t high = call.option.max != 0 ? call.option.max : type_limit(call.option.arg);
  if (!parse_number(call.text, high, call.number[0]) || call.number[0] < call.option.min) {
    return out_of_range(call, call.option.min, high);
  }
  call.count = 1;
  return {};
}

// N, N:M, :M (0 to M) or N: (N to the largest).
Result<void> read_integer_range(OptionCall& call) {
  const uint64_t high = call.option.max != 0 ? call.option.max : type_limit(call.option.arg);
  const std::string name(call.option.name);
  std::string_view rest = call.text;
  while (true) {
    if (call.count == call.number.size()) {
      return call.error("Too many components for option \"--" + name + "\" (max: 2)");
    }
    const size_t colon = rest.find(':');
    const std::string_view part = rest.substr(0, colon);
    if (part.empty()) {
      call.number[call.count] = call.count == 1 ? high : 0;
    } else if (!parse_number(part, high, call.number[call.count])) {
      if (const std::string_view behind = behind_number(part); !behind.empty()) {
        return call.error("Argument to \"--" + name + "\" has unexpected characters near \"" + std::string(behind) +
                          "\".");
      }
      return call.error("bad value for option \"--" + name + "\" near \"" + std::string(rest) +
                        "\", or out of range (0-" + std::to_string(high) + ").");
    }
    ++call.count;
    if (colon == std::string_view::npos) return {};
    rest.remove_prefix(colon + 1);
  }
}

std::string_view protocol_for_services(const RuleContext& rule) {
  switch (rule.selectors->protocol) {
    case 6:
      return "tcp";
    case 17:
      return "udp";
    case 132:
      return "sctp";
    default:
      return {};
  }
}

// Ranges that must not run backwards are of extensions that read numbers themselves, in any base; the others have them
// read as getaddrinfo(3) does a service: in decimal, whatever they begin with.
bool reads_ports_itself(const Option& option) {
  return option.arg == Arg::kPortRange && (option.flags & kAnyOrder) == 0;
}

Result<uint16_t> read_port(const OptionCall& call, std::string_view text, std::string_view protocol) {
  if (reads_ports_itself(call.option)) {
    uint64_t port = 0;
    if (parse_number(text, 0xffff, port)) return static_cast<uint16_t>(port);
    if (const auto named = call.names.service(text, protocol)) return *named;
    return fail(Code::kInvalidInput, "invalid port/service `" + std::string(text) + "' specified");
  }
  const size_t begin = std::min(text.find_first_not_of(" \t\n\v\f\r"), text.size());
  const std::string_view digits = text.substr(text.substr(begin, 1) == "+" ? begin + 1 : begin);
  uint64_t number = 0;
  if (parse_decimal(digits, number) && number <= 0xffff) return static_cast<uint16_t>(number);
  if (const auto port = call.names.service(text, protocol)) return *port;
  return fail(Code::kInvalidInput, "Port \"" + std::string(text) + "\" does not resolve to anything.");
}

Result<void> read_port_range(OptionCall& call) {
  const std::string_view protocol = protocol_for_services(call.rule);
  const size_t colon = call.text.find(':');
  const std::string_view first = call.text.substr(0, colon);
  call.count = 1;
  if (!first.empty() || colon == std::string_view::npos) {
    const auto port = read_port(call, first, protocol);
    if (!port) return tl::unexpected(port.error());
    call.number[0] = *port;
  }
  if (colon == std::string_view::npos) return {};
  const std::string_view second = call.text.substr(colon + 1);
  call.count = 2;
  call.number[1] = 0xffff;
  if (!second.empty()) {
    const auto port = read_port(call, second, protocol);
    if (!port) return tl::unexpected(port.error());
    call.number[1] = *port;
  }
  if (call.number[0] > call.number[1] && (call.option.flags & kAnyOrder) == 0) {
    return fail(Code::kInvalidInput, "invalid portrange (min > max)");
  }
  return {};
}

Result<void> read_string(OptionCall& call) {
  if (call.text.size() < call.option.min) {
    return fail(Code::kInvalidInput,
                "Argument must have a minimum length of " + std::to_string(call.option.min) + " characters");
  }
  if (call.option.max != 0 && call.text.size() > call.option.max) {
    return fail(Code::kInvalidInput,
                "Argument must have a maximum length of " + std::to_string(call.option.max) + " characters");
  }
  return {};
}

// Options of extensions take an address as getaddrinfo(3) does: in IPv4 the last of fewer than four parts fills the
// rest, so that "10.1" is 10.0.0.1.
bool parse_host(Family family, std::string_view text, model::Address& out) {
  if (family == Family::ipv6) return parse_address(family, text, out);
  in_addr address{};
  // inet_aton alone would forgive what follows a blank.
  if (text.find_first_of(" \t\n\v\f\r") != std::string_view::npos) return false;
  if (inet_aton(std::string(text).c_str(), &address) == 0) return false;
  out = {};
  std::memcpy(out.data(), &address, sizeof address);
  return true;
}

Result<void> read_host(OptionCall& call, std::string_view text) {
  if (parse_host(call.family(), text, call.address)) return {};
  const auto found = call.names.host(call.family(), text);
  if (found.empty()) {
    model::Address address{};
    const bool other = parse_host(call.family() == Family::ipv4 ? Family::ipv6 : Family::ipv4, text, address);
    return fail(Code::kInvalidInput, std::string("getaddrinfo: ") + (other ? "Address family for hostname not supported"
                                                                           : "Name or service not known"));
  }
  if (found.size() > 1) return fail(Code::kInvalidInput, std::string(text) + " resolves to more than one address");
  call.address = found.front();
  return {};
}

Result<void> read_prefix_length(OptionCall& call, std::string_view text) {
  const unsigned full = call.family() == Family::ipv4 ? 32 : 128;
  uint64_t length = 0;
  if (!parse_number(text, full, length)) return out_of_range(call, 0, full);
  call.number[0] = length;
  call.prefix_length = static_cast<uint8_t>(length);
  call.mask = prefix_mask(call.family(), call.prefix_length);
  return {};
}

Result<void> read_prefix_mask(OptionCall& call, std::string_view text) {
  if (read_prefix_length(call, text)) return {};
  const bool is_ipv4 = call.family() == Family::ipv4;
  if (text.find(is_ipv4 ? '.' : ':') == std::string_view::npos || !parse_address(call.family(), text, call.mask)) {
    return call.error("bad value for option \"--" + std::string(call.option.name) +
                      "\", neither a valid network mask nor valid CIDR (0-" + (is_ipv4 ? "32" : "128") + ").");
  }
  const int length = prefix_length(call.family(), call.mask);
  call.prefix_length = length < 0 ? 0 : static_cast<uint8_t>(length);
  return {};
}

Result<void> read_host_mask(OptionCall& call) {
  const size_t slash = call.text.find('/');
  if (auto host = read_host(call, call.text.substr(0, slash)); !host) return host;
  if (slash != std::string_view::npos) return read_prefix_mask(call, call.text.substr(slash + 1));
  call.prefix_length = call.family() == Family::ipv4 ? 32 : 128;
  call.mask.fill(0xff);
  return {};
}

struct NamedNumber {
  std::string_view name;
  uint8_t number;
};

constexpr std::array<NamedNumber, 5> kTosNames = {{{"Minimize-Delay", 0x10},
                                                   {"Maximize-Throughput", 0x08},
                                                   {"Maximize-Reliability", 0x04},
                                                   {"Minimize-Cost", 0x02},
                                                   {"Normal-Service", 0x00}}};

// Spelled exactly so, unlike the names of types of service.
constexpr std::array<NamedNumber, 9> kLogLevels = {{{"alert", 1},
                                                    {"crit", 2},
                                                    {"debug", 7},
                                                    {"emerg", 0},
                                                    {"error", 3},
                                                    {"info", 6},
                                                    {"notice", 5},
                                                    {"panic", 0},
                                                    {"warning", 4}}};

template <size_t N>
const NamedNumber* find_name(const std::array<NamedNumber, N>& table, std::string_view name) {
  const auto same = [](char a, char b) { return std::tolower(a) == std::tolower(b); };
  const auto* found = std::find_if(table.begin(), table.end(), [&](const NamedNumber& row) {
    return std::equal(row.name.begin(), row.name.end(), name.begin(), name.end(), same);
  });
  return found == table.end() ? nullptr : found;
}

Result<void> read_tos(OptionCall& call) {
  const size_t slash = call.text.find('/');
  const std::string_view number = call.text.substr(0, slash);
  call.number[1] = 0xff;
  const bool starts_as_number = !number.empty() && number[0] >= '0' && number[0] <= '9';
  uint64_t too_large = 0;
  const bool fits = !parse_number(number, UINT64_MAX, too_large) || too_large <= 0xff;
  if (!starts_as_number || !fits) {
    const NamedNumber* found = find_name(kTosNames, call.text);
    if (found == nullptr) {
      return fail(Code::kInvalidInput, "Symbolic name \"" + std::string(call.text) + "\" is unknown");
    }
    call.number = {found->number, 0x3f};
    return {};
  }
  if (!parse_number(number, 0xff, call.number[0]) ||
      (slash != std::string_view::npos && !parse_number(call.text.substr(slash + 1), 0xff, call.number[1]))) {
    return fail(Code::kInvalidInput, "Illegal value: \"" + std::string(call.text) + "\"");
  }
  return {};
}

Result<void> read_mark(OptionCall& call) {
  const size_t slash = call.text.find('/');
  call.number[1] = 0xffffffff;
  if (!parse_number(call.text.substr(0, slash), 0xffffffff, call.number[0]) ||
      (slash != std::string_view::npos && !parse_number(call.text.substr(slash + 1), 0xffffffff, call.number[1]))) {
    const std::string_view wrong = parse_number(call.text.substr(0, slash), 0xffffffff, call.number[0])
                                       ? call.text.substr(slash + 1)
                                       : call.text.substr(0, slash);
    const std::string option = "option \"--" + std::string(call.option.name) + "\"";
    if (!behind_number(wrong).empty()) return call.error("trailing garbage after value for " + option + ".");
    return call.error("bad integer value for " + option + ", or out of range.");
  }
  return {};
}

Result<void> read_log_level(OptionCall& call) {
  if (parse_number(call.text, 7, call.number[0])) return {};
  const auto* found =
      std::find_if(kLogLevels.begin(), kLogLevels.end(), [&](const NamedNumber& row) { return row.name == call.text; });
  if (found == kLogLevels.end())
    return fail(Code::kInvalidInput, "log level \"" + std::string(call.text) + "\" unknown");
  call.number[0] = found->number;
  return {};
}

Result<void> read_protocol(OptionCall& call) {
  const auto number = call.names.protocol(call.text);
  if (!number) return fail(Code::kInvalidInput, "unknown protocol \"" + std::string(call.text) + "\" specified");
  call.number[0] = *number;
  return {};
}

bool parse_mac(std::string_view text, std::array<uint8_t, 6>& out) {
  for (size_t i = 0; i < out.size(); ++i) {
    const size_t colon = text.find(':');
    const std::string_view part = text.substr(0, colon);
    uint64_t value = 0;
    if (part.empty() || part.size() > 2 || !parse_number("0x" + std::string(part), 0xff, value)) return false;
    out[i] = static_cast<uint8_t>(value);
    if ((colon == std::string_view::npos) != (i + 1 == out.size())) return false;
    if (colon != std::string_view::npos) text.remove_prefix(colon + 1);
  }
  return true;
}

Result<void> read_mac(OptionCall& call) {
  const bool masked = call.option.arg == Arg::kMacMask;
  const size_t slash = masked ? call.text.find('/') : std::string_view::npos;
  call.mac_mask.fill(0xff);
  if (!parse_mac(call.text.substr(0, slash), call.mac) ||
      (slash != std::string_view::npos && !parse_mac(call.text.substr(slash + 1), call.mac_mask))) {
    return fail(Code::kInvalidInput, "Invalid MAC address specified.");
  }
  return {};
}

}  // namespace

std::string_view tos_name(uint8_t value) {
  const auto* found =
      std::find_if(kTosNames.begin(), kTosNames.end(), [&](const NamedNumber& row) { return row.number == value; });
  return found == kTosNames.end() ? std::string_view{} : found->name;
}

Result<void> read_argument(OptionCall& call) {
  switch (call.option.arg) {
    case Arg::kNone:
      return {};
    case Arg::kU8:
    case Arg::kU16:
    case Arg::kU32:
    case Arg::kU64:
      return read_integer(call);
    case Arg::kU8Range:
    case Arg::kU16Range:
    case Arg::kU32Range:
    case Arg::kU64Range:
      return read_integer_range(call);
    case Arg::kString:
      return read_string(call);
    case Arg::kTosMask:
      return read_tos(call);
    case Arg::kMarkMask:
      return read_mark(call);
    case Arg::kLogLevel:
      return read_log_level(call);
    case Arg::kHost:
      return read_host(call, call.text);
    case Arg::kHostMask:
      return read_host_mask(call);
    case Arg::kProtocol:
      return read_protocol(call);
    case Arg::kPort: {
      const auto port = read_port(call, call.text, {});
      if (!port) return tl::unexpected(port.error());
      call.number[0] = *port;
      return {};
    }
    case Arg::kPortRange:
      return read_port_range(call);
    case Arg::kPrefixLength:
      return read_prefix_length(call, call.text);
    case Arg::kPrefixMask:
      return read_prefix_mask(call, call.text);
    case Arg::kMac:
    case Arg::kMacMask:
      return read_mac(call);
  }
  return {};
}

}  // namespace ferrule::ext
