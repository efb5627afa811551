// Covers count_entries of src/detect/legacy_facts.cpp: what is no table must neither crash nor be taken for one.
#include "detect/legacy_facts.hpp"

#include <gtest/gtest.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv6/ip6_tables.h>

#include <cstring>
#include <string>
#include <vector>

#include "model/entry.hpp"

namespace ferrule::detect {
namespace {

// Builds tables as the kernel lays them out.
class TableBytes {
 public:
  explicit TableBytes(Family family) : family_(family) {}

  uint32_t size() const { return static_cast<uint32_t>(bytes.size()); }
  void base_chain(Hook hook, int rules, int32_t policy) {
    const auto at = static_cast<size_t>(hook);
    shape.valid_hooks |= 1U << at;
    shape.hook_entry[at] = size();
    for (int i = 0; i < rules; ++i) standard(-NF_ACCEPT - 1);
    shape.underflow[at] = size();
    standard(policy);
  }
  void user_chain(const std::string& name, int rules) {
    error(name);
    for (int i = 0; i < rules; ++i) standard(-NF_ACCEPT - 1);
    standard(-NF_REPEAT - 1);
  }
  void error(const std::string& name) {
    xt_error_target target{};
    target.target.u.user.target_size = sizeof target;
    std::strcpy(target.target.u.user.name, XT_ERROR_TARGET);
    name.copy(target.errorname, sizeof target.errorname - 1);
    add(target);
  }
  TableFacts count(TableId table = TableId::mangle) const { return count_entries(family_, table, shape, bytes); }

  TableShape shape;
  std::vector<std::byte> bytes;

 private:
  void standard(int32_t verdict) {
    xt_standard_target target{};
    target.target.u.user.target_size = sizeof target;
    target.verdict = verdict;
    add(target);
  }
  template <typename Target>
  void add(const Target& target) {
    const size_t header = model::entry_header_size(family_);
    const size_t at = bytes.size();
    bytes.resize(at + header + sizeof target);
    const auto target_offset = static_cast<uint16_t>(header);
    const auto next_offset = static_cast<uint16_t>(header + sizeof target);
    const bool is_v4 = family_ == Family::ipv4;
    std::memcpy(&bytes[at + (is_v4 ? offsetof(ipt_entry, target_offset) : offsetof(ip6t_entry, target_offset))],
                &target_offset, sizeof target_offset);
    std::memcpy(&bytes[at + (is_v4 ? offsetof(ipt_entry, next_offset) : offsetof(ip6t_entry, next_offset))],
                &next_offset, sizeof next_offset);
    std::memcpy(&bytes[at + header], &target, sizeof target);
    ++shape.entry_count;
  }

  Family family_;
};

class CountEntries : public testing::TestWithParam<Family> {
 protected:
  // INPUT with two rules, OUTPUT with none and policy DROP, chains "A" with one rule and a hint chain.
  static TableBytes sample() {
    TableBytes table(GetParam());
    table.base_chain(Hook::input, 2, -NF_ACCEPT - 1);
    table.base_chain(Hook::output, 0, -NF_DROP - 1);
    table.user_chain("A", 1);
    table.user_chain("KUBE-KUBELET-CANARY", 0);
    table.error("ERROR");
    return table;
  }
};

TEST_P(CountEntries, CountsRulesAndChains) {
  const TableFacts facts = sample().count();
  EXPECT_EQ(facts, (TableFacts{.table = TableId::mangle,
                               .rules = {.at_least = 3, .exact = true},
                               .user_chains = 2,
                               .dropping = {Hook::output},
                               .hint_chains = {"KUBE-KUBELET-CANARY"}}));
  // The hint counts in mangle only.
  EXPECT_TRUE(sample().count(TableId::nat).hint_chains.empty());
}

TEST_P(CountEntries, APristineTableHasNothing) {
  TableBytes table(GetParam());
  table.base_chain(Hook::input, 0, -NF_ACCEPT - 1);
  table.base_chain(Hook::forward, 0, -NF_ACCEPT - 1);
  table.error("ERROR");
  EXPECT_EQ(table.count(TableId::filter), TableFacts{.table = TableId::filter});
}

TEST_P(CountEntries, EveryTruncationIsUnreadable) {
  const TableBytes whole = sample();
  for (size_t size = 0; size < whole.bytes.size(); ++size) {
    TableBytes cut = whole;
    cut.bytes.resize(size);
    EXPECT_FALSE(cut.count().readable) << size;
  }
}

TEST_P(CountEntries, AnotherNumberOfEntriesIsUnreadable) {
  TableBytes table = sample();
  ++table.shape.entry_count;
  EXPECT_FALSE(table.count().readable);
}

TEST_P(CountEntries, NoByteCanLeadOutside) {
  const TableBytes whole = sample();
  for (size_t at = 0; at < whole.bytes.size(); ++at) {
    for (const int value : {0x00, 0x01, 0x7f, 0x80, 0xff}) {
      TableBytes changed = whole;
      changed.bytes[at] = static_cast<std::byte>(value);
      const TableFacts facts = changed.count();
      // Whatever it says, it cannot say more than there are entries.
      EXPECT_LE(facts.rules.at_least, whole.shape.entry_count);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Families, CountEntries, testing::Values(Family::ipv4, Family::ipv6),
                         [](const auto& tested) { return std::string(family_name(tested.param)); });

}  // namespace
}  // namespace ferrule::detect
