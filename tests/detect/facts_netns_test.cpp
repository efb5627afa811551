// Covers src/detect/facts.cpp, legacy_facts.cpp and nft_facts.cpp: what real programs leave in a namespace is seen, and
// seeing it changes nothing.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mount.h>

#include <atomic>
#include <fstream>
#include <iterator>
#include <thread>

#include "detect/facts.hpp"
#include "support/child_process.hpp"
#include "support/kernel_state.hpp"
#include "support/netns_fixture.hpp"
#include "support/seccomp.hpp"
#include "support/syscall_count.hpp"

namespace ferrule::detect {
namespace {

using test::FreshNetns;

NamespaceFacts facts_in(const FreshNetns& netns, Depth depth, KernelModules& modules) {
  return netns.ask([&] { return read_facts(modules, depth); });
}

NamespaceFacts facts_in(const FreshNetns& netns, Depth depth = Depth::kDecide) {
  KernelModules modules;
  return facts_in(netns, depth, modules);
}

// Everything that looking might have changed.
struct Trace {
  std::string tables4, tables6, ruleset, modules;
  uint32_t generation = 0;
  friend bool operator==(const Trace&, const Trace&) = default;
};

std::string read_all(const char* path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

Trace trace_of(const FreshNetns& netns) {
  return netns.ask([] {
    return Trace{.tables4 = test::legacy_table_names(Family::ipv4),
                 .tables6 = test::legacy_table_names(Family::ipv6),
                 .ruleset = test::run_program({"nft", "-a", "list", "ruleset"}).out,
                 .modules = read_all("/proc/modules"),
                 .generation = test::nft_generation()};
  });
}

const TableFacts* find(const std::vector<TableFacts>& tables, TableId id) {
  for (const TableFacts& table : tables) {
    if (table.table == id) return &table;
  }
  return nullptr;
}

// What a program does in a namespace, and what must then be known of it.
struct Scene {
  const char* name;
  std::vector<const char*> commands;
  std::vector<TableFacts> legacy4, legacy6, nft4, nft6;
  std::vector<OtherTable> others = {};
};

std::vector<Scene> scenes() {
  const auto rules = [](TableId table, uint32_t count, uint32_t user_chains = 0) {
    return TableFacts{.table = table, .rules = {count, true}, .user_chains = user_chains};
  };
  const auto hint = [](const char* chain) {
    return TableFacts{.table = TableId::mangle, .user_chains = 1, .hint_chains = {chain}};
  };
  return {
      {.name = "nothing", .commands = {}, .legacy4 = {}, .legacy6 = {}, .nft4 = {}, .nft6 = {}},
      {.name = "nft rules",
       .commands = {"iptables-nft -A INPUT -p tcp --dport 22 -j ACCEPT", "iptables-nft -t nat -N A",
                    "iptables-nft -t nat -A A -j RETURN", "iptables-nft -t nat -A OUTPUT -j A",
                    "iptables-nft -t nat -A PREROUTING -j A", "ip6tables-nft -A FORWARD -j DROP"},
       .legacy4 = {},
       .legacy6 = {},
       .nft4 = {rules(TableId::filter, 1), rules(TableId::nat, 3, 1)},
       .nft6 = {rules(TableId::filter, 1)}},
      {.name = "legacy rules",
       .commands = {"iptables-legacy -A INPUT -p tcp --dport 22 -j ACCEPT", "iptables-legacy -t nat -N A",
                    "iptables-legacy -t nat -A A -j RETURN", "iptables-legacy -t nat -A OUTPUT -j A"},
       .legacy4 = {rules(TableId::nat, 2, 1), rules(TableId::filter, 1)},
       .legacy6 = {},
       .nft4 = {},
       .nft6 = {}},
      {.name = "both",
       .commands = {"iptables-legacy -A INPUT -j ACCEPT", "iptables-nft -A INPUT -j ACCEPT"},
       .legacy4 = {rules(TableId::filter, 1)},
       .legacy6 = {},
       .nft4 = {rules(TableId::filter, 1)},
       .nft6 = {}},
      {.name = "IPv6 only",
       .commands = {"ip6tables-legacy -t raw -A OUTPUT -j ACCEPT", "ip6tables-nft -t raw -A OUTPUT -j ACCEPT"},
       .legacy4 = {},
       .legacy6 = {rules(TableId::raw, 1)},
       .nft4 = {},
       .nft6 = {rules(TableId::raw, 1)}},
      {.name = "native nft tables",
       .commands = {"nft add table inet filter",
                    "nft add chain inet filter input { type filter hook input priority 0 ; }",
                    "nft add rule inet filter input accept", "nft add table ip kube-proxy", "nft add table ip nat",
                    "nft add chain ip nat postrouting { type nat hook postrouting priority 100 ; }",
                    "nft add rule ip nat postrouting masquerade", "nft add table ip filter",
                    "nft add chain ip filter INPUT { type filter hook input priority 10 ; }",
                    "nft add rule ip filter INPUT accept", "nft add table arp filter", "nft add table netdev t",
                    "nft add table bridge filter", "nft add table ip6 x"},
       .legacy4 = {},
       .legacy6 = {},
       .nft4 = {},
       .nft6 = {},
       .others = {{"inet", "filter"},
                  {"ip", "kube-proxy"},
                  {"ip", "nat"},
                  {"ip", "filter"},
                  {"arp", "filter"},
                  {"netdev", "t"},
                  {"bridge", "filter"},
                  {"ip6", "x"}}},
      {.name = "foreign chains beside iptables'",
       .commands = {"iptables-nft -A INPUT -j ACCEPT",
                    "nft add chain ip filter mine { type filter hook input priority -7 ; }",
                    "nft add rule ip filter mine accept", "nft add rule ip filter mine accept"},
       .legacy4 = {},
       .legacy6 = {},
       .nft4 = {{.table = TableId::filter, .rules = {1, true}, .foreign_chains = {"mine"}}},
       .nft6 = {}},
      {.name = "rules in a user chain only, foreign rules jumping to it",
       .commands = {"iptables-nft -N A", "iptables-nft -A A -j ACCEPT", "iptables-nft -P FORWARD ACCEPT",
                    "nft add chain ip filter mine { type filter hook input priority -7 ; }",
                    "nft add rule ip filter mine jump A"},
       .legacy4 = {},
       .legacy6 = {},
       .nft4 = {{.table = TableId::filter, .rules = {1, true}, .user_chains = 1, .foreign_chains = {"mine"}}},
       .nft6 = {}},
      {.name = "hint chains in nft",
       .commands = {"iptables-nft -t mangle -N KUBE-IPTABLES-HINT", "ip6tables-nft -t mangle -N KUBE-KUBELET-CANARY",
                    "iptables-nft -t nat -N KUBE-KUBELET-CANARY"},
       .legacy4 = {},
       .legacy6 = {},
       .nft4 = {hint("KUBE-IPTABLES-HINT"), rules(TableId::nat, 0, 1)},
       .nft6 = {hint("KUBE-KUBELET-CANARY")}},
      {.name = "hint chains in legacy",
       .commands = {"iptables-legacy -t mangle -N KUBE-KUBELET-CANARY",
                    "ip6tables-legacy -t mangle -N KUBE-IPTABLES-HINT"},
       .legacy4 = {hint("KUBE-KUBELET-CANARY")},
       .legacy6 = {hint("KUBE-IPTABLES-HINT")},
       .nft4 = {},
       .nft6 = {}},
      {.name = "empty tables",
       .commands = {"iptables-legacy -t nat -S", "ip6tables-legacy -S", "iptables-nft -N A", "iptables-nft -X A",
                    "iptables-nft -P INPUT ACCEPT", "ip6tables-nft -t security -F INPUT"},
       .legacy4 = {rules(TableId::nat, 0)},
       .legacy6 = {rules(TableId::filter, 0)},
       .nft4 = {rules(TableId::filter, 0)},
       .nft6 = {rules(TableId::security, 0)}},
      {.name = "policies",
       .commands = {"iptables-legacy -P FORWARD DROP", "ip6tables-nft -t mangle -P OUTPUT DROP"},
       .legacy4 = {{.table = TableId::filter, .dropping = {Hook::forward}}},
       .legacy6 = {},
       .nft4 = {},
       .nft6 = {{.table = TableId::mangle, .dropping = {Hook::output}}}},
  };
}

TEST(Facts, SeesWhatIsThereAndChangesNothing) {
  KernelModules modules;
  for (const Scene& scene : scenes()) {
    SCOPED_TRACE(scene.name);
    const FreshNetns netns;
    for (const char* command : scene.commands) netns.must(command);
    const Trace before = trace_of(netns);
    const NamespaceFacts facts = facts_in(netns, Depth::kExplain, modules);
    const NamespaceFacts brief = facts_in(netns, Depth::kDecide, modules);
    EXPECT_EQ(trace_of(netns), before);

    EXPECT_EQ(facts.ipv4.legacy.tables, scene.legacy4);
    EXPECT_EQ(facts.ipv6.legacy.tables, scene.legacy6);
    EXPECT_EQ(facts.ipv4.nft.tables, scene.nft4);
    EXPECT_EQ(facts.ipv6.nft.tables, scene.nft6);
    EXPECT_EQ(facts.other_nft_tables, scene.others);
    EXPECT_EQ(facts.nft_compat, Presence::present);
    for (const Family family : {Family::ipv4, Family::ipv6}) {
      EXPECT_EQ(facts.of(family).legacy.presence, Presence::present);
      EXPECT_EQ(facts.of(family).nft.presence, Presence::present);
      EXPECT_TRUE(facts.of(family).legacy.tables_known);
      EXPECT_EQ(facts.of(family).legacy.obstacle, "");
      EXPECT_EQ(facts.of(family).nft.obstacle, "");
      // A decision may count less, but never differently.
      const auto compare = [](const std::vector<TableFacts>& exact, const std::vector<TableFacts>& quick) {
        ASSERT_EQ(exact.size(), quick.size());
        for (size_t i = 0; i < exact.size(); ++i) {
          EXPECT_EQ(quick[i].table, exact[i].table);
          EXPECT_EQ(quick[i].hint_chains, exact[i].hint_chains);
          EXPECT_EQ(quick[i].dropping, exact[i].dropping);
          EXPECT_EQ(quick[i].rules.at_least > 0, exact[i].rules.at_least > 0);
          EXPECT_LE(quick[i].rules.at_least, exact[i].rules.at_least);
          if (quick[i].rules.exact) {
            EXPECT_EQ(quick[i].rules, exact[i].rules);
          }
        }
      };
      compare(facts.of(family).legacy.tables, brief.of(family).legacy.tables);
      compare(facts.of(family).nft.tables, brief.of(family).nft.tables);
    }
  }
}

TEST(Facts, KnowsEveryBaseChainOfIptablesNft) {
  const FreshNetns netns;
  for (const TableId table : kAllTables) {
    for (const char* program : {"iptables-nft", "ip6tables-nft"}) {
      // With -v, the tool makes all base chains of the table.
      netns.must(std::string(program) + " -t " + std::string(table_name(table)) + " -F -v");
    }
  }
  const NamespaceFacts facts = facts_in(netns);
  EXPECT_TRUE(facts.other_nft_tables.empty());
  for (const TableId table : kAllTables) {
    for (const Family family : {Family::ipv4, Family::ipv6}) {
      const TableFacts* seen = find(facts.of(family).nft.tables, table);
      ASSERT_NE(seen, nullptr) << table_name(table);
      EXPECT_EQ(*seen, TableFacts{.table = table}) << table_name(table);
    }
  }
}

TEST(Facts, ReadsTheCallingThreadsNamespaceNotTheProcesss) {
  const FreshNetns with_rules;
  const FreshNetns empty;
  with_rules.must("iptables-legacy -A INPUT -j ACCEPT");
  EXPECT_EQ(facts_in(with_rules).ipv4.legacy.tables.size(), 1U);
  EXPECT_TRUE(facts_in(empty).ipv4.legacy.tables.empty());
}

TEST(Facts, LooksOnlyAsFarAsADecisionNeedsIntoLargeTables) {
  const FreshNetns netns;
  std::string input = "*nat\n:A - [0:0]\n-A OUTPUT -j A\n";
  for (int i = 0; i < 3000; ++i) input += "-A A -s 10.0.0.1 -j RETURN\n";
  input += "COMMIT\n";
  netns.must("iptables-legacy-restore", input);
  netns.restore_in_parts("iptables-nft-restore", input);
  const NamespaceFacts brief = facts_in(netns);
  const RuleCount at_least_one{.at_least = 1, .exact = false};
  const RuleCount all{.at_least = 3001, .exact = true};
  EXPECT_EQ(find(brief.ipv4.legacy.tables, TableId::nat)->rules, at_least_one);
  EXPECT_EQ(find(brief.ipv4.nft.tables, TableId::nat)->rules, at_least_one);
  const NamespaceFacts exact = facts_in(netns, Depth::kExplain);
  EXPECT_EQ(find(exact.ipv4.legacy.tables, TableId::nat)->rules, all);
  EXPECT_EQ(find(exact.ipv4.nft.tables, TableId::nat)->rules, all);
  EXPECT_EQ(find(exact.ipv4.legacy.tables, TableId::nat)->user_chains, 1U);
}

TEST(Facts, FindsAHintChainInALargeTable) {
  const FreshNetns netns;
  std::string input = "*mangle\n:KUBE-IPTABLES-HINT - [0:0]\n";
  for (int i = 0; i < 3000; ++i) input += "-A OUTPUT -s 10.0.0.1 -j RETURN\n";
  netns.must("iptables-legacy-restore", input + "COMMIT\n");
  const NamespaceFacts facts = facts_in(netns);
  EXPECT_EQ(find(facts.ipv4.legacy.tables, TableId::mangle)->hint_chains,
            std::vector<std::string>{"KUBE-IPTABLES-HINT"});
}

TEST(Facts, AfterAnEarlyStopTheOtherFamilyIsStillRead) {
  const FreshNetns netns;
  std::string input = "*filter\n:A - [0:0]\n";
  for (int i = 0; i < 3000; ++i) input += "-A A -j RETURN\n";
  netns.restore_in_parts("iptables-nft-restore", input + "COMMIT\n");
  netns.must("ip6tables-nft -A INPUT -j ACCEPT");
  const NamespaceFacts facts = facts_in(netns);
  EXPECT_EQ(facts.ipv4.nft.tables.at(0).rules, (RuleCount{.at_least = 1, .exact = false}));
  EXPECT_EQ(facts.ipv6.nft.tables.at(0).rules, (RuleCount{.at_least = 1, .exact = true}));
}

TEST(Facts, SaysWhichLegacyTablesTheKernelHasWithoutInstantiatingThem) {
  const FreshNetns netns;
  const Trace before = trace_of(netns);
  const NamespaceFacts facts = facts_in(netns, Depth::kExplain);
  EXPECT_EQ(trace_of(netns), before);
  for (const TableId table : kAllTables) {
    const auto at = static_cast<size_t>(table);
    EXPECT_EQ(facts.ipv4.legacy.table_support[at], Presence::present) << table_name(table);
    EXPECT_EQ(facts.ipv6.legacy.table_support[at], Presence::present) << table_name(table);
  }
  EXPECT_EQ(facts_in(netns).ipv4.legacy.table_support, LegacyFacts{}.table_support);
  ASSERT_TRUE(facts.owner);
  EXPECT_TRUE(facts.owner->is_callers);
}

TEST(Facts, TakesFewSystemCalls) {
  const FreshNetns netns;
  const NetNs target = NetNs::fd(netns.fd());
  // As the first look of a process, with nothing cached, entering and leaving included.
  const int calls = test::count_syscalls([&] {
    KernelModules modules;
    (void)target.run([&]() -> Result<NamespaceFacts> { return read_facts(modules); });
  });
  EXPECT_GT(calls, 10);
  EXPECT_LT(calls, 40);
  RecordProperty("calls", calls);
}

TEST(Facts, WithoutTheRightNothingIsClaimed) {
  const FreshNetns netns;
  netns.must("iptables-legacy -A INPUT -j ACCEPT");
  const NamespaceFacts facts = netns.ask([] {
    test::drop_capabilities();
    KernelModules modules;
    return read_facts(modules, Depth::kDecide);
  });
  EXPECT_EQ(facts.ipv4.nft.presence, Presence::blocked);
  EXPECT_NE(facts.ipv4.nft.obstacle.find("CAP_NET_ADMIN"), std::string::npos) << facts.ipv4.nft.obstacle;
  EXPECT_EQ(facts.ipv4.legacy.presence, Presence::blocked);
  EXPECT_NE(facts.ipv4.legacy.obstacle.find("CAP_NET_ADMIN"), std::string::npos) << facts.ipv4.legacy.obstacle;
  for (const TableFacts& table : facts.ipv4.legacy.tables) EXPECT_FALSE(table.readable);
}

TEST(Facts, AFilterInTheWayIsNotTheSameAsNothingThere) {
  const FreshNetns netns;
  netns.must("iptables-legacy -A INPUT -j ACCEPT");
  netns.must("iptables-nft -A INPUT -j ACCEPT");
  const auto facts_under = [&](test::Forbidden what, int error_number) {
    return netns.ask([&] {
      test::forbid(what, error_number);
      KernelModules modules;
      return read_facts(modules);
    });
  };
  for (const int error_number : {EPERM, EACCES, ENOSYS}) {
    const NamespaceFacts no_netlink = facts_under(test::Forbidden::netfilter_socket, error_number);
    EXPECT_EQ(no_netlink.ipv4.nft.presence, Presence::blocked);
    EXPECT_NE(no_netlink.ipv4.nft.obstacle, "");
    EXPECT_EQ(no_netlink.ipv4.legacy.presence, Presence::present);
    EXPECT_EQ(no_netlink.ipv4.legacy.tables.at(0).rules.at_least, 1U);

    const NamespaceFacts no_sockopts = facts_under(test::Forbidden::xtables_sockopts, error_number);
    EXPECT_EQ(no_sockopts.ipv4.nft.tables.at(0).rules.at_least, 1U);
    EXPECT_EQ(no_sockopts.ipv4.legacy.presence, Presence::blocked);
    EXPECT_NE(no_sockopts.ipv4.legacy.obstacle, "");
    ASSERT_EQ(no_sockopts.ipv4.legacy.tables.size(), 1U);
    EXPECT_FALSE(no_sockopts.ipv4.legacy.tables[0].readable);
    // The other family has no table, which can be seen without asking for any.
    EXPECT_TRUE(no_sockopts.ipv6.legacy.tables_known);
    EXPECT_TRUE(no_sockopts.ipv6.legacy.tables.empty());
  }
}

TEST(Facts, WithoutProcTheTablesAreUnknownAndUntouched) {
  const FreshNetns netns;
  netns.must("iptables-nft -A INPUT -j ACCEPT");
  const Trace before = trace_of(netns);
  EXPECT_EQ(test::ask_child([&]() -> std::string {
              if (setns(netns.fd(), CLONE_NEWNET) != 0 || unshare(CLONE_NEWNS) != 0) return "namespaces";
              if (mount("", "/", "", MS_REC | MS_PRIVATE, nullptr) != 0) return "private";
              if (mount("tmpfs", "/proc", "tmpfs", 0, nullptr) != 0) return "tmpfs";
              KernelModules modules;
              const NamespaceFacts facts = read_facts(modules);
              if (facts.ipv4.legacy.presence != Presence::present) return "legacy is not present";
              if (facts.ipv6.legacy.presence != Presence::present) return "legacy IPv6 is not present";
              if (facts.ipv4.legacy.tables_known || facts.ipv6.legacy.tables_known) return "knows the tables";
              if (facts.ipv4.legacy.obstacle.empty()) return "says nothing";
              if (facts.ipv4.nft.presence != Presence::present) return "nft: " + facts.ipv4.nft.obstacle;
              if (facts.ipv4.nft.tables.size() != 1 || facts.ipv4.nft.tables[0].rules.at_least != 1) return "no rule";
              return "";
            }),
            "");
  EXPECT_EQ(trace_of(netns), before);
}

// Others change the rules all the time: whatever moment is seen, it is one that was there.
TEST(Facts, AreReadWhileOthersChangeTheRules) {
  const FreshNetns netns;
  netns.must("iptables-nft -t nat -A OUTPUT -j ACCEPT");
  std::atomic<bool> done = false;
  std::thread changing([&] {
    for (int i = 0; i < 20; ++i) {
      netns.must("iptables-nft -N A");
      netns.must("iptables-nft -A INPUT -j A");
      netns.must("iptables-legacy -A INPUT -j ACCEPT");
      netns.must("nft delete table ip filter");
      netns.must("iptables-legacy -F");
    }
    done = true;
  });
  KernelModules modules;
  while (!done) {
    const NamespaceFacts facts = facts_in(netns, Depth::kExplain, modules);
    ASSERT_EQ(facts.ipv4.nft.presence, Presence::present) << facts.ipv4.nft.obstacle;
    const TableFacts* nat = find(facts.ipv4.nft.tables, TableId::nat);
    ASSERT_NE(nat, nullptr);
    EXPECT_EQ(nat->rules, (RuleCount{.at_least = 1, .exact = true}));
    for (const TableFacts& table : facts.ipv4.legacy.tables) EXPECT_TRUE(table.readable);
  }
  changing.join();
}

// One's own looking must never become evidence.
TEST(Facts, LookingAgainAndAgainSeesTheSame) {
  const FreshNetns netns;
  KernelModules modules;
  netns.run([&] {
    const auto look = [&] {
      const NamespaceFacts facts = read_facts(modules, Depth::kExplain);
      return std::pair(facts.ipv4, facts.ipv6);
    };
    const auto first = look();
    for (int i = 0; i < 100; ++i) EXPECT_EQ(look(), first);
  });
}

}  // namespace
}  // namespace ferrule::detect
