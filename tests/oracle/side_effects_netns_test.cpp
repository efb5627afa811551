// What ferrule must not do: change anything by looking, start another program, or go on without the right to.
#include <gtest/gtest.h>

#include <sstream>

#include "oracle/tools.hpp"

namespace ferrule::test {
namespace {

constexpr Family kFamilies[] = {Family::ipv4, Family::ipv6};

// Everything that looking could disturb.
struct Traces {
  std::string legacy_tables;
  KernelState nft;
  uint32_t generation = 0;
};

Traces traces_in(const FreshNetns& netns) {
  return netns.ask([] {
    Traces traces;
    for (const Family family : kFamilies) {
      traces.legacy_tables += std::string(family_name(family)) + ":\n" + legacy_table_names(family);
      for (KernelObject& object : nft_state(family)) traces.nft.push_back(std::move(object));
    }
    traces.generation = nft_generation();
    return traces;
  });
}

void expect_no_trace(const FreshNetns& netns, const std::vector<std::string>& command) {
  const Traces before = traces_in(netns);
  const Completed done = netns.command(command);
  EXPECT_TRUE(done.ok()) << done.err;
  const Traces after = traces_in(netns);
  EXPECT_EQ(after.legacy_tables, before.legacy_tables);
  EXPECT_EQ(first_difference(before.nft, after.nft), "");
  EXPECT_EQ(after.generation, before.generation);
}

const std::vector<std::vector<std::string>> kLooking = {
    {FERRULE_COMMAND, "detect"},
    {FERRULE_COMMAND, "detect", "--json"},
    {FERRULE_COMMAND, "detect", "--backend", "legacy"},
    {FERRULE_COMMAND, "detect", "--backend", "nft"},
    {FERRULE_COMMAND, "save", "-4"},
    {FERRULE_COMMAND, "save", "-6"},
    {FERRULE_COMMAND, "save", "--backend", "legacy", "-4"},
    {FERRULE_COMMAND, "save", "--backend", "nft", "-6", "-c"},
};

TEST(Looking, LeavesAFreshNamespaceFresh) {
  for (const std::vector<std::string>& command : kLooking) {
    SCOPED_TRACE(command.back());
    const FreshNetns netns;
    expect_no_trace(netns, command);
    EXPECT_EQ(traces_in(netns).legacy_tables, "ipv4:\nipv6:\n");
  }
}

TEST(Looking, LeavesRulesAndUntouchedTablesAlone) {
  const FreshNetns netns;
  netns.must("iptables-legacy -A INPUT -j ACCEPT");
  netns.must("ip6tables-nft -t mangle -A OUTPUT -j ACCEPT");
  for (const std::vector<std::string>& command : kLooking) {
    SCOPED_TRACE(command.back());
    expect_no_trace(netns, command);
  }
  EXPECT_EQ(traces_in(netns).legacy_tables, "ipv4:\nfilter\nipv6:\n");
}

TEST(Applying, TouchesOnlyTheTablesOfTheInput) {
  for (const Target target : kTargets) {
    SCOPED_TRACE(target_name(target));
    const FreshNetns netns;
    const Completed done = our_apply(netns, target, "*mangle\n-A OUTPUT -j ACCEPT\nCOMMIT\n");
    ASSERT_TRUE(done.ok()) << done.err;
    const Traces traces = traces_in(netns);
    const std::string expected = target.flavour == Flavour::nft  ? "ipv4:\nipv6:\n"
                                 : target.family == Family::ipv4 ? "ipv4:\nmangle\nipv6:\n"
                                                                 : "ipv4:\nipv6:\nmangle\n";
    EXPECT_EQ(traces.legacy_tables, expected);
    EXPECT_EQ(traces.nft.empty(), target.flavour == Flavour::legacy);
  }
}

TEST(Applying, DryRunChangesNothing) {
  for (const Target target : kTargets) {
    SCOPED_TRACE(target_name(target));
    const FreshNetns netns;
    const Traces before = traces_in(netns);
    const Completed done = our_apply(netns, target, "*filter\n-A INPUT -j DROP\nCOMMIT\n", {"--dry-run"});
    EXPECT_TRUE(done.ok()) << done.err;
    EXPECT_EQ(first_difference(before.nft, traces_in(netns).nft), "");
    EXPECT_EQ(real_save(netns, target).find("-A INPUT"), std::string::npos);
  }
}

// The lines of strace's log that start another program or process; threads are not processes.
std::string processes_started(const std::string& log) {
  std::istringstream lines(log);
  std::string found;
  bool first_exec = true;
  for (std::string line; std::getline(lines, line);) {
    if (line.find("CLONE_THREAD") != std::string::npos || line.find("+++ exited") != std::string::npos) continue;
    const bool own_exec = line.find("execve(") != std::string::npos && std::exchange(first_exec, false);
    if (!own_exec) found += line + "\n";
  }
  return found;
}

TEST(Applying, StartsNoProcess) {
  for (const Target target : kTargets) {
    SCOPED_TRACE(target_name(target));
    const FreshNetns netns;
    const std::string family = target.family == Family::ipv4 ? "4" : "6";
    const std::string backend(flavour_name(target.flavour));
    const std::vector<std::string> traced = {
        "strace", "-f", "-qq", "-e", "trace=execve,execveat,clone,clone3,fork,vfork", "--", FERRULE_COMMAND};
    std::vector<std::string> apply = traced;
    apply.insert(apply.end(), {"apply", "--backend", backend, "--ipv" + family, "-"});
    const Completed applied = netns.command(apply, "*nat\n-A OUTPUT -p tcp -j REDIRECT --to-ports 80\nCOMMIT\n");
    EXPECT_TRUE(applied.ok()) << applied.err;
    EXPECT_NE(applied.err.find("execve("), std::string::npos) << applied.err;
    EXPECT_EQ(processes_started(applied.err), "");
    std::vector<std::string> save = traced;
    save.insert(save.end(), {"save", "--backend", backend, "-" + family});
    const Completed saved = netns.command(save);
    EXPECT_NE(saved.out.find("-A OUTPUT -p tcp -j REDIRECT --to-ports 80"), std::string::npos) << saved.out;
    EXPECT_EQ(processes_started(saved.err), "");
  }
}

TEST(Rights, TheMissingCapabilityIsNamed) {
  for (const Target target : kTargets) {
    SCOPED_TRACE(target_name(target));
    const FreshNetns netns;
    const std::string family = target.family == Family::ipv4 ? "--ipv4" : "--ipv6";
    const Completed done = netns.command({"setpriv", "--bounding-set=-net_admin", FERRULE_COMMAND, "apply", "--backend",
                                          std::string(flavour_name(target.flavour)), family, "-"},
                                         "*filter\n-A INPUT -j DROP\nCOMMIT\n");
    EXPECT_EQ(done.exit_status, 1);
    EXPECT_NE(done.err.find("CAP_NET_ADMIN"), std::string::npos) << done.err;
    EXPECT_EQ(real_save(netns, target).find("-A INPUT"), std::string::npos);
  }
}

TEST(Rights, NamespaceByPathAlsoNeedsOnlyItsOwn) {
  for (const Target target : kTargets) {
    SCOPED_TRACE(target_name(target));
    const FreshNetns netns;
    const std::string family = target.family == Family::ipv4 ? "--ipv4" : "--ipv6";
    const Completed done = run_program({FERRULE_COMMAND, "apply", "--netns", netns.path(), "--backend",
                                        std::string(flavour_name(target.flavour)), family, "-"},
                                       "*filter\n-A INPUT -j DROP\nCOMMIT\n");
    EXPECT_TRUE(done.ok()) << done.err;
    EXPECT_NE(real_save(netns, target).find("-A INPUT -j DROP\n"), std::string::npos);
  }
}

}  // namespace
}  // namespace ferrule::test
