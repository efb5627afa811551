#include <gtest/gtest.h>

#include "support/netns_fixture.hpp"

namespace ferrule::test {
namespace {

TEST(FreshNetns, KeepsWhatHappensInsideToItself) {
  const FreshNetns inside;
  const FreshNetns other;
  inside.must("iptables-legacy -N only_here");
  EXPECT_NE(inside.must("iptables-legacy -S").find("-N only_here"), std::string::npos);
  EXPECT_EQ(other.must("iptables-legacy -S").find("only_here"), std::string::npos);
}

TEST(FreshNetns, ReportsExitStatusAndBothStreams) {
  const FreshNetns ns;
  const Completed done = ns.command({"sh", "-c", "cat; echo e >&2; exit 3"}, "input");
  EXPECT_EQ(done.exit_status, 3);
  EXPECT_EQ(done.out, "input");
  EXPECT_EQ(done.err, "e\n");
}

}  // namespace
}  // namespace ferrule::test
