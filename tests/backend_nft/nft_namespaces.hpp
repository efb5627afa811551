// What the tests of the nf_tables backend do in namespaces again and again.
#pragma once

#include <string>
#include <string_view>

#include "backend_nft/nft_backend.hpp"
#include "ferrule/ruleset.hpp"
#include "ferrule/transaction.hpp"
#include "support/kernel_state.hpp"
#include "support/netns_fixture.hpp"

namespace ferrule::test {

inline constexpr Family kFamilies[] = {Family::ipv4, Family::ipv6};

// "iptables-nft" or "ip6tables-legacy", say.
std::string tool(Family family, std::string_view variant);

// Real restore input into `inside`; fails the test where it is refused.
void restore(const FreshNetns& inside, Family family, std::string_view variant, std::string_view input,
             bool keep_others = false);

// ferrule's own. Failing is the caller's to judge.
Result<Ruleset> nft_snapshot(const FreshNetns& inside, Family family, std::optional<TableId> only = {});
Result<CommitStats> nft_commit(const FreshNetns& inside, Transaction transaction);
// Restore input through ferrule's parser and backend.
Result<CommitStats> nft_restore(const FreshNetns& inside, Family family, std::string_view input,
                                Existing existing = Existing::kReplace);

// A transaction that makes the tables of `ruleset` what they are there, counters included.
Transaction rebuild(const Ruleset& ruleset);

// Fails the test with a dump where the kernel's nf_tables objects of a family differ.
void expect_same_nft(const FreshNetns& expected, const FreshNetns& actual, Family family);

}  // namespace ferrule::test
