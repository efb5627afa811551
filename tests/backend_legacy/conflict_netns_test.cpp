// Somebody who does not ask for the lock changes the last table while an earlier, large one is being committed.
#include <gtest/gtest.h>
#include <unistd.h>

#include <sstream>
#include <thread>

#include "backend_legacy/sockopt.hpp"
#include "backend_legacy/transactions.hpp"
#include "backend_legacy/xtables_lock.hpp"

namespace ferrule::legacy {
namespace {

using test::FreshNetns;

class ConflictTest : public testing::TestWithParam<Family> {
 protected:
  void SetUp() override {
    netns_.must(program(GetParam(), "-restore"), "*filter\n:target - [0:0]\n-A INPUT -i eth0\nCOMMIT\n");
    netns_.must(program(GetParam()) + " -t raw -S");
  }

  // Commits a small raw, a large mangle and `filter`. As soon as raw has changed, the intruder appends to FORWARD.
  Result<CommitStats> commit_in_company(std::string_view filter, Existing existing) const {
    std::ostringstream text;
    text << "*raw\n-A OUTPUT -p tcp\nCOMMIT\n*mangle\n";
    for (int i = 0; i < 40000; ++i) text << "-A OUTPUT -p tcp -j ACCEPT\n";
    text << "COMMIT\n*filter\n" << filter << "COMMIT\n";
    const Transaction transaction = restore(GetParam(), text.str(), existing);
    uint32_t before = 0;
    netns_.run([&] { before = XtSocket::open(GetParam())->get_info(TableId::raw)->entry_count; });
    std::thread intruder([this, before] { intrude(before); });
    auto stats = commit_in(netns_, transaction);
    intruder.join();
    return stats;
  }

  std::string rules() const { return netns_.must(program(GetParam()) + " -S"); }

 private:
  void intrude(uint32_t before) const {
    netns_.run([before] {
      const auto socket = XtSocket::open(GetParam());
      while (socket->get_info(TableId::raw)->entry_count == before) std::this_thread::yield();
      LegacyBackend lockless({.path = test::test_lock_path() + ".other", .wait = {}});
      Transaction change = commands(GetParam(), {"-A FORWARD -p udp"});
      EXPECT_TRUE(lockless.commit(change));
      unlink((test::test_lock_path() + ".other").c_str());
    });
  }

  FreshNetns netns_;
};

INSTANTIATE_TEST_SUITE_P(Families, ConflictTest, testing::Values(Family::ipv4, Family::ipv6),
                         [](const auto& family) { return std::string(family_name(family.param)); });

TEST_P(ConflictTest, BothChangesAreThereWhereRulesWereAdded) {
  const auto stats = commit_in_company("-A INPUT -p tcp -j target\n-A OUTPUT -p udp\n", Existing::kKeep);
  ASSERT_TRUE(stats) << to_string(stats.error());
  EXPECT_EQ(stats->retries, 1u);
  EXPECT_EQ(stats->tables, 3u);
  EXPECT_EQ(rules(),
            "-P INPUT ACCEPT\n-P FORWARD ACCEPT\n-P OUTPUT ACCEPT\n-N target\n-A INPUT -i eth0\n"
            "-A INPUT -p tcp -j target\n-A FORWARD -p udp\n-A OUTPUT -p udp\n");
}

TEST_P(ConflictTest, ATableThatWasDescribedIsAsItWasDescribed) {
  const auto stats = commit_in_company(":OUTPUT DROP [0:0]\n:new - [0:0]\n-A INPUT -j new\n", Existing::kReplace);
  ASSERT_TRUE(stats) << to_string(stats.error());
  EXPECT_EQ(stats->retries, 1u);
  EXPECT_EQ(rules(), "-P INPUT ACCEPT\n-P FORWARD ACCEPT\n-P OUTPUT DROP\n-N new\n-A INPUT -j new\n");
}

}  // namespace
}  // namespace ferrule::legacy
