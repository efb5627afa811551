// A process of the namespace with CAP_NET_ADMIN sends whatever it likes to every netlink socket that it finds there, while
// rules are applied and saved. They come out as without it.
#include <gtest/gtest.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <fstream>
#include <iostream>
#include <random>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "ferrule/engine.hpp"
#include "ferrule/text.hpp"
#include "support/netns_fixture.hpp"

namespace ferrule {
namespace {

// The ports of the namespace's NETLINK_NETFILTER sockets.
std::vector<uint32_t> ports() {
  std::vector<uint32_t> out;
  std::ifstream list("/proc/thread-self/net/netlink");
  std::string line;
  std::getline(list, line);
  while (std::getline(list, line)) {
    std::istringstream words(line);
    std::string address;
    int protocol = 0;
    int64_t port = 0;
    words >> address >> protocol >> port;
    if (protocol == NETLINK_NETFILTER && port != 0) out.push_back(static_cast<uint32_t>(port));
  }
  return out;
}

class Flood {
 public:
  explicit Flood(const test::FreshNetns& netns) : thread_([this, &netns] { netns.run([this] { run(); }); }) {}
  ~Flood() {
    ending_ = true;
    thread_.join();
  }
  Flood(const Flood&) = delete;
  Flood& operator=(const Flood&) = delete;
  size_t tried() const { return tried_; }
  size_t arrived() const { return arrived_; }

 private:
  void run() {
    const int file = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
    std::minstd_rand random(1);
    while (!ending_) {
      for (const uint32_t port : ports()) {
        for (int i = 0; i < 50; ++i) {
          std::array<uint32_t, 16> message{};
          for (uint32_t& word : message) word = static_cast<uint32_t>(random());
          message[0] = i % 2 == 0 ? static_cast<uint32_t>(random() % 64) : message[0];
          sockaddr_nl to{};
          to.nl_family = AF_NETLINK;
          to.nl_pid = port;
          ++tried_;
          const ssize_t sent = sendto(file, message.data(), sizeof message, MSG_DONTWAIT,
                                      reinterpret_cast<const sockaddr*>(&to), sizeof to);
          if (sent > 0) ++arrived_;
        }
      }
    }
    close(file);
  }

  std::atomic<bool> ending_ = false;
  std::atomic<size_t> tried_ = 0;
  std::atomic<size_t> arrived_ = 0;
  std::thread thread_;
};

std::string rules(size_t count) {
  std::string text = "*filter\n:work - [0:0]\n";
  for (size_t i = 0; i < count; ++i) {
    text += "-A work -s 10." + std::to_string(i / 250) + "." + std::to_string(i % 250) + ".0/24 -j ACCEPT\n";
  }
  return text + "COMMIT\n";
}

TEST(Flood, OfAPodChangesNothing) {
  const char* full = std::getenv("FERRULE_STRESS_SECONDS");
  const size_t rounds = full == nullptr ? 10 : 200;
  const auto transaction = parse_restore(Family::ipv4, rules(full == nullptr ? 300 : 2000));
  ASSERT_TRUE(transaction);
  const test::FreshNetns netns;
  Context context = Context::agent_in_pod(NetNs::path(netns.path()));
  const Engine engine({.forced_backend = BackendKind::nft});
  std::string expected;
  const auto run = [&] {
    const auto begin = std::chrono::steady_clock::now();
    for (size_t i = 0; i < rounds; ++i) {
      const auto applied = engine.apply(context, *transaction);
      ASSERT_TRUE(applied) << to_string(applied.error());
      const auto saved = engine.snapshot(context, Family::ipv4);
      ASSERT_TRUE(saved) << to_string(saved.error());
      const std::string text = to_save_text(*saved);
      if (expected.empty()) expected = text;
      ASSERT_EQ(text, expected);
    }
    std::cout << std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count() << " s\n";
  };
  run();
  Flood flood(netns);
  while (flood.tried() == 0) {
    // Until it has found a socket.
    ASSERT_TRUE(engine.snapshot(context, Family::ipv4));
  }
  run();
  std::cout << flood.tried() << " messages tried, " << flood.arrived() << " arrived\n";
}

}  // namespace
}  // namespace ferrule
