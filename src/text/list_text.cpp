// to_list_text and to_verbose_text: what `iptables -L` and `iptables -v -A` print. Layout: columns of fixed width,
// which the one-line form of -v replaces by words ("in", "out", "->").
#include <array>

#include "extensions/registry.hpp"
#include "extensions/text.hpp"
#include "ferrule/text.hpp"
#include "model/entry.hpp"
#include "text/rule_numbers.hpp"

namespace ferrule {
namespace {

using ext::Kind;
using ext::Text;

enum class Layout : uint8_t { kColumns, kOneLine };

// The text, then blanks up to `width`.
void append_left(std::string_view text, size_t width, Text& out) {
  out.raw(text);
  if (text.size() < width) out.string().append(width - text.size(), ' ');
}

void append_right(std::string_view text, size_t width, Text& out) {
  if (text.size() < width) out.string().append(width - text.size(), ' ');
  out.raw(text);
}

// At most five digits, then thousands, millions and so on, rounded.
std::string scaled(uint64_t number) {
  if (number <= 99999) return std::to_string(number);
  number = (number + 500) / 1000;
  for (const char unit : {'K', 'M', 'G'}) {
    if (number <= 9999) return std::to_string(number) + unit;
    number = (number + 500) / 1000;
  }
  return std::to_string(number) + 'T';
}

class RuleLister {
 public:
  RuleLister(Family family, const ListOptions& options, Layout layout, Names& names, Text& out)
      : family_(family), options_(options), layout_(layout), names_(names), out_(out) {}

  void append(const Rule& rule, size_t number) {
    const model::Selectors s = model::read_selectors(family_, rule.entry());
    if (layout_ == Layout::kColumns) {
      if (options_.line_numbers) {
        append_left(std::to_string(number), 4, out_);
        out_.raw(' ');
      }
      if (options_.verbose != 0) append_counters(rule.counters());
    }
    cell(rule.target_name(), 9);
    append_protocol(s);
    append_options(s);
    if (options_.verbose != 0) append_interfaces(s);
    append_addresses(s);
    if (s.is_goto) out_.raw("[goto] ");
    append_details(rule, s);
    out_.raw('\n');
  }

 private:
  bool numeric() const { return options_.form == NumberForm::kNumeric; }

  void cell(std::string_view text, size_t width) {
    append_left(text, layout_ == Layout::kColumns ? width : 0, out_);
    out_.raw(' ');
  }

  void append_counters(Counters counters) {
    for (const uint64_t value : {counters.packets, counters.bytes}) {
      append_right(options_.exact ? std::to_string(value) : scaled(value), options_.exact ? 8 : 5, out_);
      out_.raw(' ');
    }
  }

  void append_protocol(const model::Selectors& s) {
    out_.raw((s.invert & model::kInvertProtocol) != 0 ? '!' : ' ');
    std::optional<std::string> name;
    // The one-line form prints addresses as numbers, but protocols by name.
    if (!numeric() || layout_ == Layout::kOneLine)
      name = s.protocol == 0 ? "all" : names_.protocol_name(static_cast<uint8_t>(s.protocol));
    cell(name.value_or(std::to_string(s.protocol)), 4);
  }

  void append_options(const model::Selectors& s) {
    if (layout_ == Layout::kOneLine) out_.raw("opt ");
    out_.raw((s.invert & model::kInvertFragment) != 0 ? '!' : '-').raw(s.fragment ? 'f' : '-').raw(' ');
  }

  std::string interface_text(const model::Interface& interface, bool inverted) const {
    std::string text = inverted ? "!" : "";
    if (interface.given()) return text.append(interface.text());
    return text + (numeric() ? "*" : "any");
  }

  void append_interfaces(const model::Selectors& s) {
    const bool columns = layout_ == Layout::kColumns;
    out_.raw(columns ? " " : "in ");
    cell(interface_text(s.in, (s.invert & model::kInvertIn) != 0), 6);
    if (!columns) out_.raw("out ");
    cell(interface_text(s.out, (s.invert & model::kInvertOut) != 0), 6);
  }

  std::string address_text(const model::Address& address, const model::Address& mask) {
    // In IPv6 iptables looks at the address, so that ::/1 is anywhere too.
    if (!numeric() && (family_ == Family::ipv4 ? mask : address) == model::Address{}) return "anywhere";
    std::string text;
    const auto name = numeric() ? std::nullopt : names_.host_name(family_, address);
    if (name) {
      text = *name;
    } else {
      Text(text).raw_address(family_, address);
    }
    Text(text).raw_mask(family_, mask);
    return text;
  }

  void append_addresses(const model::Selectors& s) {
    const bool columns = layout_ == Layout::kColumns;
    out_.raw((s.invert & model::kInvertSource) != 0 ? '!' : ' ');
    cell(address_text(s.source, s.source_mask), 19);
    out_.raw((s.invert & model::kInvertDestination) != 0 ? '!' : ' ');
    if (!columns) out_.raw("-> ");
    cell(address_text(s.destination, s.destination_mask), 19);
    if (!columns) out_.raw(' ');
  }

  void append_details(const Rule& rule, const model::Selectors& s) {
    ext::PrintCall call{
        .family = family_,
        .numbers = numeric() ? ext::Numbers::kNumeric : ext::Numbers::kNames,
        .protocol = (s.invert & model::kInvertProtocol) != 0 ? uint8_t{0} : static_cast<uint8_t>(s.protocol),
        .names = names_,
        .attachments = rule.attachments()};
    for (const model::Part part : model::matches(rule)) {
      const auto* known = ext::find_by_payload(Kind::match, family_, part.name, part.revision, part.payload.size());
      call.payload_offset = part.payload_offset;
      if (known == nullptr) {
        out_.raw("UNKNOWN match `").raw(part.name).raw("' ");
      } else if (known->print != nullptr) {
        known->print(call, part.payload.data(), out_);
      } else if (options_.bare_match == BareMatch::kName) {
        // The blank stands behind instead of before, as iptables has it.
        out_.raw(known->name).raw(' ');
      }
    }
    if (rule.target_kind() != TargetKind::extension) return;
    const model::Part part = model::target(rule);
    const auto* known = ext::find_by_payload(Kind::target, family_, part.name, part.revision, part.payload.size());
    call.payload_offset = part.payload_offset;
    if (known == nullptr) {
      out_.raw('[').raw_number(part.payload.size()).raw(" bytes of unknown target data] ");
    } else if (known->print != nullptr) {
      known->print(call, part.payload.data(), out_);
    }
  }

  Family family_;
  const ListOptions& options_;
  Layout layout_;
  Names& names_;
  Text& out_;
};

void append_chain_header(const Chain& chain, const ListOptions& options, Text& out) {
  const auto count = [&](uint64_t value) { return options.exact ? std::to_string(value) : scaled(value); };
  out.raw("Chain ").raw(chain.name.view());
  if (chain.hook) {
    out.raw(" (policy ").raw(policy_name(chain.policy));
    if (options.verbose != 0) {
      out.word(count(chain.counters.packets)).raw(" packets, ").raw(count(chain.counters.bytes)).raw(" bytes");
    }
    out.raw(")\n");
  } else {
    out.raw(" (").raw_number(chain.references).raw(" references)\n");
  }
  if (options.line_numbers) out.raw("num  ");
  if (options.verbose != 0) {
    append_right("pkts", options.exact ? 8 : 5, out);
    out.raw(' ');
    append_right("bytes", options.exact ? 10 : 5, out);
    out.raw(' ');
  }
  out.raw("target     prot opt");
  if (options.verbose != 0) out.raw(" in     out    ");
  out.raw(" source               destination         \n");
}

Family family_of(const Table& table) {
  for (const Chain& chain : table.chains) {
    if (!chain.rules.empty()) return chain.rules.front().family();
  }
  return Family::ipv4;
}

}  // namespace

std::string to_list_text(const Table& table, const ListOptions& options) {
  Names names(options.names);
  std::string string;
  Text out(string);
  RuleLister lister(family_of(table), options, Layout::kColumns, names, out);
  for (const Chain& chain : table.chains) {
    if (!options.chain.empty() && chain.name.view() != options.chain) continue;
    if (!string.empty()) out.raw('\n');
    if (options.number == 0) append_chain_header(chain, options, out);
    const std::vector<uint32_t> numbers = text::rule_numbers(table, chain);
    for (size_t i = 0; i < chain.rules.size(); ++i) {
      if (options.number == 0 || options.number == numbers[i]) lister.append(chain.rules[i], numbers[i]);
    }
  }
  return string;
}

std::string to_verbose_text(const Rule& rule, NameLookup names, BareMatch bare_match) {
  Names lookup(names);
  std::string string;
  Text out(string);
  const ListOptions options{.form = NumberForm::kNumeric, .verbose = 1, .bare_match = bare_match};
  RuleLister(rule.family(), options, Layout::kOneLine, lookup, out).append(rule, 0);
  return string;
}

}  // namespace ferrule
