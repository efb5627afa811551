// Transactions for the tests of the legacy backend: from iptables commands, and from what a namespace holds.
#pragma once

#include <gtest/gtest.h>

#include <initializer_list>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "backend_legacy/legacy_backend.hpp"
#include "ferrule/text.hpp"
#include "support/netns_fixture.hpp"

namespace ferrule::legacy {

inline std::vector<std::string> words(std::string_view command) {
  std::istringstream stream{std::string(command)};
  std::vector<std::string> out;
  for (std::string word; stream >> word;) out.push_back(word);
  return out;
}

// The program of the family, e.g. "ip6tables-legacy" or "ip6tables-legacy-restore".
inline std::string program(Family family, std::string_view suffix = "") {
  return (family == Family::ipv4 ? "iptables-legacy" : "ip6tables-legacy") + std::string(suffix);
}

// Several commands as one transaction, without the program's name: "-t nat -A POSTROUTING -j ACCEPT".
inline Transaction commands(Family family, std::initializer_list<std::string_view> list) {
  Transaction out;
  uint32_t line = 0;
  for (const std::string_view command : list) {
    const std::vector<std::string> strings = words(command);
    const std::vector<std::string_view> views(strings.begin(), strings.end());
    Result<Transaction> parsed = parse_command(family, views);
    EXPECT_TRUE(parsed) << command << ": " << to_string(parsed.error());
    if (!parsed) continue;
    ++line;
    for (TableChange& change : parsed->changes) {
      change.commit_line = line;
      for (Operation& op : change.operations) op.line = line;
      out.changes.push_back(std::move(change));
    }
  }
  return out;
}

inline Transaction restore(Family family, std::string_view text, Existing existing = Existing::kReplace) {
  Result<Transaction> parsed =
      parse_restore(family, text, {.file = "test.rules", .existing = existing, .counters = CounterUse::kRestore});
  EXPECT_TRUE(parsed) << to_string(parsed.error());
  return parsed ? std::move(*parsed) : Transaction{};
}

// What makes another namespace hold the same: every chain and rule of `ruleset`, counters included.
inline Transaction same_as(const Ruleset& ruleset) {
  Transaction out;
  for (const Table& table : ruleset.tables) {
    TableChange change{.family = ruleset.family, .table = table.id, .existing = Existing::kReplace};
    for (const Chain& chain : table.chains) {
      change.operations.push_back(chain.hook ? Operation::declare_chain(chain.name, chain.policy, chain.counters)
                                             : Operation::declare_chain(chain.name));
    }
    for (const Chain& chain : table.chains) {
      for (const Rule& rule : chain.rules) {
        change.operations.push_back(Operation::append(chain.name, rule));
      }
    }
    out.changes.push_back(std::move(change));
  }
  return out;
}

// A backend with the lock that the programs of this test process use.
inline LegacyBackend backend() { return LegacyBackend({.path = test::test_lock_path(), .wait = {}}); }

inline Result<CommitStats> commit_in(const test::FreshNetns& netns, Transaction transaction) {
  Result<CommitStats> stats;
  netns.run([&] { stats = backend().commit(transaction); });
  return stats;
}

inline Result<void> check_in(const test::FreshNetns& netns, const Transaction& transaction) {
  Result<void> checked;
  netns.run([&] { checked = backend().check(transaction); });
  return checked;
}

inline Result<Ruleset> snapshot_in(const test::FreshNetns& netns, Family family,
                                   std::optional<TableId> only = std::nullopt) {
  Result<Ruleset> ruleset;
  netns.run([&] { ruleset = backend().snapshot(family, only); });
  return ruleset;
}

}  // namespace ferrule::legacy
