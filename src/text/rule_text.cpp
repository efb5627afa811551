#include "text/rule_text.hpp"

#include "extensions/registry.hpp"
#include "extensions/text.hpp"
#include "ferrule/text.hpp"
#include "model/entry.hpp"

namespace ferrule::text {
namespace {

using ext::Kind;
using ext::Text;

void append_network(std::string_view option, Family family, const model::Address& address, const model::Address& mask,
                    bool inverted, Text& out) {
  if (!inverted && address == model::Address{} && mask == model::Address{}) return;
  out.raw(inverted ? " ! " : " ").raw(option).raw(' ').raw_address(family, address);
  const int length = ext::prefix_length(family, mask);
  out.raw('/');
  if (length < 0) {
    out.raw_address(family, mask);
  } else {
    out.raw_number(static_cast<uint64_t>(length));
  }
}

// Printed from the mask: what it does not cover is a `+`, and an empty mask (`-i +`) matches everything.
void append_interface(std::string_view option, const model::Interface& interface, bool inverted, Text& out) {
  if (!interface.given()) return;
  const std::string_view name = interface.text();
  const bool any = interface.mask[0] == 0;
  if (any && !inverted) return;
  out.raw(inverted ? " ! " : " ").raw(option);
  size_t masked = 0;
  while (masked < name.size() && interface.mask[masked] != 0) ++masked;
  std::string shown(name.substr(0, masked));
  if (masked < name.size() || interface.mask[masked] == 0) shown += '+';
  // No interface is called so; a rule may say it all the same, and has to be read again.
  if (shown.find_first_of(" \t\"") != std::string::npos) {
    out.quoted(shown);
  } else {
    out.raw(' ').raw(shown);
  }
}

void append_protocol(const model::Selectors& s, Names& names, Text& out) {
  if (s.protocol == 0) return;
  out.raw((s.invert & model::kInvertProtocol) != 0 ? " ! -p " : " -p ");
  const auto name = names.protocol_name(static_cast<uint8_t>(s.protocol));
  if (name) {
    out.raw(*name);
  } else {
    out.raw_number(s.protocol);
  }
}

void append_part(Kind kind, const Rule& rule, const model::Part& part, uint8_t protocol, Names& names, Text& out) {
  const ext::Extension* known =
      ext::find_by_payload(kind, rule.family(), part.name, part.revision, part.payload.size());
  const std::string_view flag = kind == Kind::match ? " -m " : " -j ";
  if (known == nullptr) {
    out.raw(flag).raw(part.name).raw(" [unsupported revision]");
    return;
  }
  const ext::PrintCall call{.family = rule.family(),
                            .protocol = protocol,
                            .names = names,
                            .attachments = rule.attachments(),
                            .payload_offset = part.payload_offset};
  out.raw(flag).raw(known->printed_name != nullptr ? known->printed_name(part.payload.data()) : known->name);
  if (known->save != nullptr) known->save(call, part.payload.data(), out);
}

}  // namespace

void append_rule_options(const Rule& rule, Names& names, std::string& out, std::optional<Counters> counters) {
  Text text(out);
  if (const auto foreign = rule.foreign_text()) {
    if (counters) text.raw(" -c").number(counters->packets).number(counters->bytes);
    if (!foreign->empty()) text.word(*foreign);
    return;
  }
  const Family family = rule.family();
  const model::Selectors s = model::read_selectors(family, rule.entry());
  const auto inverted = [&](model::Invert bit) { return (s.invert & bit) != 0; };
  append_network("-s", family, s.source, s.source_mask, inverted(model::kInvertSource), text);
  append_network("-d", family, s.destination, s.destination_mask, inverted(model::kInvertDestination), text);
  append_interface("-i", s.in, inverted(model::kInvertIn), text);
  append_interface("-o", s.out, inverted(model::kInvertOut), text);
  append_protocol(s, names, text);
  if (s.fragment) text.raw(inverted(model::kInvertFragment) ? " ! -f" : " -f");
  const uint8_t protocol = inverted(model::kInvertProtocol) ? uint8_t{0} : static_cast<uint8_t>(s.protocol);
  for (const model::Part match : model::matches(rule)) append_part(Kind::match, rule, match, protocol, names, text);
  if (counters) text.raw(" -c").number(counters->packets).number(counters->bytes);
  switch (rule.target_kind()) {
    case TargetKind::none:
      break;
    case TargetKind::extension:
      append_part(Kind::target, rule, model::target(rule), protocol, names, text);
      break;
    default:
      text.raw(s.is_goto ? " -g " : " -j ").raw(rule.target_name());
      break;
  }
}

}  // namespace ferrule::text

namespace ferrule {

std::string to_rule_text(const Rule& rule, std::string_view chain, NameLookup names) {
  Names lookup(names);
  std::string out = "-A " + std::string(chain);
  text::append_rule_options(rule, lookup, out);
  return out;
}

}  // namespace ferrule
