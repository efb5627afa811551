// Covers src/engine/outcome_bytes.cpp.
#include "engine/outcome_bytes.hpp"

#include <gtest/gtest.h>

#include <cerrno>

namespace ferrule::engine {
namespace {

Error refused() {
  Error error{.code = Code::kRefused, .message = "the kernel refuses it"};
  error.origin = {.file = "mesh.rules", .line = 70000, .option = "uid-owner"};
  error.errno_value = EINVAL;
  error.table = "nat";
  error.chain = std::string("A\0B", 3);
  return error;
}

TEST(OutcomeBytes, StatsComeBack) {
  const CommitStats stats{.tables = 3, .rules = 1000000, .retries = 2};
  const auto back = outcome_of(to_bytes(stats));
  ASSERT_TRUE(back && *back);
  EXPECT_EQ((*back)->tables, 3U);
  EXPECT_EQ((*back)->rules, 1000000U);
  EXPECT_EQ((*back)->retries, 2U);
}

TEST(OutcomeBytes, ErrorsComeBackWhole) {
  const auto back = outcome_of(to_bytes(tl::unexpected(refused())));
  ASSERT_TRUE(back);
  ASSERT_FALSE(*back);
  const Error& error = back->error();
  EXPECT_EQ(error.code, Code::kRefused);
  EXPECT_EQ(error.message, "the kernel refuses it");
  EXPECT_EQ(error.origin.file, "mesh.rules");
  EXPECT_EQ(error.origin.line, 70000U);
  EXPECT_EQ(error.origin.option, "uid-owner");
  EXPECT_EQ(error.errno_value, EINVAL);
  EXPECT_EQ(error.table, "nat");
  EXPECT_EQ(error.chain, std::string("A\0B", 3));
}

TEST(OutcomeBytes, WhatIsCutOrTooLongIsRefused) {
  for (const std::string& whole : {to_bytes(CommitStats{}), to_bytes(tl::unexpected(refused()))}) {
    for (size_t size = 0; size < whole.size(); ++size) EXPECT_FALSE(outcome_of(whole.substr(0, size))) << size;
    EXPECT_FALSE(outcome_of(whole + '\0'));
  }
}

TEST(OutcomeBytes, UnknownKindsAndCodesAreRefused) {
  std::string bytes = to_bytes(tl::unexpected(refused()));
  bytes[1] = static_cast<char>(static_cast<uint8_t>(Code::kSystem) + 1);
  EXPECT_FALSE(outcome_of(bytes));
  bytes[0] = 2;
  EXPECT_FALSE(outcome_of(bytes));
}

TEST(OutcomeBytes, AMessageWithoutEndIsCut) {
  const auto back = outcome_of(to_bytes(fail(Code::kSystem, std::string(1 << 20, 'x'))));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->error().message, std::string(65536, 'x'));
}

}  // namespace
}  // namespace ferrule::engine
