#include "iptables/restore_listing.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "ferrule/text.hpp"

namespace ferrule::cli {
namespace {

void replace_all(std::string& text, std::string_view what, std::string_view with) {
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
}

// The first rule of a listing of rules that is a jump which the same restore has put there: iptables-legacy looks for a
// plug-in of the chain's name, and ends. What comes from there on is taken out of `table`.
std::optional<Rule> cut_at_pending_jump(const TableInProgress& progress, const ListOptions& options, Table& table,
                                        std::string& chain_name) {
  for (auto chain = table.chains.begin(); chain != table.chains.end(); ++chain) {
    if (!options.chain.empty() && chain->name.view() != options.chain) continue;
    for (size_t i = 0; i < chain->rules.size(); ++i) {
      if (chain->rules[i].target_kind() != TargetKind::chain || !progress.is_added(chain->name, i)) continue;
      if (options.number != 0 && options.number != i + 1) continue;
      Rule rule = chain->rules[i];
      chain_name = chain->name.str();
      chain->rules.erase(chain->rules.begin() + static_cast<std::ptrdiff_t>(i), chain->rules.end());
      for (auto other = chain + 1; other != table.chains.end(); ++other) other->rules.clear();
      return rule;
    }
  }
  return std::nullopt;
}

}  // namespace

bool list_in_progress(const TableInProgress& progress, const PrintingLine& line, const Speech& speech, Said& said) {
  const Command& command = line.command;
  const bool missing = command.chain_is_empty_word || (!command.chain.empty() && !progress.has(command.chain));
  if (missing || (command.chain.empty() && progress.incompatible())) {
    said.end = Said::End::kMissingChain;
    said.chain = command.chain;
    said.line = line.line;
    return false;
  }
  Table table = progress.shown(command.chain);
  const ListOptions options{.chain = command.chain,
                            .number = command.number,
                            .form = command.has(Given::kNumeric) ? NumberForm::kNumeric : NumberForm::kNames,
                            .names = NameLookup::kSystem,
                            .verbose = speech.verbose + command.verbose,
                            .exact = command.has(Given::kExact),
                            .line_numbers = command.has(Given::kLineNumbers),
                            .bare_match = speech.backend == BackendKind::nft ? BareMatch::kNothing : BareMatch::kName};
  if (command.has(Verb::kList)) {
    std::string text = to_list_text(table, options);
    replace_all(text, fmt::format("({} references)", TableInProgress::kUnknownReferences), "(ERROR obtaining refs)");
    said.text += text;
    return true;
  }
  std::string chain;
  const auto jump =
      speech.backend == BackendKind::legacy ? cut_at_pending_jump(progress, options, table, chain) : std::nullopt;
  said.text += to_rules_text(table, options);
  if (!jump) return true;
  const std::string text = to_rule_text(*jump, chain, NameLookup::kSystem);
  said.text += text.substr(0, std::min(text.rfind(" -j "), text.rfind(" -g ")));
  said.end = Said::End::kPendingJump;
  said.chain = jump->target_name();
  said.line = line.line;
  return false;
}

}  // namespace ferrule::cli
