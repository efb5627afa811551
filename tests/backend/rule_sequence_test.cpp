// Covers src/backend/rule_sequence.hpp.
#include "backend/rule_sequence.hpp"

#include <gtest/gtest.h>

#include <random>

namespace ferrule {
namespace {

std::vector<int> all_of(const RuleSequence<int>& sequence) {
  std::vector<int> all;
  for (const int each : sequence) all.push_back(each);
  for (size_t i = 0; i < all.size(); ++i) EXPECT_EQ(sequence[i], all[i]);
  return all;
}

TEST(RuleSequence, IsAsAVectorWhereverItIsEdited) {
  std::minstd_rand random(7);
  for (int run = 0; run < 20; ++run) {
    RuleSequence<int> sequence;
    std::vector<int> expected;
    for (int step = 0; step < 600; ++step) {
      const size_t near = random() % 3 == 0 ? 3 : expected.size() + 1;  // often at the head
      const size_t at = std::min<size_t>(random() % near, expected.size());
      if (random() % 4 == 0 && at < expected.size()) {
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

TEST(RuleSequence, IsFilledAndEmptiedFromAnyPlace) {
  const size_t count = 10 * RuleSequence<size_t>::kBlock;
  for (const size_t from : {size_t{0}, count / 2, count}) {
    RuleSequence<size_t> sequence;
    sequence.reserve(count);
    for (size_t i = 0; i < count; ++i) sequence.push_back(i);
    for (size_t i = 0; i < count; ++i) sequence.insert(from + i, count + i);
    for (size_t i = 0; i < count; ++i) EXPECT_EQ(sequence[from + i], count + i);
    for (size_t i = 0; i < count; ++i) sequence.erase(from);
    ASSERT_EQ(sequence.size(), count);
    for (size_t i = 0; const size_t each : sequence) EXPECT_EQ(each, i++);
    for (size_t i = count; i-- > 0;) sequence.erase(i);
    EXPECT_TRUE(sequence.empty());
    for (const size_t each : sequence) ADD_FAILURE() << each;
    sequence.insert(0, 7);
    EXPECT_EQ(sequence[0], 7u);
  }
}

}  // namespace
}  // namespace ferrule
