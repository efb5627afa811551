// Every line of tests/cases through the real tools and through ferrule, in each family and kernel interface. Accepted
// lines of a file go in together, one restore each side; when that comes out differently, each line is tried behind
// those that are right, which tells the guilty ones.
#include <gtest/gtest.h>

#include <ostream>
#include <regex>

#include "oracle/case_file.hpp"
#include "oracle/known_differences.hpp"
#include "oracle/tools.hpp"
#include "support/users.hpp"

namespace ferrule::test {
namespace {

// Whether the kernel refuses the line because it names users that do not exist here; see support/users.hpp.
bool names_missing_users(const Case& c) {
  static const std::regex others("--[ug]id-owner (?!(0|root)( |$))");
  return !other_users_exist() && std::regex_search(c.rule, others);
}

// The cases of one file as they concern one family and kernel interface.
class FileOnTarget {
 public:
  FileOnTarget(const CaseFile& file, Target target) : file_(file), target_(target) {}

  void expect_accepted_lines_to_agree() const {
    const std::vector<Case> cases = selected(Expected::accepted);
    if (cases.empty()) return;
    const std::string together = compare(cases);
    if (together.empty()) return;
    // A line may rest on one before it (an estimator, a set of counters).
    std::vector<Case> right;
    for (const Case& c : cases) {
      right.push_back(c);
      const std::string problem = compare(right);
      if (problem.empty()) continue;
      ADD_FAILURE() << where(c) << problem;
      right.pop_back();
    }
    EXPECT_NE(right.size(), cases.size()) << "only now and then: " << together;
  }

  void expect_refused_lines_to_change_nothing() const {
    std::optional<FreshNetns> theirs;
    std::optional<FreshNetns> ours;
    KernelState before;
    for (const Case& c : selected(Expected::refused)) {
      SCOPED_TRACE(where(c));
      if (!ours) {
        theirs.emplace();
        ours.emplace();
        set_up(*theirs);
        set_up(*ours);
        // A kernel that refuses a legacy rule does so too, which is not what this test is about.
        ours->run([&] { instantiate_legacy_tables(target_.family); });
        before = kernel_state(*ours, target_);
      }
      const std::string text = restore_text({&c, 1});
      const Completed real = real_restore(*theirs, target_, text);
      EXPECT_FALSE(real.ok()) << "the real tool accepts it";
      const Completed our = our_apply(*ours, target_, text);
      // 1 where the kernel refuses it, 2 where the input is wrong.
      EXPECT_TRUE(our.exit_status == 1 || our.exit_status == 2)
          << our.exit_status << ": " << our.err << "the real tool: " << real.exit_status << ": " << real.err;
      EXPECT_TRUE(is_file_line_reason(our.err)) << our.err;
      const std::string change = first_difference(before, kernel_state(*ours, target_));
      EXPECT_EQ(change, "");
      // What went in by mistake would disturb the lines after it.
      if (real.ok() || !change.empty()) {
        theirs.reset();
        ours.reset();
      }
    }
  }

  // A difference that is gone must leave the list.
  void expect_known_differences() const {
    for (const Case& c : file_.cases) {
      const KnownDifference* difference = find_known_difference(c, target_.family, target_.flavour);
      if (difference == nullptr || !c.concerns(target_.family, target_.flavour) || names_missing_users(c)) continue;
      SCOPED_TRACE(where(c));
      expect_known_difference(c, *difference);
    }
  }

 private:
  // The lines that concern this target and have no known difference.
  std::vector<Case> selected(Expected expected) const {
    std::vector<Case> cases;
    for (const Case& c : file_.cases) {
      const Expected expected_here = names_missing_users(c) ? Expected::refused : c.expected;
      if (expected_here == expected && c.concerns(target_.family, target_.flavour) &&
          find_known_difference(c, target_.family, target_.flavour) == nullptr) {
        cases.push_back(c);
      }
    }
    return cases;
  }

  void set_up(const FreshNetns& netns) const {
    for (const std::vector<std::string>& command : file_.setup) {
      const Completed done = netns.command(command);
      EXPECT_TRUE(done.ok()) << command[0] << ": " << done.err;
    }
  }

  // Both sides in namespaces of their own. Empty, or what went wrong.
  std::string compare(std::span<const Case> cases) const {
    const FreshNetns theirs;
    const FreshNetns ours;
    set_up(theirs);
    set_up(ours);
    const std::string text = restore_text(cases);
    const Completed real = real_restore(theirs, target_, text);
    if (!real.ok()) return "the real tool refuses it: " + real.err;
    const Completed our = our_apply(ours, target_, text);
    if (!our.ok()) return "ferrule refuses it: " + our.err;
    return difference_between(theirs, ours, target_);
  }

  void expect_known_difference(const Case& c, const KnownDifference& difference) const {
    const FreshNetns theirs;
    const FreshNetns ours;
    set_up(theirs);
    set_up(ours);
    const std::string text = restore_text(with_lines_before(c));
    const Completed real = real_restore(theirs, target_, text);
    EXPECT_EQ(real.ok(), c.expected == Expected::accepted) << real.err;
    const Completed our = our_apply(ours, target_, text);
    if (difference.our_text.empty()) {
      EXPECT_EQ(our.exit_status, 2) << our.err;
      EXPECT_TRUE(real.ok()) << "both refuse it";
      return;
    }
    ASSERT_TRUE(our.ok()) << our.err;
    expect_real_tools_to_live(ours);
    const std::string saved = our_save(ours, target_);
    EXPECT_NE(saved.find("\n" + std::string(difference.our_text) + "\n"), std::string::npos) << saved;
    EXPECT_FALSE(real.ok() && difference_between(theirs, ours, target_).empty()) << "both do the same";
  }

  // A rule that ends the node's own tools by a signal is an outage. (Where both sides agree, the comparison has run
  // them.)
  void expect_real_tools_to_live(const FreshNetns& netns) const {
    const std::string tool =
        (target_.family == Family::ipv4 ? "iptables-" : "ip6tables-") + std::string(flavour_name(target_.flavour));
    for (const std::vector<std::string>& words :
         {std::vector<std::string>{tool + "-save", "-c"}, {tool, "-S"}, {tool, "-L", "-v", "-n"}}) {
      const Completed done = netns.command(words);
      EXPECT_LT(done.exit_status, 128) << words[0] << " ended by a signal";
    }
  }

  // The case behind the accepted lines above it, on which it may rest.
  std::vector<Case> with_lines_before(const Case& c) const {
    std::vector<Case> cases = selected(Expected::accepted);
    std::erase_if(cases, [&](const Case& other) { return other.line >= c.line; });
    cases.push_back(c);
    return cases;
  }

  std::string where(const Case& c) const {
    return "tests/cases/" + file_.name + ".cases:" + std::to_string(c.line) + ": " + c.rule + "\n";
  }

  const CaseFile& file_;
  Target target_;
};

class Cases : public ::testing::TestWithParam<std::filesystem::path> {
 protected:
  template <typename Check>
  void on_each_target(Check check) const {
    const CaseFile file = read_case_file(GetParam());
    for (const Target target : kTargets) {
      SCOPED_TRACE(target_name(target));
      check(FileOnTarget(file, target));
    }
  }
};

TEST_P(Cases, AcceptedLinesLeaveTheSameBytesAndText) {
  on_each_target([](const FileOnTarget& file) { file.expect_accepted_lines_to_agree(); });
}
TEST_P(Cases, RefusedLinesAreRefusedAndChangeNothing) {
  on_each_target([](const FileOnTarget& file) { file.expect_refused_lines_to_change_nothing(); });
}
TEST_P(Cases, KnownDifferencesAreStillThere) {
  on_each_target([](const FileOnTarget& file) { file.expect_known_differences(); });
}

INSTANTIATE_TEST_SUITE_P(All, Cases, ::testing::ValuesIn(case_file_paths()),
                         [](const auto& test) { return test.param.stem().string(); });

TEST(KnownDifferences, EachStandsInACaseFileAndHasAReason) {
  std::vector<CaseFile> files;
  for (const std::filesystem::path& path : case_file_paths()) files.push_back(read_case_file(path));
  for (const KnownDifference& difference : known_differences()) {
    EXPECT_FALSE(difference.reason.empty()) << difference.rule;
    bool found = false;
    for (const CaseFile& file : files) {
      for (const Case& c : file.cases) found = found || c.rule == difference.rule;
    }
    EXPECT_TRUE(found) << difference.rule;
  }
}

}  // namespace
}  // namespace ferrule::test
