// The accepted lines of tests/cases through the binaries as ferrule runs them: the kernel's bytes are those of
// ferrule's own writing, and there is one process for each family at most.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>

#include "ferrule/text.hpp"
#include "oracle/case_file.hpp"
#include "oracle/known_differences.hpp"
#include "oracle/tools.hpp"
#include "support/temporary_directory.hpp"
#include "support/users.hpp"

namespace ferrule::test {
namespace {

// The binaries of one variant, each of which notes that it was run.
class WatchedBinaries {
 public:
  explicit WatchedBinaries(Target target) {
    const std::string name = std::string(target.family == Family::ipv4 ? "iptables-" : "ip6tables-") +
                             std::string(flavour_name(target.flavour));
    for (const char* tool : {"", "-save", "-restore"}) {
      files_.write("bin/" + name + tool,
                   "#!/bin/sh\n[ \"$*\" = --version ] || echo " + name + tool + " >>" + files_.path("runs") +
                       "\nexec /usr/sbin/" + name + tool + " \"$@\"\n",
                   0755);
    }
  }

  std::string directory() const { return files_.path("bin"); }
  std::vector<std::string> runs() const {
    std::vector<std::string> out;
    std::ifstream stream(files_.path("runs"));
    for (std::string line; std::getline(stream, line);) out.push_back(line);
    return out;
  }

 private:
  TemporaryDirectory files_;
};

// What iptables prints and does not take again: a mask of nodes above 32.
constexpr std::string_view kUnsayable = "--cluster-local-node 7";

// Whether the words of iptables-save for this rule are read as the same bytes again.
bool survives_its_text(const Case& c, Family family) {
  const auto direct = parse_restore(family, restore_text({&c, 1}));
  if (!direct) return true;  // a set or user that only the kernel knows
  std::string text;
  for (const TableChange& change : direct->changes) {
    text += "*" + std::string(table_name(change.table)) + "\n";
    for (const Operation& operation : change.operations) {
      if (operation.rule) text += to_rule_text(*operation.rule, operation.chain.view()) + "\n";
    }
    text += "COMMIT\n";
  }
  const auto again = parse_restore(family, text);
  const auto entries = [](const Transaction& transaction) {
    std::vector<std::vector<std::byte>> out;
    for (const TableChange& change : transaction.changes) {
      for (const Operation& operation : change.operations) {
        if (!operation.rule) continue;
        Rule rule = *operation.rule;
        rule.set_counters({});  // told apart from the words
        out.emplace_back(rule.entry().begin(), rule.entry().end());
      }
    }
    return out;
  };
  return again && entries(*direct) == entries(*again);
}

bool names_missing_users(const Case& c) {
  static const std::regex others("--[ug]id-owner (?!(0|root)( |$))");
  return !other_users_exist() && std::regex_search(c.rule, others);
}

class Fallback : public ::testing::TestWithParam<std::filesystem::path> {
 protected:
  // With one rule that tells which variant the namespace is of.
  void set_up(const CaseFile& file, Target target, const FreshNetns& netns) const {
    for (const std::vector<std::string>& command : file.setup) {
      const Completed done = netns.command(command);
      EXPECT_TRUE(done.ok()) << command[0] << ": " << done.err;
    }
    const Completed done = real_restore(netns, target, "*security\n-A INPUT -j ACCEPT\nCOMMIT\n");
    EXPECT_TRUE(done.ok()) << done.err;
  }

  void compare(const CaseFile& file, Target target) const {
    std::vector<Case> cases;
    for (const Case& c : file.cases) {
      if (c.rule.find(kUnsayable) != std::string::npos) continue;
      if (c.expected == Expected::accepted && c.concerns(target.family, target.flavour) && !names_missing_users(c) &&
          find_known_difference(c, target.family, target.flavour) == nullptr) {
        cases.push_back(c);
      }
    }
    const auto others = std::stable_partition(cases.begin(), cases.end(),
                                              [&](const Case& c) { return survives_its_text(c, target.family); });
    const std::vector<Case> reworded(others, cases.end());
    cases.erase(others, cases.end());
    compare(file, target, cases, [&](const FreshNetns& native, const FreshNetns& spawned) {
      return first_difference(kernel_state(native, target), kernel_state(spawned, target));
    });
    compare(file, target, reworded, [&](const FreshNetns& native, const FreshNetns& spawned) {
      return first_differing_line(real_save(native, target), real_save(spawned, target));
    });
  }

  template <typename Difference>
  void compare(const CaseFile& file, Target target, const std::vector<Case>& cases, Difference difference) const {
    if (cases.empty()) return;
    const FreshNetns native;
    const FreshNetns spawned;
    set_up(file, target, native);
    set_up(file, target, spawned);
    const std::string text = restore_text(cases);
    const Completed direct = our_apply(native, target, text, {"--noflush"});
    ASSERT_TRUE(direct.ok()) << direct.err;
    const WatchedBinaries binaries(target);
    const Completed done = spawned.command(
        {FERRULE_COMMAND, "apply", "--backend", "exec", "--path", binaries.directory() + ":/usr/bin:/bin", "--noflush",
         "--" + std::string(family_name(target.family)), "-"},
        text);
    ASSERT_TRUE(done.ok()) << done.err;
    EXPECT_EQ(binaries.runs().size(), 1U);
    EXPECT_EQ(difference(native, spawned), "");
  }
};

TEST_P(Fallback, LeavesTheBytesThatNativeWritingLeavesWithOneProcess) {
  const CaseFile file = read_case_file(GetParam());
  for (const Target target : kTargets) {
    SCOPED_TRACE(target_name(target));
    compare(file, target);
  }
}

TEST(FallbackLimits, WhatTheBinaryDoesNotTakeIsAnErrorThatChangesNothing) {
  for (const Target target : kTargets) {
    SCOPED_TRACE(target_name(target));
    const std::string rule =
        "-A INPUT -m cluster --cluster-total-nodes 8 " + std::string(kUnsayable) + " --cluster-hash-seed 1";
    const FreshNetns netns;
    ASSERT_TRUE(real_restore(netns, target, "*filter\n-A INPUT -j ACCEPT\nCOMMIT\n").ok());
    const KernelState before = kernel_state(netns, target);
    const Completed done = netns.command(
        {FERRULE_COMMAND, "apply", "--backend", "exec", "--" + std::string(family_name(target.family)), "-"},
        "*filter\n" + rule + "\nCOMMIT\n");
    EXPECT_EQ(done.exit_status, 2);
    EXPECT_TRUE(is_file_line_reason(done.err)) << done.err;
    EXPECT_EQ(first_difference(before, kernel_state(netns, target)), "");
  }
}

INSTANTIATE_TEST_SUITE_P(All, Fallback, ::testing::ValuesIn(case_file_paths()),
                         [](const auto& test) { return test.param.stem().string(); });

}  // namespace
}  // namespace ferrule::test
