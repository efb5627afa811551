// ferrule_bench_instructions NAME RULES: one piece of work without a kernel on so many rules, to be counted by
// `valgrind --tool=callgrind`, whose numbers do not depend on what else the machine does.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "backend_legacy/blob.hpp"
#include "backend_legacy/prebuilt.hpp"
#include "backend_nft/prebuilt.hpp"
#include "ferrule/text.hpp"
#include "support/kube_rules.hpp"
#include "support/pods.hpp"

namespace {

using namespace ferrule;

Ruleset as_ruleset(const legacy::PrebuiltTable& table) {
  Ruleset out{.family = table.family};
  out.tables.push_back(bench::must(
      legacy::read_blob(table.family, table.forward.table(), table.forward.info(), table.forward.entries())));
  return out;
}

// What each name does besides what the ones above it do, so that differences are the cost of one step.
int run(std::string_view name, size_t rules) {
  const std::string text = bench::kube_rules(rules);
  if (name == "nothing") return 0;
  const Transaction parsed = bench::must(parse_restore(Family::ipv4, text));
  if (name == "parse") return 0;
  if (name == "encode_nft") return nft::prebuild(parsed) ? 0 : 1;
  const auto tables = legacy::prebuild(parsed);
  if (name == "encode_legacy") return tables ? 0 : 1;
  const Ruleset ruleset = as_ruleset(tables->front());
  if (name == "decode_legacy") return 0;
  if (name == "print") return to_save_text(ruleset).empty() ? 1 : 0;
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  return run(argv[1], std::strtoul(argv[2], nullptr, 10));
}
