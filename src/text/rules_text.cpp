// to_rules_text: what `iptables -S` prints.
#include "extensions/text.hpp"
#include "ferrule/text.hpp"
#include "text/rule_numbers.hpp"
#include "text/rule_text.hpp"

namespace ferrule {
namespace {

using ext::Text;

void append_counters(Counters counters, Text& out) { out.raw(" -c").number(counters.packets).number(counters.bytes); }

void append_rule(const Chain& chain, const Rule& rule, const ListOptions& options, Names& names, Text& out) {
  out.raw("-A ").raw(chain.name.view());
  const std::optional<Counters> counters =
      options.verbose != 0 ? std::optional<Counters>(rule.counters()) : std::nullopt;
  text::append_rule_options(rule, names, out.string(), counters);
  out.raw('\n');
}

}  // namespace

std::string to_rules_text(const Table& table, const ListOptions& options) {
  Names names(options.names);
  std::string string;
  Text out(string);
  const auto shown = [&](const Chain& chain) { return options.chain.empty() || chain.name.view() == options.chain; };
  for (const Chain& chain : table.chains) {
    if (!shown(chain) || options.number != 0) continue;
    out.raw(chain.hook ? "-P " : "-N ").raw(chain.name.view());
    if (chain.hook) {
      out.word(policy_name(chain.policy));
      if (options.verbose != 0) append_counters(chain.counters, out);
    }
    out.raw('\n');
  }
  for (const Chain& chain : table.chains) {
    if (!shown(chain)) continue;
    const std::vector<uint32_t> numbers = text::rule_numbers(table, chain);
    for (size_t i = 0; i < chain.rules.size(); ++i) {
      if (options.number == 0 || options.number == numbers[i]) append_rule(chain, chain.rules[i], options, names, out);
    }
  }
  return string;
}

}  // namespace ferrule
