// Calls that real programs make (integration/programs), with the real tools in one namespace and ferrule under their
// names in another: both must say the same.
#include <gtest/gtest.h>

#include "support/netns_fixture.hpp"
#include "support/temporary_directory.hpp"

namespace ferrule::test {
namespace {

struct Call {
  const char* program;  // whose it is
  const char* script;
};

const Call kCalls[] = {
    {"shorewall6", "printf '*filter\\n-A INPUT -j ACCEPT\\nCOMMIT\\n' | ip6tables-restore --wait && ip6tables-save"},
    {"shorewall", "printf '*filter\\n-A INPUT -j ACCEPT\\nCOMMIT\\n' | iptables-restore -w 5 -n && iptables-save"},
    {"kube-proxy", "printf '*nat\\n:A - [0:0]\\nCOMMIT\\n' | iptables-restore -w 5 -W 100000 --noflush --counters"},
    {"", "iptables-restore -w5 </dev/null"},
    {"", "iptables-restore -w x </dev/null"},
    {"", "iptables-restore -W 5 </dev/null"},
    {"netfilter-persistent", "echo nonsense | iptables-restore --test"},
    {"netfilter-persistent", "printf '*filter\\nCOMMIT\\n-A INPUT -j ACCEPT\\n' | iptables-restore"},
    {"CNI bridge", "iptables -t nat -D POSTROUTING -s 10.22.0.2 -j CNI-1 -m comment --comment 'name: \"own\"' --wait"},
    {"", "iptables -C INPUT -j NOSUCH"},
    {"", "iptables -D NOCHAIN -j NOSUCH"},
    {"", "printf '*filter\\n-D INPUT -j NOSUCH\\nCOMMIT\\n' | iptables-restore -n"},
    {"firehol", "iptables -nxvL; ip6tables -t nat -S; cat /proc/net/ip_tables_names /proc/net/ip6_tables_names"},
    {"", "iptables-save -t mangle; cat /proc/net/ip_tables_names"},
    {"", "iptables -N own; iptables -D INPUT -j own"},
};

// Under both names every tool is that of one backend.
class CallsOfPrograms : public testing::TestWithParam<const char*> {
 protected:
  CallsOfPrograms() {
    EXPECT_TRUE(run_program({FERRULE_COMMAND, "install-links", directory_.path("ferrule")}).ok());
    for (const char* name :
         {"iptables", "iptables-save", "iptables-restore", "ip6tables", "ip6tables-save", "ip6tables-restore"}) {
      directory_.link(std::string("real/") + name, std::string("/usr/sbin/xtables-") + GetParam() + "-multi");
    }
  }

  std::string said(const char* whose, const char* script) const {
    const FreshNetns netns;
    const Completed done = netns.command({"/usr/bin/env", "PATH=" + directory_.path(whose) + ":/usr/bin:/bin",
                                          std::string("FERRULE_BACKEND=") + GetParam(), "/bin/sh", "-c", script});
    return without_times(done.out) + done.err + "exit status " + std::to_string(done.exit_status);
  }

  static std::string without_times(std::string_view text) {
    std::string out;
    while (!text.empty()) {
      const std::string_view line = text.substr(0, text.find('\n'));
      text.remove_prefix(std::min(line.size() + 1, text.size()));
      if (!line.starts_with('#')) out.append(line).append("\n");
    }
    return out;
  }

  TemporaryDirectory directory_;
};

TEST_P(CallsOfPrograms, SayTheSame) {
  for (const Call& call : kCalls) {
    EXPECT_EQ(said("ferrule", call.script), said("real", call.script)) << call.program << ": " << call.script;
  }
}

INSTANTIATE_TEST_SUITE_P(Backends, CallsOfPrograms, testing::Values("legacy", "nft"),
                         [](const auto& instance) { return instance.param; });

}  // namespace
}  // namespace ferrule::test
