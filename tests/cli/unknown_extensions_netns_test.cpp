// Rules with extensions that are not known here: every way into ferrule hands them to a binary that knows them, and
// without one says which rule it is.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <vector>

#include "ferrule/ferrule.h"
#include "oracle/tools.hpp"
#include "support/netns_fixture.hpp"
#include "support/temporary_directory.hpp"

namespace ferrule::test {
namespace {

// A *-restore that also knows a match with an option, a target with one and a target without, whose rules it writes in
// words that the kernel here understands.
class KnowingBinary {
 public:
  explicit KnowingBinary(Target target) {
    const std::string family = target.family == Family::ipv4 ? "iptables" : "ip6tables";
    const std::string name = family + "-" + std::string(flavour_name(target.flavour)) + "-restore";
    files_.write("bin/" + name,
                 "#!/bin/sh\n"
                 "[ \"$*\" = --version ] && exec /usr/sbin/" +
                     name +
                     " --version\n"
                     "echo run >>" +
                     files_.path("runs") +
                     "\n"
                     "/bin/sed -e 's/-m geo --land \\([A-Z]*\\)/-m comment --comment \\1/' "
                     "-e 's/-j STICK --for 5/-j DROP/' -e 's/-j TARPIT/-j DROP/' | /usr/sbin/" +
                     name + " \"$@\"\n",
                 0755);
  }

  std::string directory() const { return files_.path("bin"); }
  int runs() const {
    std::ifstream stream(files_.path("runs"));
    int count = 0;
    for (std::string line; std::getline(stream, line);) ++count;
    return count;
  }

 private:
  TemporaryDirectory files_;
};

std::string name_of(Target target, std::string_view tool = "") {
  return std::string(target.family == Family::ipv4 ? "iptables" : "ip6tables") + std::string(tool);
}

// `ferrule WORDS…`, with nothing but `directory` in its search path.
Completed ours(const FreshNetns& netns, Target target, const std::string& directory, std::vector<std::string> words,
               std::string_view input = {}) {
  std::vector<std::string> argv = {"/usr/bin/env", "PATH=" + directory,
                                   "FERRULE_BACKEND=" + std::string(flavour_name(target.flavour)), FERRULE_COMMAND};
  argv.insert(argv.end(), words.begin(), words.end());
  return netns.command(argv, input);
}

constexpr const char* kUnknown[] = {"-m geo --land DE -j ACCEPT", "-p tcp -j STICK --for 5", "-s ::/0 -j TARPIT"};

std::string words_of(Target target, std::string rule) {
  const size_t any = rule.find("::/0");
  if (any != std::string::npos && target.family == Family::ipv4) rule.replace(any, 4, "0.0.0.0/0");
  return rule;
}

std::vector<std::string> split(const std::string& line) {
  std::vector<std::string> out;
  for (size_t at = 0; at < line.size();) {
    const size_t end = std::min(line.find(' ', at), line.size());
    out.push_back(line.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

class UnknownExtensions : public ::testing::TestWithParam<Target> {
 protected:
  Target target() const { return GetParam(); }
  // What is expected of all rules of kUnknown, appended one after the other.
  std::string expected() const {
    const FreshNetns netns;
    const Completed done = real_restore(
        netns, target(),
        "*filter\n-A INPUT -m comment --comment DE -j ACCEPT\n-A INPUT -p tcp -j DROP\n-A INPUT -j DROP\nCOMMIT\n",
        {"--noflush"});
    EXPECT_TRUE(done.ok()) << done.err;
    return real_save(netns, target());
  }
};

TEST_P(UnknownExtensions, ApplyHandsThemToABinary) {
  const FreshNetns netns;
  const KnowingBinary binary(target());
  for (const char* rule : kUnknown) {
    const Completed done = ours(netns, target(), binary.directory(),
                                {"apply", "--noflush", "--" + std::string(family_name(target().family)), "-"},
                                "*filter\n-A INPUT " + words_of(target(), rule) + "\nCOMMIT\n");
    EXPECT_TRUE(done.ok()) << done.err;
    EXPECT_NE(done.out.find("(spawned)"), std::string::npos) << done.out;
  }
  EXPECT_EQ(real_save(netns, target()), expected());
  EXPECT_EQ(binary.runs(), 3) << "one process each";
}

TEST_P(UnknownExtensions, StandInsHandThemToABinary) {
  const FreshNetns by_command;
  const FreshNetns by_restore;
  const KnowingBinary binary(target());
  for (const char* rule : kUnknown) {
    std::vector<std::string> words = {name_of(target()), "-A", "INPUT"};
    for (const std::string& word : split(words_of(target(), rule))) words.push_back(word);
    const Completed done = ours(by_command, target(), binary.directory(), words);
    EXPECT_TRUE(done.ok()) << done.err;
    const Completed restored = ours(by_restore, target(), binary.directory(), {name_of(target(), "-restore"), "-n"},
                                    "*filter\n-A INPUT " + words_of(target(), rule) + "\nCOMMIT\n");
    EXPECT_TRUE(restored.ok()) << restored.err;
  }
  EXPECT_EQ(real_save(by_command, target()), expected());
  EXPECT_EQ(real_save(by_restore, target()), expected());
  // They are found, and deleted, in the same way.
  for (const char* verb : {"-C", "-D"}) {
    for (const char* rule : {kUnknown[0], kUnknown[1]}) {
      std::vector<std::string> words = {name_of(target()), verb, "INPUT"};
      for (const std::string& word : split(rule)) words.push_back(word);
      const Completed done = ours(by_command, target(), binary.directory(), words);
      EXPECT_TRUE(done.ok()) << verb << " " << rule << ": " << done.err;
    }
  }
  EXPECT_EQ(by_command.must(name_of(target()) + "-" + std::string(flavour_name(target().flavour)) + " -S INPUT"),
            "-P INPUT ACCEPT\n-A INPUT -j DROP\n");
}

TEST_P(UnknownExtensions, AChainThatIsNotThereIsNoTargetOfABinary) {
  const FreshNetns netns;
  for (const char* how : {"--dry-run", "--noflush"}) {
    const Completed done = ours(netns, target(), "/usr/sbin:/usr/bin:/bin",
                                {"apply", how, "--" + std::string(family_name(target().family)), "-"},
                                "*filter\n-A INPUT -j missing\nCOMMIT\n");
    EXPECT_EQ(done.exit_status, 2) << how;
    EXPECT_EQ(done.err, "<stdin>:2: Chain 'missing' does not exist (table filter)\n") << how;
  }
}

// What many programs do before they begin: no process for that, unless there is a target of this name.
TEST_P(UnknownExtensions, DeletingWhatJumpsToAMissingChainAsksNoBinary) {
  const FreshNetns netns;
  const KnowingBinary binary(target());
  const std::string real = name_of(target()) + "-" + std::string(flavour_name(target().flavour));
  netns.must(real + " -A INPUT -j REJECT");
  for (const char* verb : {"-C", "-D"}) {
    const Completed expected = netns.command({real, verb, "INPUT", "-j", "missing"});
    const Completed done =
        ours(netns, target(), binary.directory(), {name_of(target()), verb, "INPUT", "-j", "missing"});
    EXPECT_EQ(done.exit_status, expected.exit_status);
    EXPECT_EQ(done.err, expected.err);
  }
  EXPECT_EQ(binary.runs(), 0);
  EXPECT_FALSE(ours(netns, target(), binary.directory(), {name_of(target()), "-D", "INPUT", "-g", "REJECT"}).ok());
  EXPECT_EQ(binary.runs(), 1);
}

// The binary is told of -w, in whatever form.
TEST(UnknownExtensionsAndTheLock, IsWaitedForAsLongAsTheCommandSays) {
  const Target target{Family::ipv4, Flavour::legacy};
  const FreshNetns netns;
  const KnowingBinary binary(target);
  const TemporaryDirectory files;
  const std::string lock = files.path("lock");
  const int fd = open(lock.c_str(), O_RDONLY | O_CREAT | O_CLOEXEC, 0600);
  ASSERT_EQ(flock(fd, LOCK_EX), 0);
  for (const std::vector<std::string>& wait : {std::vector<std::string>{"-w", "1"}, {"-w1"}, {"--wait=1"}}) {
    std::vector<std::string> argv = {"/usr/bin/timeout",
                                     "20",
                                     "/usr/bin/env",
                                     "XTABLES_LOCKFILE=" + lock,
                                     "PATH=" + binary.directory(),
                                     "FERRULE_BACKEND=legacy",
                                     FERRULE_COMMAND,
                                     "iptables",
                                     "-A",
                                     "INPUT",
                                     "-m",
                                     "geo",
                                     "--land",
                                     "DE"};
    argv.insert(argv.end(), wait.begin(), wait.end());
    const Completed done = netns.command(argv);
    EXPECT_EQ(done.exit_status, 4) << wait[0] << ": " << done.err;
    EXPECT_NE(done.err.find("xtables lock"), std::string::npos) << done.err;
  }
  close(fd);
}

TEST_P(UnknownExtensions, WithoutABinaryApplyNamesTheLine) {
  const FreshNetns netns;
  const std::string family(family_name(target().family));
  const Completed done = ours(netns, target(), "/nonexistent", {"apply", "--" + family, "-"},
                              "*filter\n-A INPUT -j ACCEPT\n-A INPUT -m geo --land DE -j ACCEPT\nCOMMIT\n");
  EXPECT_EQ(done.exit_status, 2);
  EXPECT_TRUE(done.err.starts_with("<stdin>:3: match `geo' is not known here")) << done.err;
  EXPECT_NE(done.err.find("/nonexistent"), std::string::npos) << done.err;
  EXPECT_EQ(real_save(netns, target()), "");
}

TEST_P(UnknownExtensions, WithoutABinaryStandInsSayWhatIptablesSays) {
  const FreshNetns theirs;
  const FreshNetns mine;
  const std::string real = name_of(target()) + "-" + std::string(flavour_name(target().flavour));
  for (const char* rule : kUnknown) {
    const std::vector<std::string> words = split("-A INPUT " + words_of(target(), rule));
    std::vector<std::string> expected_words = {real};
    std::vector<std::string> own_words = {name_of(target())};
    expected_words.insert(expected_words.end(), words.begin(), words.end());
    own_words.insert(own_words.end(), words.begin(), words.end());
    const Completed expected = theirs.command(expected_words);
    const Completed done = ours(mine, target(), "/nonexistent", own_words);
    EXPECT_EQ(done.exit_status, expected.exit_status) << rule;
    EXPECT_EQ(done.err, expected.err) << rule;
  }
  const std::string text = "*filter\n-A INPUT -j ACCEPT\n-A INPUT -m geo --land DE -j ACCEPT\nCOMMIT\n";
  const Completed done = ours(mine, target(), "/nonexistent", {name_of(target(), "-restore")}, text);
  EXPECT_EQ(done.exit_status, 2);
  EXPECT_NE(done.err.find("Couldn't load match `geo':No such file or directory\n\nError occurred at line: 3\n"),
            std::string::npos)
      << done.err;
  EXPECT_EQ(real_save(mine, target()), real_save(theirs, target()));
}

INSTANTIATE_TEST_SUITE_P(All, UnknownExtensions, ::testing::ValuesIn(kTargets),
                         [](const auto& test) { return target_name(test.param); });

// The library looks in the usual places, where there is a binary that does not know the rule either.
TEST(CUnknownExtensions, ComeBackFromTheBinaryWithTheirLine) {
  const FreshNetns netns;
  ferrule_engine* engine = ferrule_engine_new(FERRULE_BACKEND_NFT);
  char* error = nullptr;
  EXPECT_NE(ferrule_apply(engine, netns.path().c_str(), "*filter\n-A INPUT -m geo --land DE -j ACCEPT\nCOMMIT\n",
                          nullptr, 0, &error),
            FERRULE_OK);
  ferrule_engine_free(engine);
  const std::string said = error == nullptr ? "" : error;
  ferrule_string_free(error);
  EXPECT_NE(said.find("<ipv4>:2: Couldn't load match `geo'"), std::string::npos) << said;
}

}  // namespace
}  // namespace ferrule::test
