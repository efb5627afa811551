#include "backend_nft/nft_namespaces.hpp"

#include <gtest/gtest.h>

#include "ferrule/text.hpp"

namespace ferrule::test {

std::string tool(Family family, std::string_view variant) {
  return (family == Family::ipv4 ? "iptables-" : "ip6tables-") + std::string(variant);
}

void restore(const FreshNetns& inside, Family family, std::string_view variant, std::string_view input,
             bool keep_others) {
  inside.must(tool(family, variant) + "-restore -c" + (keep_others ? " -n" : ""), input);
}

Result<Ruleset> nft_snapshot(const FreshNetns& inside, Family family, std::optional<TableId> only) {
  Result<Ruleset> result = fail(Code::kSystem, "not asked");
  inside.run([&] { result = nft::NftBackend().snapshot(family, only); });
  return result;
}

Result<CommitStats> nft_commit(const FreshNetns& inside, Transaction transaction) {
  Result<CommitStats> result = fail(Code::kSystem, "not asked");
  inside.run([&] { result = nft::NftBackend().commit(transaction); });
  return result;
}

Result<CommitStats> nft_restore(const FreshNetns& inside, Family family, std::string_view input, Existing existing) {
  auto transaction =
      parse_restore(family, input, {.file = "input", .existing = existing, .counters = CounterUse::kRestore});
  if (!transaction) return tl::unexpected(transaction.error());
  return nft_commit(inside, std::move(*transaction));
}

Transaction rebuild(const Ruleset& ruleset) {
  Transaction transaction;
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
    transaction.changes.push_back(std::move(change));
  }
  return transaction;
}

void expect_same_nft(const FreshNetns& expected, const FreshNetns& actual, Family family) {
  const KernelState theirs = expected.ask([&] { return nft_state(family); });
  const KernelState ours = actual.ask([&] { return nft_state(family); });
  EXPECT_EQ(first_difference(theirs, ours), "");
}

}  // namespace ferrule::test
