// Restore input that is wrong, one way each. Made by code: some of it is megabytes long or not text.
#pragma once

#include <string>
#include <vector>

namespace ferrule::test {

struct MalformedInput {
  std::string name;
  std::string text;
};

// Wrong in the grammar of iptables-restore: tables, chain lines, counters, quoting, bytes that are no text, truncation.
std::vector<MalformedInput> malformed_documents();
// Documents that are well formed but for one line in table filter (or the one named): commands, selectors, extensions.
std::vector<MalformedInput> malformed_lines();
// Well formed, but with jumps or rules that cannot be.
std::vector<MalformedInput> impossible_rulesets();

}  // namespace ferrule::test
