// Whatever the real iptables-restore refuses, ferrule refuses too: with status 2 (1 where a chain or set that it names
// is missing, or the kernel refuses it), the line and a reason, and the kernel as it was before. What the real one
// takes all the same, ferrule takes with the same outcome.
#include <gtest/gtest.h>

#include <algorithm>

#include "oracle/known_differences.hpp"
#include "oracle/malformed_inputs.hpp"
#include "oracle/tools.hpp"

namespace ferrule::test {
namespace {

class Malformed : public ::testing::TestWithParam<Target> {
 protected:
  // Returns how many of the inputs the real tool refuses.
  static int compare_all(const std::vector<MalformedInput>& inputs) {
    int refused = 0;
    for (const MalformedInput& input : inputs) {
      SCOPED_TRACE(input.name);
      if (compare(input) == Expected::refused) ++refused;
    }
    return refused;
  }

 private:
  static Expected compare(const MalformedInput& input) {
    const Target target = GetParam();
    const FreshNetns theirs;
    const FreshNetns ours;
    const Completed real = real_restore(theirs, target, input.text);
    const Completed our = our_apply(ours, target, input.text);
    const bool stricter = is_read_more_strictly(input);
    EXPECT_TRUE(real.ok() || !stricter) << "both refuse it";
    if (real.ok() && !stricter) {
      EXPECT_TRUE(our.ok()) << "only ferrule refuses it: " << our.err;
      EXPECT_EQ(difference_between(theirs, ours, target), "");
      return Expected::accepted;
    }
    EXPECT_TRUE(our.exit_status == 1 || our.exit_status == 2)
        << "the real tool: " << real.exit_status << ": " << real.err << "ferrule: " << our.err;
    EXPECT_TRUE(is_file_line_reason(our.err)) << our.err.substr(0, 1000);
    EXPECT_EQ(our.out, "");
    expect_untouched(ours);
    return Expected::refused;
  }

  static bool is_read_more_strictly(const MalformedInput& input) {
    const auto list = stricter_readings();
    return std::any_of(list.begin(), list.end(), [&](const auto& stricter) { return stricter.input == input.name; });
  }

  static void expect_untouched(const FreshNetns& netns) {
    for (const Target target : kTargets) {
      for (const KernelObject& object : kernel_state(netns, target)) {
        // A kernel that is asked to replace a legacy table makes it first; then it must be empty.
        EXPECT_TRUE(object.what.starts_with("table ") && is_pristine(netns, target)) << object.what;
      }
    }
  }

  static bool is_pristine(const FreshNetns& netns, Target target) {
    return target.flavour == Flavour::legacy && real_save(netns, target).find("-A ") == std::string::npos;
  }
};

TEST_P(Malformed, Documents) { EXPECT_GE(compare_all(malformed_documents()), 100); }
TEST_P(Malformed, Lines) { EXPECT_GE(compare_all(malformed_lines()), 200); }
TEST_P(Malformed, ImpossibleRulesets) { EXPECT_GE(compare_all(impossible_rulesets()), 20); }

INSTANTIATE_TEST_SUITE_P(All, Malformed, ::testing::ValuesIn(kTargets),
                         [](const auto& test) { return target_name(test.param); });

}  // namespace
}  // namespace ferrule::test
