#include "text/rule_numbers.hpp"

#include <algorithm>

namespace ferrule::text {

std::vector<uint32_t> rule_numbers(const Table& table, const Chain& chain) {
  std::vector<uint32_t> left_out;
  for (const Foreign& foreign : table.foreign) {
    const bool is_rule = foreign.kind == Foreign::Kind::rule || foreign.kind == Foreign::Kind::unreadable_rule;
    if (is_rule && foreign.chain == chain.name.view()) left_out.push_back(foreign.number);
  }
  std::ranges::sort(left_out);
  std::vector<uint32_t> numbers;
  numbers.reserve(chain.rules.size());
  auto skipped = left_out.begin();
  for (uint32_t number = 1; numbers.size() < chain.rules.size(); ++number) {
    if (skipped != left_out.end() && *skipped == number) {
      ++skipped;
    } else {
      numbers.push_back(number);
    }
  }
  return numbers;
}

}  // namespace ferrule::text
