// Whole sessions with the iptables commands: the same lines through the real ones and through ferrule under the same
// names, on both backends and in both families, must print the same, end the same, and leave the same rules behind.
//
// A session file holds lines for sh(1); an empty line begins a new session in a new namespace, `#` a comment. Lines
// are written for iptables and IPv4, and translated for ip6tables. Files called *_legacy or *_nft are for that backend
// only.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <string>
#include <vector>

#include "oracle/tools.hpp"
#include "support/netns_fixture.hpp"
#include "support/temporary_directory.hpp"

namespace ferrule::test {
namespace {

using Session = std::vector<std::string>;

std::vector<std::string> session_files() {
  std::vector<std::string> names;
  for (const auto& file : std::filesystem::directory_iterator(FERRULE_SOURCE_DIR "/tests/cli/sessions")) {
    if (file.path().extension() == ".session") names.push_back(file.path().stem());
  }
  std::ranges::sort(names);
  return names;
}

std::vector<Session> read_sessions(const std::string& name) {
  std::vector<Session> sessions(1);
  std::ifstream file(FERRULE_SOURCE_DIR "/tests/cli/sessions/" + name + ".session");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with('#')) continue;
    if (!line.empty()) {
      sessions.back().push_back(line);
    } else if (!sessions.back().empty()) {
      sessions.emplace_back();
    }
  }
  return sessions;
}

std::string in_family(std::string line, Family family) {
  if (family == Family::ipv4) return line;
  constexpr std::pair<const char*, const char*> kTranslations[] = {{R"(\biptables)", "ip6tables"},
                                                                   {R"(1\.2\.3\.4)", "2001:db8::1"},
                                                                   {R"(10\.0\.0\.0/8)", "2001:db8::/32"},
                                                                   {R"(10\.1\.2\.3)", "fe80::1"},
                                                                   {R"(255\.255\.255\.0)", "ffff::"},
                                                                   {R"(0\.0\.0\.0/0)", "::/0"},
                                                                   {"icmp ", "icmpv6 "}};
  for (const auto& [from, to] : kTranslations) line = std::regex_replace(line, std::regex(from), to);
  return line;
}

// The commands of one side, first in $PATH.
class Side {
 public:
  Side(const std::string& program, Flavour flavour) : backend_(flavour == Flavour::nft ? "nft" : "legacy") {
    for (const char* family : {"iptables", "ip6tables"}) {
      for (const char* tool : {"", "-save", "-restore"}) commands_.link(std::string(family) + tool, program);
    }
    for (const std::string multi : {"xtables-legacy-multi", "xtables-nft-multi"}) {
      commands_.link(multi, program == FERRULE_COMMAND ? program : "/usr/sbin/" + multi);
    }
  }

  // What it printed and how it ended, less what differs from one run to the next.
  std::string run(const std::string& line) const {
    const Completed done =
        netns_.command({"/usr/bin/env", "PATH=" + commands_.path() + ":/usr/sbin:/usr/bin:/sbin:/bin",
                        "FERRULE_BACKEND=" + backend_, "/bin/sh", "-c", line});
    const std::string text = std::to_string(done.exit_status) + "\n" + done.out + "--\n" + done.err;
    return std::regex_replace(text, std::regex(" on [A-Z][a-z]{2} [A-Z][a-z]{2} .*"), "");
  }

  const FreshNetns& netns() const { return netns_; }

 private:
  FreshNetns netns_;
  TemporaryDirectory commands_;
  std::string backend_;
};

// Tables that the real legacy commands made by looking at them.
std::string without_untouched_tables(const std::string& text) {
  return std::regex_replace(text, std::regex("\\*\\w+\n(:[A-Z]+ ACCEPT \\[0:0\\]\n)+COMMIT\n"), "");
}

class Sessions : public testing::TestWithParam<std::tuple<std::string, Target>> {};

TEST_P(Sessions, AreAsWithTheRealCommands) {
  const auto& [file, target] = GetParam();
  if (file.ends_with("_legacy") && target.flavour == Flavour::nft) GTEST_SKIP() << "of legacy tables only";
  if (file.ends_with("_nft") && target.flavour == Flavour::legacy) GTEST_SKIP() << "of nf_tables only";
  const std::string multi =
      target.flavour == Flavour::nft ? "/usr/sbin/xtables-nft-multi" : "/usr/sbin/xtables-legacy-multi";
  for (const Session& session : read_sessions(file)) {
    const Side theirs(multi, target.flavour);
    const Side ours(FERRULE_COMMAND, target.flavour);
    for (const std::string& written : session) {
      const std::string line = in_family(written, target.family);
      EXPECT_EQ(theirs.run(line), ours.run(line)) << line;
    }
    EXPECT_EQ(without_untouched_tables(real_save(theirs.netns(), target, {"-c"})),
              without_untouched_tables(real_save(ours.netns(), target, {"-c"})))
        << "after: " << (session.empty() ? "" : session.back());
  }
}

INSTANTIATE_TEST_SUITE_P(All, Sessions,
                         testing::Combine(testing::ValuesIn(session_files()), testing::ValuesIn(kTargets)),
                         [](const auto& test) {
                           return std::get<0>(test.param) + "_" + target_name(std::get<1>(test.param));
                         });

// iptables overlooks sets in silence; here the same is shown, and on standard error what it hides.
TEST(Listing, ShowsRulesThatLookUpSetsAsTheRealOneDoes) {
  const Side theirs("/usr/sbin/xtables-nft-multi", Flavour::nft);
  const Side ours(FERRULE_COMMAND, Flavour::nft);
  const auto shown = [](const std::string& text) { return text.substr(0, text.find("--\n")); };
  for (const Side* side : {&theirs, &ours}) {
    side->run(
        "iptables -A INPUT -s 1.1.1.1 -j ACCEPT; iptables -N foo; for rule in 'tcp dport { 22, 80 } jump foo' "
        "'ip saddr 2.2.2.2 accept' 'iifname { \"a\", \"b\" } drop'; do nft add rule ip filter INPUT $rule; done; "
        "iptables -A INPUT -s 3.3.3.3 -j ACCEPT");
  }
  for (const std::string line : {"iptables -S", "iptables -nvL --line-numbers", "iptables -S INPUT 2",
                                 "iptables -L INPUT 4", "iptables-save -c"}) {
    EXPECT_EQ(shown(theirs.run(line)), shown(ours.run(line))) << line;
  }
  EXPECT_TRUE(ours.run("iptables -S")
                  .ends_with("--\n# Warning: rule 2 of chain `INPUT' in table `filter' matches less than is shown: it "
                             "looks up the set "
                             "`__set0'\n# Warning: rule 4 of chain `INPUT' in table `filter' matches less than is "
                             "shown: it looks up the set "
                             "`__set1'\n"))
      << ours.run("iptables -S");
}

TEST(Xml, IsAsWithTheRealCommand) {
  const std::string text =
      "# Generated by iptables-save v1.8.9 --x\n*filter\n:INPUT ACCEPT [5:6]\n:FORWARD DROP [1:2]\n:OUTPUT ACCEPT\n"
      ":foo - [0:0]\n:unused - [0:0]\n[1:2] -A INPUT -p tcp --syn --tcp-flags SYN,ACK SYN -m multiport --dports 1,2:3 "
      "-j foo\n"
      "[3:4] -A INPUT -p tcp --syn --tcp-flags SYN,ACK SYN -m multiport --dports 1,2:3 -j LOG\n"
      "-A INPUT -p tcp --syn --tcp-flags SYN,ACK SYN -m multiport --dports 1,2:3 -j ACCEPT\n"
      "-A INPUT -p tcp --syn --tcp-flags SYN,ACK SYN -m multiport --dports 1,2:3 -j DROP\n"
      "-A foo -s ! 1.2.3.4 ! -d 5.6.7.8 -j MARK --set-xmark 0x1/0xffffffff\n-A foo -j A\n-A foo -j B\n"
      "-A OUTPUT -m comment --comment \"a <b> & \\\"c\\\" 'd'\" -g foo\n-A OUTPUT -m conntrack ! --ctstate NEW -j "
      "RETURN\n"
      "-A missing -j LOG\nCOMMIT\n# Completed\n*nat\n:PREROUTING ACCEPT [0:0]\nCOMMIT\n";
  const std::vector<std::string> inputs = {text,
                                           "",
                                           "garbage\n",
                                           "*filter\n",
                                           "*\n",
                                           "*filter\n:\n",
                                           "*filter\n:INPUT\n",
                                           "*filter\n[1:2 -A INPUT\n",
                                           "*filter\n-I INPUT -j X\n",
                                           "*filter\n:I - [7\n*nat\nCOMMIT\nCOMMIT\n"};
  for (const std::string& input : inputs) {
    for (const std::string options : {"", "-c", "-v", "--verb --comb", "-vcZ", "-h", "a b", "/nowhere"}) {
      const auto run = [&](const std::string& program) {
        std::string line = "exec -a iptables-xml ";
        line.append(program).append(" ").append(options);
        const Completed done = run_program({"/bin/bash", "-c", line}, input);
        return std::to_string(done.exit_status) + "\n" + done.out + "--\n" + done.err;
      };
      EXPECT_EQ(run("/usr/sbin/xtables-legacy-multi"), run(FERRULE_COMMAND)) << options << ": " << input;
    }
  }
}

}  // namespace
}  // namespace ferrule::test
