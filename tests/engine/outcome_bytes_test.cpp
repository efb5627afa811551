// Covers src/engine/outcome_bytes.cpp.
#include "engine/outcome_bytes.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <chrono>

namespace ferrule::engine {
namespace {

// Every field has a value of its own. (A field that is added does not compile in outcome_bytes.cpp before it crosses.)
Error refused() {
  return {.code = Code::kRefused,
          .message = "the kernel refuses it",
          .origin = {.file = "mesh.rules", .line = 70000, .option = "uid-owner"},
          .errno_value = EINVAL,
          .table = "nat",
          .chain = std::string("A\0B", 3),
          .also_refused = {{.origin = {.file = "mesh.rules", .line = 70001, .option = "x"}, .message = "this too"},
                           {.origin = {.file = "mesh.rules", .line = 70002, .option = ""}, .message = "and this"}},
          .kind = ErrorKind::kRefusedByKernel,
          .subject = "uid-owner",
          .family = Family::ipv6,
          .backend = BackendKind::nft,
          .spawned = true,
          .attempt = {
              .families =
                  {{.family = Family::ipv6, .backend = BackendKind::nft, .native = false, .reason = "there are rules"}},
              .retries = 3,
              .detect_time = std::chrono::nanoseconds(4'000'000'000),
              .commit_time = std::chrono::nanoseconds(5)}};
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
  EXPECT_EQ(back->error(), refused());
  EXPECT_NE(back->error(), Error{});
}

TEST(OutcomeBytes, ErrorsOfEveryCodeAndKindComeBack) {
  for (int code = 0; code <= static_cast<int>(kLastCode); ++code) {
    const Error error{.code = static_cast<Code>(code), .message = "m"};
    EXPECT_EQ(outcome_of(to_bytes(tl::unexpected(error)))->error(), error);
  }
  for (int kind = 0; kind <= static_cast<int>(kLastErrorKind); ++kind) {
    const Error error{.message = "m", .kind = static_cast<ErrorKind>(kind)};
    EXPECT_EQ(outcome_of(to_bytes(tl::unexpected(error)))->error(), error);
    EXPECT_FALSE(error_kind_name(static_cast<ErrorKind>(kind)).empty());
  }
}

TEST(OutcomeBytes, WhatIsCutOrTooLongIsRefused) {
  for (const std::string& whole : {to_bytes(CommitStats{}), to_bytes(tl::unexpected(refused()))}) {
    for (size_t size = 0; size < whole.size(); ++size) EXPECT_FALSE(outcome_of(whole.substr(0, size))) << size;
    EXPECT_FALSE(outcome_of(whole + '\0'));
  }
}

TEST(OutcomeBytes, UnknownKindsAndCodesAreRefused) {
  std::string bytes = to_bytes(tl::unexpected(refused()));
  bytes[8] = static_cast<char>(static_cast<uint8_t>(kLastCode) + 1);
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
