// Covers src/detect/words.cpp.
#include <gtest/gtest.h>

#include "ferrule/detect.hpp"

namespace ferrule {
namespace {

TEST(DetectWords, NamesGoBothWays) {
  for (const BackendKind backend : {BackendKind::legacy, BackendKind::nft, BackendKind::exec}) {
    EXPECT_EQ(backend_by_name(backend_name(backend)), backend);
  }
  for (const DetectPolicy policy : kAllDetectPolicies) {
    EXPECT_EQ(detect_policy_by_name(detect_policy_name(policy)), policy);
  }
  EXPECT_EQ(backend_name(BackendKind::nft), "nft");
  EXPECT_EQ(backend_by_name("nf_tables"), std::nullopt);
  EXPECT_EQ(backend_by_name("auto"), std::nullopt);
  EXPECT_EQ(backend_by_name(""), std::nullopt);
  EXPECT_EQ(detect_policy_name(DetectPolicy::kRulesFirst), "rules_first");
  EXPECT_EQ(detect_policy_by_name("Istio"), std::nullopt);
  EXPECT_EQ(presence_name(Presence::unknown), "unknown");
  EXPECT_EQ(presence_name(Presence::not_loaded), "not_loaded");
  EXPECT_EQ(basis_name(Basis::forced), "forced");
  EXPECT_EQ(basis_name(Basis::nothing), "nothing");
}

TEST(DetectWords, AVerdictHasOneWord) {
  FamilyVerdict verdict{.outcome = Outcome::decided, .backend = BackendKind::legacy};
  EXPECT_EQ(verdict_name(verdict), "legacy");
  verdict.outcome = Outcome::undetermined;
  EXPECT_EQ(verdict_name(verdict), "undetermined");
  verdict = {};
  EXPECT_EQ(verdict_name(verdict), "none");
}

}  // namespace
}  // namespace ferrule
