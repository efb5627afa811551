// Covers src/backend_exec/process.cpp and spawn.cpp: what a program gets, what comes back, and what is left behind.
#include "backend_exec/process.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <functional>
#include <thread>

#include "support/temporary_directory.hpp"

namespace ferrule::exec {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

Invocation shell(const std::string& script) {
  return {.path = "/bin/sh",
          .argv = {"sh", "-c", script},
          .environment = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin"},
          .deadline = std::chrono::seconds(20)};
}

Outcome must_run(const Invocation& invocation) {
  auto done = run(invocation);
  EXPECT_TRUE(done) << to_string(done.error());
  return done ? *std::move(done) : Outcome{.status = -1};
}

// Calls `check` in a process of its own, whose descriptors and signals it may spoil. True when `check` is.
bool in_forked_process(const std::function<bool()>& check) {
  const pid_t child = fork();
  if (child == 0) _exit(check() ? 0 : 1);
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool is_running(pid_t pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string number, name, state;
  return stat >> number >> name >> state && state != "Z" && state != "X";
}

TEST(Process, GivesBackStreamsAndStatus) {
  const Outcome done = must_run(shell("echo out; echo err >&2; exit 7"));
  EXPECT_EQ(done.end, Outcome::End::exited);
  EXPECT_EQ(done.status, 7);
  EXPECT_EQ(done.output, "out\n");
  EXPECT_EQ(done.error, "err\n");
  EXPECT_FALSE(done.ok());
}

TEST(Process, SaysWhichSignalEndedIt) {
  const Outcome done = must_run(shell("kill -SEGV $$"));
  EXPECT_EQ(done.end, Outcome::End::signaled);
  EXPECT_EQ(done.status, SIGSEGV);
}

TEST(Process, PassesArgumentsAndEnvironmentAsTheyAre) {
  Invocation invocation{.path = "/usr/bin/env", .argv = {"env"}, .environment = {"LC_ALL=C", "A=b c"}};
  EXPECT_EQ(must_run(invocation).output, "LC_ALL=C\nA=b c\n");
  invocation = {.path = "/bin/sh", .argv = {"sh", "-c", R"(printf '<%s>' "$@")", "x", "", "a b", "$HOME;`id`"}};
  EXPECT_EQ(must_run(invocation).output, "<><a b><$HOME;`id`>");
}

TEST(Process, MovesAMebibyteBothWays) {
  std::string text(size_t{1} << 20, 'x');
  text.back() = 'y';
  Invocation invocation = shell("cat");
  invocation.input = text;
  EXPECT_EQ(must_run(invocation).output, text);
}

TEST(Process, ProgramMayLeaveItsInputUnread) {
  ASSERT_EQ(signal(SIGPIPE, SIG_DFL), SIG_DFL);
  const std::string text(size_t{1} << 20, 'x');
  Invocation invocation = shell("exec 0<&-; echo done");
  invocation.input = text;
  EXPECT_EQ(must_run(invocation).output, "done\n");
  sigset_t pending;
  sigpending(&pending);
  EXPECT_EQ(sigismember(&pending, SIGPIPE), 0);
}

TEST(Process, KeepsOutputWithinTheLimit) {
  Invocation invocation = shell("head -c 100000 /dev/zero; echo end >&2");
  invocation.output_limit = 10;
  const Outcome done = must_run(invocation);
  EXPECT_TRUE(done.ok());
  EXPECT_EQ(done.output, std::string(10, '\0'));
  EXPECT_TRUE(done.output_cut);
  EXPECT_EQ(done.error, "end\n");
}

TEST(Process, DeadlineKillsGrandchildrenToo) {
  Invocation invocation = shell("sleep 1000 & echo $!; wait");
  invocation.deadline = milliseconds(300);
  const auto begin = steady_clock::now();
  const Outcome done = must_run(invocation);
  EXPECT_EQ(done.end, Outcome::End::timed_out);
  EXPECT_LT(steady_clock::now() - begin, std::chrono::seconds(10));
  const pid_t grandchild = std::stoi(done.output);
  for (int i = 0; i < 500 && is_running(grandchild); ++i) std::this_thread::sleep_for(milliseconds(10));
  EXPECT_FALSE(is_running(grandchild));
}

TEST(Process, DeadlineHoldsAgainstEndlessOutput) {
  Invocation invocation = shell("exec yes");
  invocation.deadline = milliseconds(200);
  invocation.output_limit = 100;
  const auto begin = steady_clock::now();
  EXPECT_EQ(must_run(invocation).end, Outcome::End::timed_out);
  EXPECT_LT(steady_clock::now() - begin, std::chrono::seconds(10));
}

TEST(Process, DoesNotWaitForWhatItsChildrenKeepOpen) {
  const auto begin = steady_clock::now();
  const Outcome done = must_run(shell("sleep 15 & echo $!"));
  EXPECT_LT(steady_clock::now() - begin, std::chrono::seconds(10));
  kill(std::stoi(done.output), SIGKILL);
}

TEST(Process, ProgramHasNoOtherDescriptors) {
  const int leaky = open("/dev/null", O_RDONLY);  // no O_CLOEXEC, on purpose
  const int high = fcntl(leaky, F_DUPFD, 200);
  EXPECT_EQ(must_run(shell("cd /proc/$$/fd && echo *")).output.substr(0, 5), "0 1 2");
  EXPECT_EQ(must_run(shell("for f in /proc/$$/fd/*; do readlink $f; done | grep -c null")).output, "0\n");
  close(leaky);
  close(high);
}

TEST(Process, ProgramHasDefaultSignals) {
  sigset_t terminate;
  sigemptyset(&terminate);
  sigaddset(&terminate, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &terminate, nullptr);
  signal(SIGHUP, SIG_IGN);
  const Outcome terminated = must_run(shell("kill -TERM $$; echo alive"));
  const Outcome hung_up = must_run(shell("kill -HUP $$; echo alive"));
  pthread_sigmask(SIG_UNBLOCK, &terminate, nullptr);
  signal(SIGHUP, SIG_DFL);
  EXPECT_EQ(terminated.end, Outcome::End::signaled);
  EXPECT_EQ(terminated.status, SIGTERM);
  EXPECT_EQ(hung_up.status, SIGHUP);
}

TEST(Process, WorksWithClosedStandardStreams) {
  for (int closed = 1; closed < 8; ++closed) {
    SCOPED_TRACE(closed);
    EXPECT_TRUE(in_forked_process([&] {
      for (int stream = 0; stream < 3; ++stream) {
        if ((closed >> stream & 1) != 0) close(stream);
      }
      Invocation invocation = shell("cat; echo err >&2");
      invocation.input = "in";
      const auto done = run(invocation);
      return done && done->ok() && done->output == "in" && done->error == "err\n";
    }));
  }
}

TEST(Process, WorksBeyondThousandDescriptors) {
  EXPECT_TRUE(in_forked_process([] {
    const rlimit limit{4096, 4096};
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0) return false;
    int last = 0;
    while (last < 1500) last = open("/dev/null", O_RDONLY | O_CLOEXEC);
    Invocation invocation = shell("cat");
    invocation.input = "in";
    const auto done = run(invocation);
    return done && done->output == "in";
  }));
}

TEST(Process, SaysWhyAProgramCannotStart) {
  const test::TemporaryDirectory directory;
  directory.write("text", "no program\n", 0755);
  directory.write("forbidden", "#!/bin/sh\n", 0644);
  directory.write("orphan", "#!/nonexistent/interpreter\n", 0755);
  struct Case {
    std::string path;
    int error;
    Code code;
  };
  const Case cases[] = {{directory.path("missing"), ENOENT, Code::kSystem},
                        {directory.path("text"), ENOEXEC, Code::kSystem},
                        {directory.path("forbidden"), EACCES, Code::kPermission},
                        {directory.path("orphan"), ENOENT, Code::kSystem},
                        {directory.path(""), EACCES, Code::kPermission}};
  for (const Case& c : cases) {
    SCOPED_TRACE(c.path);
    const auto done = run({.path = c.path, .argv = {"x"}});
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().errno_value, c.error);
    EXPECT_EQ(done.error().code, c.code);
    EXPECT_NE(done.error().message.find(c.path), std::string::npos);
  }
}

TEST(Process, NeedsToSeeItsChildrenEnd) {
  EXPECT_TRUE(in_forked_process([] {
    signal(SIGCHLD, SIG_IGN);
    const auto done = run(shell("exit 0"));
    return !done && done.error().code == Code::kSystem;
  }));
}

TEST(Process, ManyThreadsAtOnceLeaveNothingBehind) {
  const auto descriptors = [] {
    int count = 0;
    for (int fd = 0; fd < 1024; ++fd) count += fcntl(fd, F_GETFD) >= 0 ? 1 : 0;
    return count;
  };
  const int before = descriptors();
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([t] {
      for (int i = 0; i < 20; ++i) {
        const std::string text = std::to_string(t) + "/" + std::to_string(i);
        Invocation invocation = shell("cat; exit " + std::to_string(t));
        invocation.input = text;
        const Outcome done = must_run(invocation);
        EXPECT_EQ(done.output, text);
        EXPECT_EQ(done.status, t);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(descriptors(), before);
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
}

}  // namespace
}  // namespace ferrule::exec
