// Covers src/netns/joined_process.cpp, and what namespace_file.cpp says of owners.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>

#include "netns/joined_process.hpp"
#include "netns/namespace_file.hpp"
#include "support/pod_netns.hpp"

namespace ferrule::netns {
namespace {

using test::PodNetns;
using End = JoinedOutcome::End;

Descriptor file_of(const PodNetns& pod, const char* kind) {
  return Descriptor(open(("/proc/" + std::to_string(pod.pid()) + "/ns/" + kind).c_str(), O_RDONLY | O_CLOEXEC));
}

JoinedOutcome ask(const PodNetns& pod, const std::function<std::string()>& work,
                  std::chrono::milliseconds deadline = std::chrono::seconds(60)) {
  return run_joined(file_of(pod, "user"), file_of(pod, "net"), deadline, work);
}

std::string own_namespaces() {
  std::string out;
  for (const char* kind : {"user", "net"}) {
    out += std::filesystem::read_symlink(std::string("/proc/thread-self/ns/") + kind).string() + " ";
  }
  return out;
}

TEST(JoinedProcess, WorksInsideOfBothNamespacesAndTellsWhatCameOfIt) {
  const PodNetns pod;
  std::string expected;
  for (const char* kind : {"user", "net"}) {
    const Descriptor file = file_of(pod, kind);
    expected += std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(file.get())).string() + " ";
  }
  const std::string before = own_namespaces();
  const JoinedOutcome outcome = ask(pod, [] { return own_namespaces() + std::to_string(geteuid()); });
  EXPECT_EQ(outcome.end, End::done) << outcome.why;
  EXPECT_EQ(outcome.bytes, expected + "0");
  EXPECT_EQ(own_namespaces(), before);
}

TEST(JoinedProcess, HasTheStandardStreamsAndItsPipeOnly) {
  const PodNetns pod;
  const Descriptor other(open("/dev/null", O_RDONLY));
  const JoinedOutcome outcome = ask(pod, [] {
    int extra = 0;
    struct stat status {};
    for (int fd = 3; fd < 1000; ++fd) extra += fstat(fd, &status) == 0 ? 1 : 0;
    return std::to_string(extra);
  });
  EXPECT_EQ(outcome.bytes, "1");
}

TEST(JoinedProcess, LongAnswersComeWhole) {
  const PodNetns pod;
  const JoinedOutcome outcome = ask(pod, [] { return std::string(300000, 'x'); });
  EXPECT_EQ(outcome.end, End::done);
  EXPECT_EQ(outcome.bytes, std::string(300000, 'x'));
}

TEST(JoinedProcess, OneThatDiesSaysSo) {
  const PodNetns pod;
  const JoinedOutcome outcome = ask(pod, []() -> std::string {
    raise(SIGKILL);
    return {};
  });
  EXPECT_EQ(outcome.end, End::died);
  EXPECT_NE(outcome.why.find("signal 9"), std::string::npos) << outcome.why;
}

TEST(JoinedProcess, OneThatHangsIsKilledAtTheDeadline) {
  const PodNetns pod;
  const auto begin = std::chrono::steady_clock::now();
  const JoinedOutcome outcome = ask(
      pod,
      []() -> std::string {
        while (true) pause();
      },
      std::chrono::milliseconds(100));
  EXPECT_EQ(outcome.end, End::timed_out) << outcome.why;
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20));
}

TEST(JoinedProcess, WithoutANamespaceToJoinNothingIsDone) {
  const PodNetns pod;
  const JoinedOutcome outcome = run_joined(file_of(pod, "net"), file_of(pod, "net"), std::chrono::seconds(10),
                                           []() -> std::string { return "done"; });
  EXPECT_EQ(outcome.end, End::not_joined);
  EXPECT_EQ(outcome.bytes, "");
  EXPECT_NE(outcome.why.find("Invalid argument"), std::string::npos) << outcome.why;
}

// A program's own handler must not run in the child, whose memory is a copy.
TEST(JoinedProcess, HandlersOfTheCallerAreGone) {
  const PodNetns pod;
  struct sigaction handler {};
  handler.sa_handler = [](int) { _exit(99); };
  struct sigaction before {};
  sigaction(SIGUSR1, &handler, &before);
  const JoinedOutcome outcome = ask(pod, []() -> std::string {
    struct sigaction now {};
    sigaction(SIGUSR1, nullptr, &now);
    return now.sa_handler == SIG_DFL ? "default" : "handled";
  });
  sigaction(SIGUSR1, &before, nullptr);
  EXPECT_EQ(outcome.bytes, "default");
}

TEST(JoinedProcess, AProgramThatIgnoresItsChildrenGetsTheAnswerToo) {
  const PodNetns pod;
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  struct sigaction before {};
  sigaction(SIGCHLD, &ignore, &before);
  const JoinedOutcome outcome = ask(pod, [] { return std::string("done"); });
  sigaction(SIGCHLD, &before, nullptr);
  EXPECT_EQ(outcome.end, End::done) << outcome.why;
  EXPECT_EQ(outcome.bytes, "done");
}

TEST(ForeignPlace, IsANamespaceOfAnotherOwner) {
  const PodNetns pod;
  EXPECT_FALSE(foreign_place());
  pod.run([] { EXPECT_TRUE(foreign_place()); });
  const test::FreshNetns own;
  own.run([] { EXPECT_FALSE(foreign_place()); });
  const JoinedOutcome inside = ask(pod, [] { return std::string(foreign_place() ? "foreign" : "own"); });
  EXPECT_EQ(inside.bytes, "own");
}

}  // namespace
}  // namespace ferrule::netns
