#include "backend_legacy/xtables_lock.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <thread>

namespace ferrule::legacy {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

class XtablesLockTest : public testing::Test {
 protected:
  XtablesLockTest() {
    char name[] = "/tmp/ferrule-lock-XXXXXX";
    directory_ = mkdtemp(name);
    path_ = directory_ + "/xtables.lock";
  }
  ~XtablesLockTest() override {
    unlink(path_.c_str());
    rmdir(directory_.c_str());
  }
  LockOptions options(std::optional<milliseconds> wait) const { return {.path = path_, .wait = wait}; }

  std::string directory_;
  std::string path_;
};

TEST_F(XtablesLockTest, MakesAFileThatOnlyItsOwnerMayRead) {
  const auto lock = XtablesLock::acquire(options({}));
  ASSERT_TRUE(lock) << to_string(lock.error());
  struct stat status {};
  ASSERT_EQ(stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600u);
}

TEST_F(XtablesLockTest, KeepsOthersOutUntilItIsGone) {
  {
    const auto lock = XtablesLock::acquire(options(milliseconds(0)));
    ASSERT_TRUE(lock);
    const int other = open(path_.c_str(), O_RDONLY | O_CLOEXEC);
    EXPECT_NE(flock(other, LOCK_EX | LOCK_NB), 0);
    close(other);
  }
  EXPECT_TRUE(XtablesLock::acquire(options(milliseconds(0))));
}

TEST_F(XtablesLockTest, MovedLocksStayLocked) {
  auto lock = XtablesLock::acquire(options(milliseconds(0)));
  ASSERT_TRUE(lock);
  {
    XtablesLock moved = std::move(*lock);
    EXPECT_FALSE(XtablesLock::acquire(options(milliseconds(0))));
  }
  EXPECT_TRUE(XtablesLock::acquire(options(milliseconds(0))));
}

TEST_F(XtablesLockTest, FailsAtOnceWhenToldNotToWait) {
  const auto lock = XtablesLock::acquire(options({}));
  const auto second = XtablesLock::acquire(options(milliseconds(0)));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::kBusy);
  EXPECT_EQ(second.error().errno_value, EWOULDBLOCK);
  EXPECT_EQ(second.error().message,
            "Another app is currently holding the xtables lock. Perhaps you want to use the -w option?");
}

TEST_F(XtablesLockTest, GivesUpWhenTheTimeIsOver) {
  const auto lock = XtablesLock::acquire(options({}));
  const auto begin = steady_clock::now();
  const auto second = XtablesLock::acquire(options(milliseconds(120)));
  const auto waited = steady_clock::now() - begin;
  ASSERT_FALSE(second);
  EXPECT_GE(waited, milliseconds(120));
  EXPECT_EQ(second.error().code, Code::kBusy);
  EXPECT_EQ(second.error().message, "Another app is currently holding the xtables lock. Stopped waiting after 0.12s");
}

TEST_F(XtablesLockTest, SaysWholeSecondsAsIptablesDoes) {
  const auto lock = XtablesLock::acquire(options({}));
  const auto second = XtablesLock::acquire(options(milliseconds(1000)));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().message, "Another app is currently holding the xtables lock. Stopped waiting after 1s");
}

TEST_F(XtablesLockTest, WaitsForTheHolderToFinish) {
  for (const std::optional<milliseconds> wait : {std::optional<milliseconds>{}, {milliseconds(20000)}}) {
    std::optional<XtablesLock> first;
    first.emplace(*XtablesLock::acquire(options({})));
    std::atomic<bool> released = false;
    std::thread holder([&] {
      std::this_thread::sleep_for(milliseconds(30));
      released = true;
      first.reset();
    });
    const auto second = XtablesLock::acquire(options(wait));
    EXPECT_TRUE(released);
    EXPECT_TRUE(second);
    holder.join();
  }
}

TEST_F(XtablesLockTest, ChildrenDoNotInheritIt) {
  auto lock = std::make_optional(*XtablesLock::acquire(options({})));
  const pid_t child = fork();
  if (child == 0) {
    execlp("sleep", "sleep", "5", static_cast<char*>(nullptr));
    _exit(127);
  }
  std::this_thread::sleep_for(milliseconds(50));
  lock.reset();
  EXPECT_TRUE(XtablesLock::acquire(options(milliseconds(0))));
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
}

TEST_F(XtablesLockTest, NamesTheFileThatCannotBeOpened) {
  const auto lock = XtablesLock::acquire({.path = directory_ + "/none/xtables.lock", .wait = {}});
  ASSERT_FALSE(lock);
  EXPECT_EQ(lock.error().code, Code::kSystem);
  EXPECT_EQ(lock.error().errno_value, ENOENT);
  EXPECT_EQ(lock.error().message, "Fatal: can't open lock file " + directory_ +
                                      "/none/xtables.lock: No such file or directory; name another file, or lock the "
                                      "namespace (LockPolicy)");
}

}  // namespace
}  // namespace ferrule::legacy
