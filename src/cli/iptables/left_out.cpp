#include "iptables/left_out.hpp"

#include <algorithm>

#include "say.hpp"

namespace ferrule::cli {
namespace {

bool is_unreadable(const Foreign& foreign) { return foreign.kind == Foreign::Kind::unreadable_rule; }
bool is_refused(const Foreign& foreign) { return !foreign.refusals.empty(); }

// How many of a chain's rules stand before the one of `number` and can be shown.
size_t shown_before(const Table& table, std::string_view chain, uint32_t number) {
  const auto left_out = std::ranges::count_if(table.foreign, [&](const Foreign& foreign) {
    return is_unreadable(foreign) && foreign.chain == chain && foreign.number < number;
  });
  return number - 1 - static_cast<size_t>(left_out);
}

}  // namespace

std::optional<std::vector<std::string>> cut_at_unreadable(Table& table, std::string_view chain, uint32_t number,
                                                          Behind behind) {
  for (auto each = table.chains.begin(); each != table.chains.end(); ++each) {
    if (!chain.empty() && each->name.view() != chain) continue;
    const Foreign* first = nullptr;
    for (const Foreign& foreign : table.foreign) {
      if (!is_refused(foreign) || foreign.chain != each->name.view()) continue;
      if (number != 0 && foreign.number != number) continue;
      if (first == nullptr || foreign.number < first->number) first = &foreign;
    }
    if (first == nullptr) continue;
    const size_t keep = std::min(shown_before(table, each->name.view(), first->number), each->rules.size());
    each->rules.erase(each->rules.begin() + static_cast<std::ptrdiff_t>(keep), each->rules.end());
    for (auto other = each + 1; other != table.chains.end(); ++other) other->rules.clear();
    std::vector<std::string> refusals = first->refusals;
    if (behind == Behind::kGone) table.chains.erase(each + 1, table.chains.end());
    return refusals;
  }
  return std::nullopt;
}

void show_as_iptables_does(Table& table, std::string_view chain) {
  for (auto foreign = table.foreign.begin(); foreign != table.foreign.end();) {
    const auto into = std::ranges::find(table.chains, std::string_view(foreign->chain),
                                        [](const Chain& each) { return each.name.view(); });
    if (!foreign->shown || into == table.chains.end()) {
      ++foreign;
      continue;
    }
    const size_t at = std::min(shown_before(table, foreign->chain, foreign->number), into->rules.size());
    into->rules.insert(into->rules.begin() + static_cast<std::ptrdiff_t>(at), *std::move(foreign->shown));
    if (chain.empty() || foreign->chain == chain) {
      complain("# Warning: rule {} of chain `{}' in table `{}' matches less than is shown: it {}\n", foreign->number,
               foreign->chain, table_name(table.id), foreign->text);
    }
    foreign = table.foreign.erase(foreign);
  }
}

void name_what_is_left_out(const Table& table, std::string_view chain) {
  for (const Foreign& foreign : table.foreign) {
    if (!is_unreadable(foreign) || is_refused(foreign) || (!chain.empty() && foreign.chain != chain)) continue;
    complain("# Warning: rule {} of chain `{}' in table `{}' is left out: it {}\n", foreign.number, foreign.chain,
             table_name(table.id), foreign.text);
  }
}

}  // namespace ferrule::cli
