// The example programs do what their first lines say.
#include <gtest/gtest.h>

#include "support/netns_fixture.hpp"

namespace ferrule::test {
namespace {

TEST(Examples, ApplyRulesSaysWhatItFoundAndDid) {
  const FreshNetns netns;
  netns.must("iptables-legacy -A INPUT -j ACCEPT");
  const Completed done =
      run_program({FERRULE_APPLY_RULES, netns.path(), FERRULE_SOURCE_DIR "/examples/rules/ambient.v4.rules"});
  EXPECT_TRUE(done.ok()) << done.err;
  EXPECT_EQ(done.out.find("backend: legacy, because "), 0u) << done.out;
  EXPECT_NE(done.out.find("applied 18 rules to 3 tables\n"), std::string::npos) << done.out;
  EXPECT_NE(done.out.find("\n-A OUTPUT -j MESH_OUT\n"), std::string::npos) << done.out;
  EXPECT_NE(netns.must("iptables-legacy -t nat -S").find("-A OUTPUT -j MESH_OUT\n"), std::string::npos);
}

TEST(Examples, ApplyRulesNamesTheLineAtFault) {
  const FreshNetns netns;
  const Completed done = run_program({FERRULE_APPLY_RULES, netns.path(), FERRULE_SOURCE_DIR "/README.md"});
  EXPECT_EQ(done.exit_status, 1);
  EXPECT_NE(done.err.find("README.md:3: "), std::string::npos) << done.err;
}

TEST(Examples, ProbeRefusesWhatIsNoAddress) {
  EXPECT_EQ(run_program({FERRULE_PROBE, "80", "nowhere", "81"}).exit_status, 2);
  EXPECT_EQ(run_program({FERRULE_PROBE, "0", "127.0.0.1", "81"}).exit_status, 2);
  EXPECT_EQ(run_program({FERRULE_PROBE}).exit_status, 2);
}

}  // namespace
}  // namespace ferrule::test
