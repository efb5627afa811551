#include "foreign.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace ferrule::cli {
namespace {

std::string describe(const Foreign& foreign, std::string_view table) {
  const std::string why = foreign.text.empty() ? "" : ": " + foreign.text;
  switch (foreign.kind) {
    case Foreign::Kind::base_chain:
      return fmt::format("base chain {} of table {}, which is not iptables' own{}", foreign.chain, table, why);
    case Foreign::Kind::chain:
      return fmt::format("chain {} of table {}, whose name iptables does not allow{}", foreign.chain, table, why);
    case Foreign::Kind::rule:
    case Foreign::Kind::unreadable_rule:
      return fmt::format("rule {} of chain {} in table {}, which iptables cannot show{}", foreign.number, foreign.chain,
                         table, why);
    case Foreign::Kind::object:
      return fmt::format("{} of table {}", foreign.text, table);
  }
  return {};
}

}  // namespace

std::vector<std::string> describe_foreign(const Ruleset& ruleset) {
  std::vector<std::string> out;
  for (const Table& table : ruleset.tables) {
    const std::string name = fmt::format("{} {}", ruleset.family == Family::ipv4 ? "ip" : "ip6", table_name(table.id));
    for (const Foreign& foreign : table.foreign) out.push_back(describe(foreign, name));
  }
  return out;
}

Result<std::vector<std::string>> foreign_to_go(const Engine& engine, const Context& context,
                                               const Transaction& transaction) {
  std::vector<std::string> out;
  for (const Family family : {Family::ipv4, Family::ipv6}) {
    const auto replaces = [&](TableId table) {
      return std::ranges::any_of(transaction.changes, [&](const TableChange& change) {
        return change.family == family && change.table == table && change.existing == Existing::kReplace;
      });
    };
    if (std::ranges::none_of(kAllTables, replaces)) continue;
    auto ruleset = engine.snapshot(context, family);
    // The change itself says what is wrong.
    if (!ruleset) continue;
    std::erase_if(ruleset->tables, [&](const Table& table) { return !replaces(table.id); });
    std::ranges::move(describe_foreign(*ruleset), std::back_inserter(out));
  }
  return out;
}

}  // namespace ferrule::cli
