// Which backend the plain names take when rules come and go around them: shell scripts with ferrule's `iptables` and
// the real commands of one backend, in a namespace and with a /run of their own.
#include <gtest/gtest.h>

#include <string>

#include "support/netns_fixture.hpp"
#include "support/temporary_directory.hpp"

namespace ferrule::test {
namespace {

// What `script` prints; `backend` in it prints the one that plain iptables is of, and `records` what is remembered.
std::string printed(const std::string& script) {
  const FreshNetns netns;
  const TemporaryDirectory commands;
  for (const char* name : {"iptables", "iptables-restore", "ip6tables"}) commands.link(name, FERRULE_COMMAND);
  const std::string preamble =
      "set -eu; mount -t tmpfs tmpfs /run; backend() { iptables --version | sed 's/.*(\\(.*\\))/\\1/'; }; "
      "records() { cat /run/ferrule/* 2>/dev/null || echo none; }\n";
  const Completed done = netns.command({"/usr/bin/env", "PATH=" + commands.path() + ":/usr/sbin:/usr/bin:/sbin:/bin",
                                        "unshare", "-m", "/bin/sh", "-c", preamble + script});
  EXPECT_EQ(done.exit_status, 0) << script << done.err;
  return done.out;
}

TEST(SteadyChoice, OutlivesTheRulesThatItWasMadeBy) {
  EXPECT_EQ(printed("iptables-legacy -A INPUT -j ACCEPT; iptables -A INPUT -j DROP; records\n"
                    "iptables -F; iptables -X; backend"),
            "legacy\nlegacy\n");
  EXPECT_EQ(printed("iptables-nft -A INPUT -j ACCEPT; iptables -A INPUT -j DROP; records\n"
                    "nft flush ruleset; backend; iptables-legacy -L -n >/dev/null; backend"),
            "nft\nnf_tables\nnf_tables\n");
}

TEST(SteadyChoice, YieldsToRulesThatAreInTheOtherBackendOnly) {
  EXPECT_EQ(printed("iptables-legacy -A INPUT -j ACCEPT; iptables -A INPUT -j DROP; iptables -F; backend\n"
                    "iptables-nft -A INPUT -j ACCEPT; backend; iptables -A INPUT -j DROP; records"),
            "legacy\nnf_tables\nnft\n");
  EXPECT_EQ(printed("iptables-nft -A INPUT -j ACCEPT; iptables -A INPUT -j DROP; iptables -F; backend\n"
                    "ip6tables-legacy -A INPUT -j ACCEPT; backend; iptables -A INPUT -j DROP; records"),
            "nf_tables\nlegacy\nlegacy\n");
  EXPECT_EQ(printed("iptables-nft -A INPUT -j ACCEPT; iptables -A INPUT -j DROP\n"
                    "iptables-legacy -A INPUT -j ACCEPT; backend"),
            "nf_tables\n");
}

TEST(SteadyChoice, YieldsToHintChains) {
  EXPECT_EQ(printed("iptables-nft -A INPUT -j ACCEPT; iptables -A INPUT -j DROP; backend\n"
                    "iptables-legacy -t mangle -N KUBE-IPTABLES-HINT; backend"),
            "nf_tables\nlegacy\n");
}

TEST(SteadyChoice, IsRememberedOnceSomethingWasWritten) {
  EXPECT_EQ(printed("iptables-nft -A INPUT -j ACCEPT; iptables -S >/dev/null; iptables -L -n >/dev/null; records\n"
                    "printf '*filter\\nCOMMIT\\n' | iptables-restore --noflush; records"),
            "none\nnft\n");
}

TEST(SteadyChoice, IsWhatTheEnvironmentSays) {
  EXPECT_EQ(printed("iptables-nft -A INPUT -j ACCEPT; iptables -A INPUT -j DROP; FERRULE_BACKEND=legacy; "
                    "export FERRULE_BACKEND; backend; iptables -A INPUT -j DROP; records"),
            "legacy\nnft\n");
}

TEST(SteadyChoice, NeedsNoFolder) {
  EXPECT_EQ(printed("mount -o remount,ro /run; iptables-nft -A INPUT -j ACCEPT; iptables -A INPUT -j DROP; records\n"
                    "iptables-nft -S INPUT"),
            "none\n-P INPUT ACCEPT\n-A INPUT -j ACCEPT\n-A INPUT -j DROP\n");
}

}  // namespace
}  // namespace ferrule::test
