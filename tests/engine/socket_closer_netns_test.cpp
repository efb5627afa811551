// Covers src/engine/socket_closer.cpp: netlink sockets are closed off the caller's path, soon, and not too many of them
// wait.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <string>
#include <thread>

#include "engine/socket_closer.hpp"
#include "ferrule/engine.hpp"
#include "ferrule/text.hpp"
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
