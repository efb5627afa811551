// ferrule.h: plans.
#include <gtest/gtest.h>

#include <array>
#include <string>

#include "ferrule/ferrule.h"
#include "support/netns_fixture.hpp"

namespace ferrule {
namespace {

constexpr const char* kRules = "*raw\n-A OUTPUT -p udp --dport 53 -j CT --zone 1\nCOMMIT\n";

std::string taken(char* text) {
  std::string out = text == nullptr ? "" : text;
  ferrule_string_free(text);
  return out;
}

TEST(CPlans, ApplyToSeveralNamespaces) {
  ferrule_engine* engine = ferrule_engine_new(FERRULE_BACKEND_NFT);
  ferrule_plan* plan = nullptr;
  ASSERT_EQ(ferrule_compile(engine, kRules, kRules, FERRULE_NOFLUSH, &plan, nullptr), FERRULE_OK);
  ferrule_engine_free(engine);

  char* text = nullptr;
  ASSERT_EQ(ferrule_plan_dump(plan, &text), FERRULE_OK);
  EXPECT_NE(taken(text).find("new rule ip6 raw OUTPUT\n"), std::string::npos);

  const test::FreshNetns first;
  const test::FreshNetns second;
  const std::array<std::string, 4> names = {first.path(), "/dev/null", "no:such", second.path()};
  std::array<const char*, names.size()> pointers{};
  for (size_t i = 0; i < names.size(); ++i) pointers[i] = names[i].c_str();
  std::array<ferrule_status, names.size()> statuses{};
  std::array<char*, names.size()> errors{};
  EXPECT_NE(ferrule_plan_apply_all(plan, pointers.data(), pointers.size(), 2, statuses.data(), errors.data()),
            FERRULE_OK);
  EXPECT_EQ(statuses, (std::array{FERRULE_OK, FERRULE_INVALID_INPUT, FERRULE_NOT_FOUND, FERRULE_OK}));
  EXPECT_EQ(errors[0], nullptr);
  EXPECT_NE(taken(errors[1]), "");
  EXPECT_NE(taken(errors[2]), "");
  EXPECT_EQ(errors[3], nullptr);

  const test::FreshNetns third;
  EXPECT_EQ(ferrule_plan_apply(plan, third.path().c_str(), nullptr), FERRULE_OK);
  ferrule_plan_free(plan);
  const std::string rules = first.must("iptables-nft-save");
  EXPECT_NE(rules.find("-A OUTPUT -p udp -m udp --dport 53 -j CT --zone 1"), std::string::npos);
  for (const test::FreshNetns* other : {&second, &third}) {
    EXPECT_NE(other->must("ip6tables-nft -t raw -S").find("--zone 1"), std::string::npos);
  }
}

TEST(CPlans, WrongTextIsAnError) {
  ferrule_engine* engine = ferrule_engine_new(FERRULE_BACKEND_AUTO);
  ferrule_plan* plan = nullptr;
  char* error = nullptr;
  EXPECT_EQ(ferrule_compile(engine, "*raw\n-A\nCOMMIT\n", nullptr, 0, &plan, &error), FERRULE_INVALID_INPUT);
  EXPECT_EQ(taken(error).rfind("<ipv4>:2: ", 0), 0U);
  EXPECT_EQ(plan, nullptr);
  ferrule_engine_free(engine);
}

// Each crashed.
TEST(CInterface, RefusesNullAndUnknownValues) {
  EXPECT_EQ(ferrule_engine_new(static_cast<ferrule_backend>(3)), nullptr);
  ferrule_engine* engine = ferrule_engine_new(FERRULE_BACKEND_NFT);
  ASSERT_NE(engine, nullptr);
  char* text = nullptr;
  char* error = nullptr;
  EXPECT_EQ(ferrule_apply(nullptr, nullptr, kRules, nullptr, 0, &error), FERRULE_INVALID_INPUT);
  EXPECT_EQ(taken(error), "the engine is NULL");
  EXPECT_EQ(ferrule_apply(engine, nullptr, kRules, nullptr, 0x80, &error), FERRULE_INVALID_INPUT);
  EXPECT_EQ(taken(error), "unknown flags");
  EXPECT_EQ(ferrule_ensure(nullptr, nullptr, kRules, nullptr, 0, nullptr, nullptr), FERRULE_INVALID_INPUT);
  EXPECT_EQ(ferrule_compile(engine, kRules, nullptr, 0, nullptr, nullptr), FERRULE_INVALID_INPUT);
  EXPECT_EQ(ferrule_plan_apply(nullptr, nullptr, nullptr), FERRULE_INVALID_INPUT);
  EXPECT_EQ(ferrule_plan_apply_all(nullptr, nullptr, 1, 1, nullptr, nullptr), FERRULE_INVALID_INPUT);
  EXPECT_EQ(ferrule_plan_dump(nullptr, &text), FERRULE_INVALID_INPUT);
  EXPECT_EQ(ferrule_save(engine, nullptr, 4, 0, nullptr, nullptr), FERRULE_INVALID_INPUT);
  EXPECT_EQ(ferrule_save(engine, nullptr, 4, 0x80, &text, nullptr), FERRULE_INVALID_INPUT);
  EXPECT_EQ(ferrule_save(engine, nullptr, 5, 0, &text, nullptr), FERRULE_INVALID_INPUT);
  EXPECT_EQ(ferrule_detect(engine, nullptr, 4, nullptr, nullptr, nullptr), FERRULE_INVALID_INPUT);
  EXPECT_EQ(text, nullptr);
  ferrule_plan_free(nullptr);
  ferrule_engine_free(nullptr);
  ferrule_engine_free(engine);
}

}  // namespace
}  // namespace ferrule
