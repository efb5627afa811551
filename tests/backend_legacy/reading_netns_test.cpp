// What can be asked without changing anything: table names, revisions, ipset names; and the socket options themselves.
#include <gtest/gtest.h>

#include "backend/sets.hpp"
#include "backend_legacy/blob.hpp"
#include "backend_legacy/revisions.hpp"
#include "backend_legacy/table_names.hpp"
#include "model/entry.hpp"
#include "support/kernel_state.hpp"
#include "support/netns_fixture.hpp"

namespace ferrule::legacy {
namespace {

using test::FreshNetns;
using Ids = std::vector<TableId>;

TEST(InstantiatedTables, AreThoseOfTheThreadsNamespaceNewestFirst) {
  const FreshNetns ns;
  ns.run([] { EXPECT_EQ(instantiated_tables(Family::ipv4), Ids{}); });
  ns.must("iptables-legacy -t nat -S");
  ns.must("iptables-legacy -t raw -S");
  ns.must("ip6tables-legacy -t mangle -S");
  ns.run([] {
    EXPECT_EQ(instantiated_tables(Family::ipv4), (Ids{TableId::raw, TableId::nat}));
    EXPECT_EQ(instantiated_tables(Family::ipv6), Ids{TableId::mangle});
  });
}

TEST(KernelRevisions, FindsTheHighestWithinTheLimitAndCreatesNothing) {
  const FreshNetns ns;
  ns.run([] {
    KernelRevisions revisions(Family::ipv4);
    EXPECT_EQ(*revisions.highest(PartKind::match, "conntrack", 3), std::optional<uint8_t>(3));
    EXPECT_EQ(*revisions.highest(PartKind::match, "conntrack", 2), std::optional<uint8_t>(2));
    EXPECT_EQ(*revisions.highest(PartKind::match, "conntrack", 200), std::optional<uint8_t>(3));
    EXPECT_EQ(*revisions.highest(PartKind::match, "conntrack", 0), std::nullopt);
    EXPECT_EQ(*revisions.highest(PartKind::target, "MARK", 2), std::optional<uint8_t>(2));
    EXPECT_EQ(*revisions.highest(PartKind::match, "unheard_of", 5), std::nullopt);
    EXPECT_EQ(*revisions.highest(PartKind::match, std::string(64, 'x'), 5), std::nullopt);
    KernelRevisions v6(Family::ipv6);
    EXPECT_EQ(*v6.highest(PartKind::match, "icmp6", 3), std::optional<uint8_t>(0));
    EXPECT_EQ(*v6.highest(PartKind::target, "DNAT", 2), std::optional<uint8_t>(2));
    EXPECT_EQ(test::legacy_table_names(Family::ipv4), "");
    EXPECT_EQ(test::legacy_table_names(Family::ipv6), "");
  });
}

TEST(XtSocket, RefusesASizeThatIsNotTheTables) {
  const FreshNetns ns;
  ns.run([] {
    const auto socket = XtSocket::open(Family::ipv4);
    ASSERT_TRUE(socket);
    TableInfo info = *socket->get_info(TableId::filter);
    info.size += 8;
    const auto blob = socket->get_entries(TableId::filter, info);
    ASSERT_FALSE(blob);
    EXPECT_EQ(blob.error().code, Code::kBusy);
    EXPECT_EQ(blob.error().errno_value, EAGAIN);
  });
}

TEST(XtSocket, PutsATableBackAsItWas) {
  const FreshNetns ns;
  for (const Family family : {Family::ipv4, Family::ipv6}) {
    const std::string tool = family == Family::ipv4 ? "iptables-legacy" : "ip6tables-legacy";
    ns.must(tool + " -N a");
    ns.must(tool + " -A INPUT -p tcp -m tcp --dport 1 -j a");
    ns.must(tool + " -A FORWARD -m comment --comment x -g a");
    ns.run([family] {
      const auto socket = XtSocket::open(family);
      ASSERT_TRUE(socket);
      auto blob = socket->read_table(TableId::filter);
      ASSERT_TRUE(blob);
      const auto before = test::legacy_state(family);
      const auto counters = socket->replace(*blob, blob->info().entry_count);
      ASSERT_TRUE(counters) << to_string(counters.error());
      EXPECT_EQ(counters->size(), blob->info().entry_count);
      EXPECT_EQ(test::first_difference(before, test::legacy_state(family)), "");
      std::vector<Counters> added(blob->info().entry_count, Counters{7, 8});
      EXPECT_TRUE(socket->add_counters(TableId::filter, added));
      const auto table = read_blob(family, *socket->read_table(TableId::filter));
      ASSERT_TRUE(table) << to_string(table.error());
      EXPECT_EQ(table->find("INPUT")->rules.at(0).counters(), (Counters{7, 8}));
      EXPECT_EQ(socket->replace(*blob, 3).error().code, Code::kBusy);
    });
  }
}

Rule rule_of_set(std::string_view match_set, std::string_view add_set, std::string_view map_set) {
  model::RuleBuilder builder(Family::ipv4);
  const std::vector<std::byte> match(sizeof(uint64_t) * 6);
  std::vector<std::byte> target(20);
  for (size_t i = 0; i < 12; i += 4) target[i] = target[i + 1] = std::byte{0xff};
  builder.attach_to_match(builder.add_match("set", 4, match), {Attachment::Kind::set_name, 0, std::string(match_set)});
  builder.set_target("SET", 3, target);
  builder.attach_to_target({Attachment::Kind::set_name, 0, std::string(add_set)});
  builder.attach_to_target({Attachment::Kind::set_name, 8, std::string(map_set)});
  return *builder.finish();
}

TEST(SetNames, GoThereAndBack) {
  const FreshNetns ns;
  for (const char* name : {"zero", "one", "two"}) ns.must(std::string("ipset create ") + name + " hash:ip");
  ns.run([] {
    SetNames names;
    Rule rule = rule_of_set("two", "one", "zero");
    EXPECT_TRUE(names.check(rule));
    ASSERT_TRUE(names.write_indexes(rule));
    EXPECT_EQ((*model::matches(rule).begin()).payload[0], std::byte{2});
    const auto target = model::target(rule).payload;
    EXPECT_EQ(target[0], std::byte{1});
    EXPECT_EQ(target[4], std::byte{0xff});
    EXPECT_EQ(target[8], std::byte{0});
    Rule again = *Rule::from_entry(Family::ipv4, rule.target_kind(), rule.entry());
    ASSERT_TRUE(names.add_names(again));
    EXPECT_TRUE(std::equal(rule.attachments().begin(), rule.attachments().end(), again.attachments().begin(),
                           again.attachments().end()));
    EXPECT_TRUE(same_rule(rule, again));
  });
}

TEST(SetNames, SayWhatIsWrong) {
  const FreshNetns ns;
  ns.must("ipset create six hash:ip family inet6");
  ns.must("ipset create any list:set");
  ns.run([] {
    SetNames names;
    Rule missing = rule_of_set("any", "any", "missing");
    auto result = names.write_indexes(missing);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, Code::kNotFound);
    EXPECT_EQ(result.error().message, "Set missing doesn't exist");
    Rule other_family = rule_of_set("any", "six", "any");
    result = names.check(other_family);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, Code::kInvalidInput);
    EXPECT_EQ(result.error().message, "The protocol family of set six is IPv6, which is not applicable");
    Rule long_name = rule_of_set(std::string(80, 'x'), "any", "any");
    EXPECT_EQ(names.check(long_name).error().code, Code::kNotFound);
    Rule outside = rule_of_set("any", "any", "any");
    const auto end = static_cast<uint32_t>(outside.entry().size());
    EXPECT_EQ(outside.attach({Attachment::Kind::set_name, end - 1, "any"}).error().code, Code::kInvalidInput);
    Rule unknown_index = rule_of_set("any", "any", "any");
    std::vector<std::byte> entry(unknown_index.entry().begin(), unknown_index.entry().end());
    entry[model::target(unknown_index).payload_offset] = std::byte{9};
    entry[model::target(unknown_index).payload_offset + 1] = std::byte{0};
    Rule bare = *Rule::from_entry(Family::ipv4, unknown_index.target_kind(), entry);
    EXPECT_EQ(names.add_names(bare).error().message, "Set with index 9 in kernel doesn't exist");
  });
}

}  // namespace
}  // namespace ferrule::legacy
