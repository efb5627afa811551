#include "extensions/icmp_types.hpp"

#include <algorithm>
#include <string>

#include "extensions/lists.hpp"

namespace ferrule::ext {
namespace {

tl::unexpected<Error> unknown(const IcmpNames& protocol, std::string_view what, std::string_view text) {
  return fail(Code::kInvalidInput,
              "Unknown " + std::string(protocol.protocol) + " " + std::string(what) + " `" + std::string(text) + "'");
}

// Takes the number that `text` begins with, in the base that strtoul(3) would read it in. False, with the text as it
// was, where there is none or it is above 255.
bool take_number(std::string_view& text, uint8_t& out) {
  std::string_view digits = "0123456789";
  size_t begin = std::min(text.find_first_not_of(" \t\n\v\f\r"), text.size());
  if (text.substr(begin, 1) == "+") ++begin;
  const std::string_view start = text.substr(begin, 3);
  if (start.size() > 1 && start[0] == '0') digits = "01234567";
  if (start.size() > 2 && (start.starts_with("0x") || start.starts_with("0X"))) {
    digits = "0123456789abcdefABCDEF";
    begin += 2;
  }
  const size_t end = std::min(text.find_first_not_of(digits, begin), text.size());
  uint64_t number = 0;
  if (!parse_number(text.substr(0, end), 0xff, number)) return false;
  out = static_cast<uint8_t>(number);
  text.remove_prefix(end);
  return true;
}

tl::unexpected<Error> unknown_character(std::string_view text) {
  return fail(Code::kInvalidInput, std::string("unknown character ") + text.front());
}

// "5" or "5:6"
Result<void> parse_codes(const IcmpNames& protocol, std::string_view text, std::string_view codes, IcmpType& value) {
  if (!take_number(codes, value.first_code)) return unknown(protocol, "code", text);
  value.last_code = value.first_code;
  if (codes.starts_with(':')) {
    codes.remove_prefix(1);
    if (!take_number(codes, value.last_code)) return unknown(protocol, "code", text);
  }
  return codes.empty() ? Result<void>{} : unknown_character(codes);
}

Result<IcmpType> parse_numbers(const IcmpNames& protocol, std::string_view text) {
  std::string_view rest = text;
  IcmpType value;
  if (!take_number(rest, value.type)) return unknown(protocol, "type", text);
  if (rest.empty()) return value;
  if (rest.front() == ':') {
    return fail(Code::kInvalidInput, std::string(protocol.protocol) + " type range not supported");
  }
  if (rest.front() != '/') return unknown_character(rest);
  if (auto codes = parse_codes(protocol, text, rest.substr(1), value); !codes) return tl::unexpected(codes.error());
  return value;
}

bool has_all_codes(const IcmpType& value) { return value.first_code == 0 && value.last_code == 0xff; }

}  // namespace

Result<IcmpType> parse_icmp_type(const IcmpNames& protocol, std::string_view text) {
  const IcmpName* found = nullptr;
  for (const IcmpName& row : protocol.names) {
    if (!begins_with(row.name, text)) continue;
    if (found != nullptr) {
      return fail(Code::kInvalidInput, "Ambiguous " + std::string(protocol.protocol) + " type `" + std::string(text) +
                                           "': `" + std::string(found->name) + "' or `" + std::string(row.name) + "'?");
    }
    found = &row;
  }
  if (found != nullptr) return found->value;
  return parse_numbers(protocol, text);
}

void save_icmp_type(const IcmpType& value, Text& out) {
  out.number(value.type);
  if (has_all_codes(value)) return;
  out.raw('/').raw_number(value.first_code);
  // iptables forgets the end of a range, which it would read back.
  if (value.first_code != value.last_code) out.raw(':').raw_number(value.last_code);
}

void print_icmp_type(const PrintCall& call, const IcmpNames& protocol, const IcmpType& value, bool inverted,
                     Text& out) {
  out.word(protocol.label);
  if (call.numbers == Numbers::kNames) {
    const auto row = std::find_if(protocol.names.begin(), protocol.names.end(),
                                  [&](const IcmpName& candidate) { return candidate.value == value; });
    if (row != protocol.names.end()) {
      out.word(inverted ? "!" : "").raw(row->name);
      return;
    }
  }
  out.raw(inverted ? " !type" : "type").number(value.type);
  if (has_all_codes(value)) return;
  out.raw(value.first_code == value.last_code ? " code " : " codes ").raw_number(value.first_code);
  if (value.first_code != value.last_code) out.raw('-').raw_number(value.last_code);
}

void help_icmp_types(const IcmpNames& protocol, Text& out) {
  out.raw(protocol.protocol).raw(" types:\n");
  for (const IcmpName& row : protocol.names) {
    out.raw(has_all_codes(row.value) ? "  " : "    ").raw(row.name).raw('\n');
  }
}

}  // namespace ferrule::ext
