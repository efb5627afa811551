// Covers src/backend_legacy/rule_sequence.hpp.
#include "backend_legacy/rule_sequence.hpp"

#include <gtest/gtest.h>

#include <random>

namespace ferrule::legacy {
namespace {

std::vector<int> all_of(const RuleSequence<int>& sequence) {
  std::vector<int> all;
  for (size_t i = 0; i < sequence.size(); ++i) all.push_back(sequence[i]);
  return all;
}

TEST(RuleSequence, IsAsAVectorWhereverItIsEdited) {
  std::minstd_rand random(7);
  for (int run = 0; run < 50; ++run) {
    RuleSequence<int> sequence;
    std::vector<int> expected;
    for (int step = 0; step < 200; ++step) {
      const size_t near = random() % 3 == 0 ? 3 : expected.size() + 1;  // often at the head
      const size_t at = std::min<size_t>(random() % near, expected.size());
      if (random() % 3 == 0 && at < expected.size()) {
        sequence.erase(at);
        expected.erase(expected.begin() + static_cast<std::ptrdiff_t>(at));
      } else if (random() % 3 == 0) {
        sequence.push_back(step);
        expected.push_back(step);
      } else {
        sequence.insert(at, step);
        expected.insert(expected.begin() + static_cast<std::ptrdiff_t>(at), step);
      }
      ASSERT_EQ(all_of(sequence), expected) << run << ", " << step;
    }
    sequence.clear();
    EXPECT_TRUE(sequence.empty());
  }
}

}  // namespace
}  // namespace ferrule::legacy
