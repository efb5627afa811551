// Every operation, through iptables-nft-restore in one namespace and through ferrule in another: the same objects in
// the kernel after each step, the same refusals in the same words.
#include <gtest/gtest.h>

#include <vector>

#include "backend_nft/nft_namespaces.hpp"

namespace ferrule::test {
namespace {

struct Step {
  std::string input;
  bool keep_others = true;
};

// What stands between `*filter` and `COMMIT`.
Step filter(const std::string& lines) { return {"*filter\n" + lines + "COMMIT\n"}; }
Step replace_filter(const std::string& lines) { return {"*filter\n" + lines + "COMMIT\n", false}; }

void expect_same_refusal(const std::string& theirs, const Error& ours) {
  SCOPED_TRACE("theirs: " + theirs + "ours: line " + std::to_string(ours.origin.line) + ": " + ours.message);
  EXPECT_NE(theirs.find(ours.message), std::string::npos);
  EXPECT_EQ(ours.origin.file, "input");
  // Of a jump to nowhere iptables-nft-restore names the line of COMMIT, which says less.
  if (theirs.find("' does not exist") != std::string::npos) return;
  const std::string line = std::to_string(ours.origin.line);
  EXPECT_TRUE(theirs.find("line " + line) != std::string::npos || theirs.find("line: " + line) != std::string::npos);
}

class NftOperations : public testing::TestWithParam<Family> {
 protected:
  // Runs the steps in both namespaces.
  void run(const std::vector<Step>& steps) {
    const FreshNetns theirs;
    const FreshNetns ours;
    for (const Step& step : steps) {
      SCOPED_TRACE(step.input);
      std::vector<std::string> argv = {tool(GetParam(), "nft-restore"), "-c"};
      if (step.keep_others) argv.emplace_back("-n");
      const Completed done = theirs.command(argv, step.input);
      const auto result =
          nft_restore(ours, GetParam(), step.input, step.keep_others ? Existing::kKeep : Existing::kReplace);
      EXPECT_EQ(result.has_value(), done.ok()) << done.err << (result ? "" : result.error().message);
      if (!result) expect_same_refusal(done.err, result.error());
      expect_same_nft(theirs, ours, GetParam());
    }
  }
};

TEST_P(NftOperations, Append) {
  run({filter("-A INPUT\n"), filter("-A INPUT -j ACCEPT\n-A OUTPUT -j DROP\n"), filter(":one - [0:0]\n-A one\n"),
       filter("-A INPUT -j one\n-A one -g two\n"), filter(":two - [0:0]\n-A one -j two\n-A INPUT -g one\n")});
}

TEST_P(NftOperations, AppendingDoesNotTouchPolicies) {
  run({filter("-P INPUT DROP\n"), filter("-A INPUT\n"), filter("-F INPUT\n"), filter("-I INPUT\n")});
}

TEST_P(NftOperations, Insert) {
  run({filter("-A INPUT -p 1\n-A INPUT -p 2\n"), filter("-I INPUT -p 3\n"), filter("-I INPUT 1 -p 4\n"),
       filter("-I INPUT 2 -p 5\n"), filter("-I INPUT 5 -p 6\n"), filter("-I INPUT 7 -p 7\n"),
       filter("-I INPUT 9 -p 8\n"), filter("-I OUTPUT 1 -p 9\n"), filter("-I INPUT 3 -p 10\n-I INPUT 3 -p 11\n"),
       filter("-I FORWARD 2 -p 9\n")});
}

TEST_P(NftOperations, Replace) {
  run({filter("-A INPUT -p 1\n-A INPUT -p 2\n-A INPUT -p 3\n"), filter("-R INPUT 2 -p 4 -j ACCEPT\n"),
       filter("-R INPUT 4 -p 5\n"), filter("-R OUTPUT 1 -p 5\n"), filter("-R nowhere 1 -p 5\n"),
       filter("-R INPUT 1 -j nowhere\n"), filter("-R INPUT 1 -p 6\n-R INPUT 3 -p 7\n")});
}

TEST_P(NftOperations, DeleteByNumber) {
  run({filter("-A INPUT -p 1\n-A INPUT -p 2\n-A INPUT -p 3\n"), filter("-D INPUT 2\n"), filter("-D INPUT 3\n"),
       filter("-D INPUT 1\n-D INPUT 1\n"), filter("-D INPUT 1\n"), filter("-D nowhere 1\n"), filter("-D OUTPUT 1\n")});
}

TEST_P(NftOperations, DeleteByRule) {
  run({filter(":one - [0:0]\n-A INPUT -p 1\n-A INPUT -p tcp --dport 5 -m limit --limit 7/min -j one\n"
              "-A INPUT -p 1\n-A INPUT -i + -m comment --comment x -j ACCEPT\n-A INPUT -j NFLOG --nflog-size 5\n"),
       filter("-D INPUT -p 1\n"), filter("-D INPUT -p tcp --dport 6 -m limit --limit 7/min -j one\n"),
       filter("-D INPUT -p tcp --dport 5 -m limit --limit 7/min -j one\n"), filter("-D nowhere -p 1\n"),
       filter("-D INPUT -m comment --comment x -j ACCEPT\n"), filter("-D INPUT -j NFLOG\n"),
       filter("-D INPUT -j NFLOG --nflog-size 5\n"), filter("-D INPUT -p 1\n-A INPUT -p 2\n"),
       filter("-D OUTPUT -p 1\n")});
}

TEST_P(NftOperations, Check) {
  run({filter("-A INPUT -p 1\n"), filter("-C INPUT -p 1\n"), filter("-C INPUT -p 2\n"), filter("-C nowhere -p 1\n"),
       filter("-C OUTPUT -p 1\n")});
}

TEST_P(NftOperations, Flush) {
  run({filter(":one - [0:0]\n-A INPUT\n-A one\n-A OUTPUT\n"), filter("-F one\n"), filter("-F INPUT\n"),
       filter("-F FORWARD\n"), filter("-F nowhere\n"), filter("-A one\n"), filter("-F\n"), filter("-F\n-A INPUT\n")});
}

TEST_P(NftOperations, FlushingNothingMakesNothing) { run({filter("-F\n"), filter("-X\n"), filter("-Z\n")}); }

TEST_P(NftOperations, NewChain) {
  run({filter("-N one\n"), filter("-N one\n"), filter("-N INPUT\n"), filter("-N two\n-A two -j one\n"),
       filter("-N three\n-N three\n"), filter("-N PREROUTING\n-A PREROUTING\n")});
}

TEST_P(NftOperations, DeleteChain) {
  run({filter("-N one\n-N two\n-A two -j one\n"), filter("-X one\n"), filter("-X two\n"), filter("-X nowhere\n"),
       filter("-F two\n-X two\n-X one\n"), filter("-X INPUT\n"), filter("-A INPUT\n"), filter("-X INPUT\n"),
       filter("-F INPUT\n-X INPUT\n"), filter("-P INPUT DROP\n"), filter("-X INPUT\n")});
}

TEST_P(NftOperations, DeleteAllChains) {
  run({filter("-N one\n-N two\n-A two -j one\n-A INPUT\n-A FORWARD\n-A OUTPUT\n"), filter("-X\n"),
       filter("-F two\n-F OUTPUT\n-P FORWARD DROP\n-F FORWARD\n"), filter("-X\n"), filter("-F\n"),
       filter("-N three\n-X\n")});
}

TEST_P(NftOperations, Rename) {
  run({filter("-N one\n-A INPUT -j one\n-A one -p 1\n"), filter("-E one two\n"), filter("-E one three\n"),
       filter("-N three\n"), filter("-E two three\n"), filter("-A two -p 2\n"), filter("-E INPUT mine\n"),
       filter("-A INPUT -p 3\n")});
}

TEST_P(NftOperations, Policy) {
  run({filter("-P INPUT DROP\n"), filter("-P INPUT ACCEPT\n"), filter("-P FORWARD ACCEPT\n"),
       filter("-P nowhere DROP\n"), filter("-P PREROUTING DROP\n"), filter("-A OUTPUT\n"),
       filter("-P OUTPUT DROP\n-A OUTPUT\n")});
}

TEST_P(NftOperations, Zero) {
  run({filter(":INPUT ACCEPT [3:4]\n:one - [0:0]\n-A INPUT -p 1\n-A INPUT -p tcp\n-A one ! -p udp\n-A OUTPUT\n"),
       filter("-Z INPUT\n"), filter("-Z OUTPUT\n"), filter("-Z one\n"), filter("-Z one 7\n"), filter("-Z one 1\n"),
       filter("-Z nowhere\n"), filter("-Z nowhere 1\n"), filter("-Z FORWARD\n"), filter("-Z\n")});
}

TEST_P(NftOperations, Restore) {
  run({replace_filter(":INPUT DROP [5:6]\n:one - [0:0]\n-A INPUT -j one\n-A one -p 1\n"),
       replace_filter(":OUTPUT - [0:0]\n:one - [0:0]\n-A one -p 2\n"),
       filter(":one - [0:0]\n:INPUT ACCEPT [7:8]\n-A one -p 3\n"), filter(":two - [0:0]\n:one - [0:0]\n-A one -p 4\n"),
       replace_filter(":one - [0:0]\n-A one -p 1\n:one - [0:0]\n-A one -p 2\n"), replace_filter("")});
}

TEST_P(NftOperations, SeveralTables) {
  run({{"*mangle\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -j MARK --set-mark 1\nCOMMIT\n*raw\n-A OUTPUT -j "
        "NOTRACK\nCOMMIT\n*nat\n:POSTROUTING ACCEPT [0:0]\n-A POSTROUTING -j MASQUERADE\n-A PREROUTING -p tcp "
        "-j REDIRECT --to-ports 5\n-A INPUT\nCOMMIT\n*security\n-A INPUT -j ACCEPT\nCOMMIT\n*filter\n-A INPUT -j "
        "REJECT\nCOMMIT\n",
        false},
       {"*nat\n-F POSTROUTING\nCOMMIT\n*mangle\nCOMMIT\n", true},
       {"*nat\n:x - [0:0]\nCOMMIT\n*mangle\nCOMMIT\n", false}});
}

TEST_P(NftOperations, RefusedByTheKernel) {
  run({filter("-A INPUT -p 1\n"), filter("-A INPUT -p 2\n-A INPUT -j MASQUERADE\n-A INPUT -p 3\n"),
       filter("-A INPUT -p 4\n-I INPUT 1 -j MASQUERADE\n"), filter("-R INPUT 1 -j MASQUERADE\n"),
       filter("-A INPUT -p 1\n-A INPUT -j OUTPUT\n"), filter("-A INPUT -j QUEUE\n"),
       replace_filter("-A INPUT -p tcp -m tcp --dport 1\n-A INPUT -m multiport --dports 1,2\n"),
       filter("-N one\n-N two\n-A one -j two\n-A INPUT -j one\n"), filter("-A two -j one\n")});
}

TEST_P(NftOperations, RefusedBeforeTheKernelIsAsked) {
  run({filter("-A INPUT -p 1\n-A nowhere -p 2\n"), filter("-A INPUT\n-N one\n-A INPUT -j one\n-A INPUT -p 1 -p 2\n")});
}

INSTANTIATE_TEST_SUITE_P(, NftOperations, testing::ValuesIn(kFamilies),
                         [](const auto& test) { return std::string(family_name(test.param)); });

}  // namespace
}  // namespace ferrule::test
