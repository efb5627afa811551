// Covers src/engine/socket_closer.cpp: netlink sockets are closed off the caller's path, soon, and not too many of them
// wait.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>

#include "engine/socket_closer.hpp"
#include "ferrule/engine.hpp"
#include "ferrule/text.hpp"
#include "support/forwarding_system.hpp"
#include "support/netns_fixture.hpp"

namespace ferrule::engine {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

size_t open_sockets() {
  size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    const std::string target = std::filesystem::read_symlink(entry.path(), gone).string();
    if (target.starts_with("socket:")) ++count;
  }
  return count;
}

// How long until no more than `count` are open; gives up after a second.
Clock::duration time_until(size_t count) {
  const Clock::time_point begin = Clock::now();
  while (open_sockets() > count && Clock::now() - begin < 1s) std::this_thread::sleep_for(1ms);
  return Clock::now() - begin;
}

// How long it takes after `fill` at its best: a busy machine may wake the closing thread late, but not five times.
template <typename Fill>
Clock::duration best_time_until(size_t count, Fill fill) {
  Clock::duration best = Clock::duration::max();
  for (int attempt = 0; attempt < 5 && best >= 100ms; ++attempt) {
    fill();
    best = std::min(best, time_until(count));
  }
  return best;
}

netlink::Socket open_socket() {
  auto socket = netlink::Socket::open();
  EXPECT_TRUE(socket) << to_string(socket.error());
  return std::move(*socket);
}

Result<Report> restore(const Engine& engine, const test::FreshNetns& netns, std::string_view text) {
  Context context;
  context.netns = NetNs::fd(netns.fd());
  return engine.apply(context, *parse_restore(Family::ipv4, text));
}

TEST(SocketCloser, ClosesSoon) {
  const size_t before = open_sockets();
  SocketCloser closer;
  const auto take_one = [&] {
    closer.take(open_socket());
    EXPECT_EQ(open_sockets(), before + 1);
  };
  EXPECT_LT(best_time_until(before, take_one), 100ms);
}

TEST(SocketCloser, FlushClosesNow) {
  const size_t before = open_sockets();
  SocketCloser closer;
  closer.flush();
  for (int i = 0; i < 20; ++i) closer.take(open_socket());
  closer.flush();
  EXPECT_EQ(open_sockets(), before);
  EXPECT_LT(best_time_until(before, [&] { closer.take(open_socket()); }), 100ms);
}

TEST(SocketCloser, KeepsNoMoreThanItsShare) {
  const size_t before = open_sockets();
  SocketCloser closer;
  for (size_t i = 0; i < SocketCloser::kMost + 50; ++i) {
    closer.take(open_socket());
    EXPECT_LE(open_sockets(), before + SocketCloser::kMost);
  }
}

class WithoutThreads : public test::ForwardingSystem {
 public:
  WithoutThreads() : ForwardingSystem(kernel::real_system()) {}
  int start_thread(std::thread&, std::function<void()>) override { return EAGAIN; }
};

// It ended the process, after the rules were written.
TEST(SocketCloser, ClosesAtOnceWhereNoThreadCanBeStarted) {
  const size_t before = open_sockets();
  WithoutThreads system;
  SocketCloser closer(SocketCloser::Closing::kLater, system);
  closer.take(open_socket());
  closer.take(open_socket());
  EXPECT_EQ(open_sockets(), before);
  closer.flush();
}

int exit_status_within(pid_t child, std::chrono::seconds time) {
  const auto end = Clock::now() + time;
  int status = 0;
  while (waitpid(child, &status, WNOHANG) == 0) {
    if (Clock::now() >= end) {
      kill(child, SIGKILL);
      waitpid(child, &status, 0);
      return -1;
    }
    std::this_thread::sleep_for(5ms);
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -2;
}

// It waited for ever for a thread that only the parent has.
TEST(SocketCloser, AForkedChildMayDestroyTheEngine) {
  const test::FreshNetns netns;
  auto engine = std::make_unique<Engine>(EngineOptions{.forced_backend = BackendKind::nft});
  ASSERT_TRUE(restore(*engine, netns, "*filter\n-A INPUT -j ACCEPT\nCOMMIT\n"));
  ASSERT_TRUE(restore(*engine, netns, "*filter\n-A INPUT -j DROP\nCOMMIT\n"));
  const pid_t child = fork();
  if (child == 0) {
    engine.reset();
    _exit(7);
  }
  EXPECT_EQ(exit_status_within(child, 10s), 7);
  EXPECT_TRUE(restore(*engine, netns, "*filter\n-A INPUT -j ACCEPT\nCOMMIT\n"));
}

TEST(SocketCloser, ItsThreadHandlesNoSignals) {
  SocketCloser closer;
  closer.take(open_socket());
  size_t threads = 0;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    if (task.path().filename() == std::to_string(getpid())) continue;
    std::ifstream status(task.path() / "status");
    for (std::string line; std::getline(status, line);) {
      if (!line.starts_with("SigBlk:")) continue;
      ++threads;
      // SIGTERM, the 15th, stands for all that can be blocked.
      EXPECT_NE(std::stoull(line.substr(8), nullptr, 16) & 1U << 14, 0U) << line;
    }
  }
  EXPECT_GE(threads, 1U);
}

TEST(SocketCloser, IsDoneWhenItsEngineIsGone) {
  const test::FreshNetns netns;
  const size_t before = open_sockets();
  {
    const Engine engine({.forced_backend = BackendKind::nft});
    ASSERT_TRUE(restore(engine, netns, "*filter\n-A INPUT -j ACCEPT\nCOMMIT\n"));
    ASSERT_TRUE(restore(engine, netns, "*filter\n-A INPUT -j DROP\nCOMMIT\n"));
    EXPECT_EQ(open_sockets(), before + 1);  // the second batch took rules away
  }
  EXPECT_EQ(open_sockets(), before);
}

TEST(SocketCloser, NamespacesAreNotKeptLong) {
  const Engine engine({.forced_backend = BackendKind::nft});
  const size_t before = open_sockets();
  const auto use_many = [&] {
    for (int i = 0; i < 40; ++i) {
      const test::FreshNetns netns;
      ASSERT_TRUE(restore(engine, netns, "*filter\n-A INPUT -j ACCEPT\nCOMMIT\n"));
      ASSERT_TRUE(restore(engine, netns, "*filter\nCOMMIT\n"));
    }
  };
  EXPECT_LT(best_time_until(before, use_many), 100ms);
}

}  // namespace
}  // namespace ferrule::engine
