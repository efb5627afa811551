// Every line of tests/cases through the real tools and through ferrule, per file, family and kernel interface. Accepted
// lines go in together, one restore each side; when that comes out differently, each line alone tells which is guilty.
#include <gtest/gtest.h>

#include <ostream>
#include <regex>

#include "oracle/case_file.hpp"
#include "oracle/known_differences.hpp"
#include "oracle/tools.hpp"
#include "support/users.hpp"

namespace ferrule::test {
namespace {

struct Group {
  std::filesystem::path path;
  Target target;
};

// For GoogleTest's messages, which would show bytes.
void PrintTo(const Group& group, std::ostream* out) {
  *out << group.path.filename().string() << " " << target_name(group.target);
}

std::vector<Group> all_groups() {
  std::vector<Group> groups;
  for (const std::filesystem::path& path : case_file_paths()) {
    for (const Target target : kTargets) groups.push_back({path, target});
  }
  return groups;
}

std::string group_name(const ::testing::TestParamInfo<Group>& info) {
  return info.param.path.stem().string() + "_" + target_name(info.param.target);
}

class Cases : public ::testing::TestWithParam<Group> {
 protected:
  Cases() : file_(read_case_file(GetParam().path)) {}

  Target target() const { return GetParam().target; }

  bool differs_on_purpose(const Case& c) const {
    return find_known_difference(c, target().family, target().flavour) != nullptr;
  }

  // Whether the kernel refuses the line because it names users that do not exist here; see support/users.hpp.
  static bool names_missing_users(const Case& c) {
    static const std::regex others("--[ug]id-owner (?!(0|root)( |$))");
    return !other_users_exist() && std::regex_search(c.rule, others);
  }

  // What the real tool does with a line here.
  static Expected expected_here(const Case& c) { return names_missing_users(c) ? Expected::refused : c.expected; }

  // The lines of this file that concern this family and interface and have no known difference.
  std::vector<Case> selected(Expected expected) const {
    std::vector<Case> cases;
    for (const Case& c : file_.cases) {
      if (expected_here(c) == expected && c.concerns(target().family, target().flavour) && !differs_on_purpose(c)) {
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
    const Completed real = real_restore(theirs, target(), text);
    if (!real.ok()) return "the real tool refuses it: " + real.err;
    const Completed our = our_apply(ours, target(), text);
    if (!our.ok()) return "ferrule refuses it: " + our.err;
    return difference_between(theirs, ours, target());
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

  CaseFile file_;
};

TEST_P(Cases, AcceptedLinesLeaveTheSameBytesAndText) {
  const std::vector<Case> cases = selected(Expected::accepted);
  if (cases.empty()) return;
  const std::string together = compare(cases);
  if (together.empty()) return;
  // A line may rest on one before it (an estimator, a set of counters), so each is tried behind those that are right.
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

TEST_P(Cases, RefusedLinesAreRefusedAndChangeNothing) {
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
      instantiate_legacy_tables(*ours);  // a kernel that refuses does so too, and is not what this test is about
      before = kernel_state(*ours, target());
    }
    const std::string text = restore_text({&c, 1});
    const Completed real = real_restore(*theirs, target(), text);
    EXPECT_FALSE(real.ok()) << "the real tool accepts it";
    const Completed our = our_apply(*ours, target(), text);
    // 2 where the real tool's own parser refuses; where the kernel does, ours may know beforehand.
    EXPECT_TRUE(our.exit_status == 2 || (our.exit_status == 1 && real.exit_status != 2))
        << "the real tool: " << real.exit_status << ": " << real.err << "ferrule: " << our.exit_status << ": "
        << our.err;
    EXPECT_TRUE(is_file_line_reason(our.err)) << our.err;
    const std::string change = first_difference(before, kernel_state(*ours, target()));
    EXPECT_EQ(change, "");
    // What went in by mistake would disturb the lines after it.
    if (real.ok() || !change.empty()) {
      theirs.reset();
      ours.reset();
    }
  }
}

// A difference that is gone must leave the list.
TEST_P(Cases, KnownDifferencesAreStillThere) {
  for (const Case& c : file_.cases) {
    const KnownDifference* difference = find_known_difference(c, target().family, target().flavour);
    if (difference == nullptr || !c.concerns(target().family, target().flavour) || names_missing_users(c)) continue;
    SCOPED_TRACE(where(c));
    const FreshNetns theirs;
    const FreshNetns ours;
    set_up(theirs);
    set_up(ours);
    const std::string text = restore_text(with_lines_before(c));
    const Completed real = real_restore(theirs, target(), text);
    EXPECT_EQ(real.ok(), c.expected == Expected::accepted) << real.err;
    const Completed our = our_apply(ours, target(), text);
    if (difference->our_text.empty()) {
      EXPECT_EQ(our.exit_status, 2) << our.err;
      EXPECT_TRUE(real.ok()) << "both refuse it";
      continue;
    }
    ASSERT_TRUE(our.ok()) << our.err;
    EXPECT_NE(our_save(ours, target()).find("\n" + std::string(difference->our_text) + "\n"), std::string::npos)
        << our_save(ours, target());
    EXPECT_FALSE(real.ok() && difference_between(theirs, ours, target()).empty()) << "both do the same";
  }
}

INSTANTIATE_TEST_SUITE_P(All, Cases, ::testing::ValuesIn(all_groups()), group_name);
// While there are no case files there is nothing to instantiate.
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Cases);

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
