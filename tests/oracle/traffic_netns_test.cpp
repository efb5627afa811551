// Connections, not bytes: with the example rules a connection arrives at the port to which they redirect it, and
// SO_ORIGINAL_DST tells where it was going; without them it does not arrive there.
#include <gtest/gtest.h>

#include <fstream>
#include <ostream>
#include <sstream>
#include <string_view>

#include "oracle/tools.hpp"
#include "support/users.hpp"

namespace ferrule::test {
namespace {

struct Traffic {
  Target target;
  const char* rules;  // of examples/rules
};

void PrintTo(const Traffic& traffic, std::ostream* out) { *out << traffic.rules << " " << target_name(traffic.target); }

std::vector<Traffic> all_traffic() {
  std::vector<Traffic> all;
  for (const Target target : kTargets) {
    for (const char* rules : {"ambient", "sidecar"}) all.push_back({target, rules});
  }
  return all;
}

// A pod, and a node with which it is connected.
class TrafficTest : public ::testing::TestWithParam<Traffic> {
 protected:
  TrafficTest() {
    pod_.must("ip link set lo up");
    pod_.must("ip link add eth0 type veth peer name pod0 netns " + node_.path());
    pod_.must("ip address add 10.77.0.2/24 dev eth0");
    pod_.must("ip address add fd00:77::2/64 dev eth0 nodad");
    pod_.must("ip link set eth0 up");
    node_.must("ip address add 10.77.0.1/24 dev pod0");
    node_.must("ip address add fd00:77::1/64 dev pod0 nodad");
    node_.must("ip link set pod0 up");
    pod_.must("ip route add default via 10.77.0.1");
    pod_.must("ip -6 route add default via fd00:77::1");
  }

  static bool ipv4() { return GetParam().target.family == Family::ipv4; }

  void apply_rules() const {
    const std::string path =
        std::string(FERRULE_SOURCE_DIR "/examples/rules/") + GetParam().rules + (ipv4() ? ".v4.rules" : ".v6.rules");
    std::ifstream file(path);
    std::ostringstream text;
    text << file.rdbuf();
    ASSERT_FALSE(text.str().empty()) << path;
    const Completed done = our_apply(pod_, GetParam().target, with_existing_users(text.str()), {"--noflush"});
    ASSERT_TRUE(done.ok()) << done.err;
  }

  // A connection by a process of the pod to somewhere outside.
  Completed connect_out() const {
    return pod_.command({FERRULE_PROBE, "9101", ipv4() ? "192.0.2.9" : "2001:db8::9", "4321"});
  }
  // A connection from the node to a port of the pod at which nobody listens.
  Completed connect_in() const {
    return pod_.command({FERRULE_PROBE, "9106", ipv4() ? "10.77.0.2" : "fd00:77::2", "8080", node_.path()});
  }

  FreshNetns node_;
  FreshNetns pod_;
};

TEST_P(TrafficTest, ArrivesWhereTheRulesSayAndOnlyWithThem) {
  EXPECT_EQ(connect_out().exit_status, 1);
  EXPECT_EQ(connect_in().exit_status, 1);
  apply_rules();
  const Completed out = connect_out();
  // Where only one user exists, the sidecar's rules take every process for the proxy, which is let out.
  if (std::string_view(GetParam().rules) == "sidecar" && !other_users_exist()) {
    EXPECT_EQ(out.exit_status, 1);
  } else {
    EXPECT_EQ(out.out,
              ipv4() ? "a connection to 192.0.2.9:4321 arrived at port 9101; SO_ORIGINAL_DST says 192.0.2.9:4321\n"
                     : "a connection to [2001:db8::9]:4321 arrived at port 9101; SO_ORIGINAL_DST says "
                       "[2001:db8::9]:4321\n")
        << out.err;
  }
  const Completed in = connect_in();
  EXPECT_EQ(in.out, ipv4()
                        ? "a connection to 10.77.0.2:8080 arrived at port 9106; SO_ORIGINAL_DST says 10.77.0.2:8080\n"
                        : "a connection to [fd00:77::2]:8080 arrived at port 9106; SO_ORIGINAL_DST says "
                          "[fd00:77::2]:8080\n")
      << in.err;
}

INSTANTIATE_TEST_SUITE_P(All, TrafficTest, ::testing::ValuesIn(all_traffic()), [](const auto& test) {
  return std::string(test.param.rules) + "_" + target_name(test.param.target);
});

}  // namespace
}  // namespace ferrule::test
