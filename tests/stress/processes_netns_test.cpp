// Eight processes of ferrule under iptables' names and eight of the real iptables work in one namespace at once: each
// appends rules of its own and deletes every second of them again. Nothing is lost, nothing is doubled, and every
// command that fails says that the lock or the rules were busy.
#include <gtest/gtest.h>

#include <iostream>
#include <map>
#include <mutex>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "stress/duration.hpp"
#include "support/netns_fixture.hpp"
#include "support/temporary_directory.hpp"

namespace ferrule {
namespace {

constexpr unsigned kOfEach = 8;

// One program that adds and deletes rules, and what should be there when it has ended.
class Writer {
 public:
  Writer(const test::FreshNetns& netns, std::vector<std::string> program, unsigned number)
      : netns_(netns), program_(std::move(program)), number_(number) {}

  void run(std::chrono::steady_clock::time_point end) {
    for (unsigned i = 0; std::chrono::steady_clock::now() < end; ++i) {
      const std::string comment = "w" + std::to_string(number_) + "-" + std::to_string(i);
      if (!command("-A", comment)) continue;
      if (i % 2 == 0) {
        expected_.insert(comment);
      } else if (!command("-D", comment)) {
        expected_.insert(comment);
      }
    }
  }

  const std::set<std::string>& expected() const { return expected_; }
  const std::map<std::string, size_t>& errors() const { return errors_; }
  size_t done() const { return done_; }

 private:
  bool command(const std::string& verb, const std::string& comment) {
    std::vector<std::string> words = program_;
    for (const char* word :
         {"-w", verb.c_str(), "INPUT", "-m", "comment", "--comment", comment.c_str(), "-j", "ACCEPT"})
      words.emplace_back(word);
    const test::Completed completed = netns_.command(words);
    if (completed.ok()) {
      ++done_;
      return true;
    }
    ++errors_[std::to_string(completed.exit_status) + ": " + completed.err];
    return false;
  }

  const test::FreshNetns& netns_;
  std::vector<std::string> program_;
  unsigned number_;
  std::set<std::string> expected_;
  std::map<std::string, size_t> errors_;
  size_t done_ = 0;
};

std::multiset<std::string> comments_in(const std::string& rules) {
  std::multiset<std::string> found;
  std::istringstream lines(rules);
  for (std::string line; std::getline(lines, line);) {
    constexpr std::string_view kKey = "--comment ";
    const size_t at = line.find(kKey);
    if (at == std::string::npos) continue;
    const size_t begin = at + kKey.size();
    found.insert(line.substr(begin, line.find(' ', begin) - begin));
  }
  return found;
}

class StressOfProcesses : public testing::TestWithParam<const char*> {};

INSTANTIATE_TEST_SUITE_P(Backends, StressOfProcesses, testing::Values("legacy", "nft"),
                         [](const auto& tested) { return std::string(tested.param); });

TEST_P(StressOfProcesses, NothingIsLostOrDoubledBesideTheRealTool) {
  const test::FreshNetns netns;
  const std::string tool = std::string("iptables-") + GetParam();
  const auto end = std::chrono::steady_clock::now() + test::stress_duration();
  std::vector<Writer> writers;
  for (unsigned i = 0; i < 2 * kOfEach; ++i) {
    std::vector<std::string> program = {tool};
    if (i % 2 == 0) program.insert(program.begin(), FERRULE_COMMAND);
    writers.emplace_back(netns, program, i);
  }
  {
    std::vector<std::jthread> threads;
    for (Writer& writer : writers) threads.emplace_back([&] { writer.run(end); });
  }
  std::multiset<std::string> expected;
  std::map<std::string, size_t> errors;
  size_t done = 0;
  for (const Writer& writer : writers) {
    expected.insert(writer.expected().begin(), writer.expected().end());
    for (const auto& [error, count] : writer.errors()) errors[error] += count;
    done += writer.done();
  }
  for (const auto& [error, count] : errors) {
    const bool is_busy = error.starts_with("4: ");
    EXPECT_TRUE(is_busy) << count << " times " << error;
    std::cout << count << " times " << error;
  }
  std::cout << tool << ": " << done << " commands done, " << expected.size() << " rules left\n";
  EXPECT_EQ(comments_in(netns.must(tool + " -S INPUT")), expected);
}

}  // namespace
}  // namespace ferrule
