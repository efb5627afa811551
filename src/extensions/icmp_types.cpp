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

Result<IcmpType> parse_numbers(const IcmpNames& protocol, std::string_view text) {
  const size_t slash = text.find('/');
  uint64_t type = 0;
  if (!parse_number(text.substr(0, slash), 0xff, type)) return unknown(protocol, "type", text);
  IcmpType value{.type = static_cast<uint8_t>(type)};
  if (slash == std::string_view::npos) return value;
  uint64_t code = 0;
  if (!parse_number(text.substr(slash + 1), 0xff, code)) return unknown(protocol, "code", text);
  value.first_code = value.last_code = static_cast<uint8_t>(code);
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
  if (!has_all_codes(value)) out.raw('/').raw_number(value.first_code);
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
