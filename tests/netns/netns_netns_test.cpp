// Covers src/netns/: every way to name a namespace, and that the thread is always back where it was.
#include "ferrule/netns.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <stdexcept>
#include <thread>

#include "support/child_process.hpp"
#include "support/netns_fixture.hpp"

namespace ferrule {
namespace {

using test::ask_child;
using test::ask_child_in_user_namespace;
using test::FreshNetns;

NamespaceId id_of(int fd) {
  struct stat status {};
  EXPECT_EQ(fstat(fd, &status), 0);
  return {.device = status.st_dev, .inode = status.st_ino};
}

// Where the calling thread is, asked of the kernel without ferrule.
NamespaceId here() {
  struct stat status {};
  EXPECT_EQ(stat("/proc/thread-self/ns/net", &status), 0);
  return {.device = status.st_dev, .inode = status.st_ino};
}

Result<NamespaceId> inside(const NetNs& target) {
  return target.run([]() -> Result<NamespaceId> { return here(); });
}

void expect_inside(const NetNs& target, const NamespaceId& expected) {
  const NamespaceId before = here();
  const Result<NamespaceId> seen = inside(target);
  ASSERT_TRUE(seen) << seen.error().message;
  EXPECT_EQ(*seen, expected);
  EXPECT_EQ(here(), before);
  const Result<NamespaceId> id = target.id();
  ASSERT_TRUE(id) << id.error().message;
  EXPECT_EQ(*id, expected);
}

std::string shown(const Result<void>& result) { return result ? std::string() : result.error().message; }

TEST(NetNs, EntersByPathDescriptorAndPid) {
  const FreshNetns other;
  const NamespaceId expected = id_of(other.fd());
  ASSERT_NE(here(), expected);
  expect_inside(NetNs::path(other.path()), expected);
  expect_inside(NetNs::fd(other.fd()), expected);
  expect_inside(*NetNs::parse("fd:" + std::to_string(other.fd())), expected);
  expect_inside(NetNs::current(), here());

  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t child = fork();
  if (child == 0) {
    setns(other.fd(), CLONE_NEWNET);
    (void)!write(ready[1], "x", 1);
    pause();
    _exit(0);
  }
  char byte = 0;
  ASSERT_EQ(read(ready[0], &byte, 1), 1);
  expect_inside(NetNs::pid(child), expected);
  expect_inside(*NetNs::parse("pid:" + std::to_string(child)), expected);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  close(ready[0]);
  close(ready[1]);
  const auto gone = inside(NetNs::pid(child));
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code, Code::kNotFound);
}

TEST(NetNs, EntersByName) {
  const FreshNetns other;
  const NamespaceId expected = id_of(other.fd());
  EXPECT_EQ(ask_child([&]() -> std::string {
              // A mount namespace of the child's own, so that the machine's /run is left alone.
              if (unshare(CLONE_NEWNS) != 0 || mount("", "/", "", MS_REC | MS_PRIVATE, nullptr) != 0) return "unshare";
              if (mount("tmpfs", "/run", "tmpfs", 0, nullptr) != 0 || mkdir("/run/netns", 0755) != 0) return "tmpfs";
              std::ofstream("/run/netns/pod1");
              std::ofstream("/run/netns/stale");
              if (mount(other.path().c_str(), "/run/netns/pod1", "", MS_BIND, nullptr) != 0) return "bind";
              const auto seen = inside(NetNs::named("pod1"));
              if (!seen) return seen.error().message;
              if (*seen != expected) return "elsewhere";
              const auto stale = inside(NetNs::named("stale"));
              if (stale || stale.error().code != Code::kInvalidInput) return "entered a file that is no namespace";
              return "";
            }),
            "");
}

TEST(NetNs, AnOpenDescriptorIsEnough) {
  auto other = std::make_unique<FreshNetns>();
  const NamespaceId expected = id_of(other->fd());
  const NetNs target = NetNs::fd(other->fd());
  other.reset();
  expect_inside(target, expected);
}

TEST(NetNs, SaysWhatIsWrong) {
  const std::string directory = testing::TempDir() + "ferrule-netns-" + std::to_string(getpid());
  ASSERT_EQ(mkdir(directory.c_str(), 0755), 0);
  const std::string fifo = directory + "/fifo";
  const std::string file = directory + "/file";
  const std::string loop = directory + "/loop";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  std::ofstream(file) << "text";
  ASSERT_EQ(symlink("loop", loop.c_str()), 0);
  struct Row {
    NetNs target;
    Code code;
    const char* part_of_message;
  };
  const Row rows[] = {
      {NetNs::named("ferrule-no-such-name"), Code::kNotFound, "/run/netns/ferrule-no-such-name"},
      {NetNs::path(file + "/deeper"), Code::kNotFound, "Not a directory"},
      {NetNs::path(file), Code::kInvalidInput, "not a network namespace"},
      {NetNs::path(directory), Code::kInvalidInput, "not a network namespace"},
      {NetNs::path(fifo), Code::kInvalidInput, "not a network namespace"},
      {NetNs::path(loop), Code::kInvalidInput, "symbolic links"},
      {NetNs::path("/proc/self/ns/uts"), Code::kInvalidInput, "another kind"},
      {NetNs::fd(STDIN_FILENO), Code::kInvalidInput, "not a network namespace"},
      {NetNs::fd(1 << 20), Code::kInvalidInput, "descriptor 1048576"},
      {NetNs::fd(-1), Code::kInvalidInput, "descriptor -1"},
      {NetNs::pid(0), Code::kNotFound, "process 0"},
  };
  const NamespaceId before = here();
  for (const Row& row : rows) {
    SCOPED_TRACE(row.target.label());
    const auto seen = inside(row.target);
    ASSERT_FALSE(seen);
    EXPECT_EQ(seen.error().code, row.code) << seen.error().message;
    EXPECT_NE(seen.error().message.find(row.part_of_message), std::string::npos) << seen.error().message;
    EXPECT_EQ(here(), before);
  }
  unlink(loop.c_str());
  unlink(file.c_str());
  unlink(fifo.c_str());
  rmdir(directory.c_str());
}

TEST(NetNs, PassesOnWhatTheActionReturnsAndThrows) {
  const FreshNetns other;
  const NetNs target = NetNs::fd(other.fd());
  const NamespaceId before = here();
  const Result<int> failed = target.run([]() -> Result<int> { return fail(Code::kBusy, "busy"); });
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().message, "busy");
  EXPECT_THROW((void)target.run([]() -> Result<void> { throw std::runtime_error("out"); }), std::runtime_error);
  EXPECT_EQ(here(), before);
  const Result<std::unique_ptr<int>> moved =
      target.run([]() -> Result<std::unique_ptr<int>> { return std::make_unique<int>(7); });
  ASSERT_TRUE(moved);
  EXPECT_EQ(**moved, 7);
}

TEST(NetNs, VisitsMayBeNested) {
  const FreshNetns outer;
  const FreshNetns inner;
  const NamespaceId before = here();
  const auto seen = NetNs::fd(outer.fd()).run([&]() -> Result<NamespaceId> {
    EXPECT_EQ(*inside(NetNs::fd(inner.fd())), id_of(inner.fd()));
    return here();
  });
  ASSERT_TRUE(seen);
  EXPECT_EQ(*seen, id_of(outer.fd()));
  EXPECT_EQ(here(), before);
}

TEST(NetNs, CurrentIsTheThreadsNotTheMainThreads) {
  const FreshNetns other;
  const NamespaceId main_thread = here();
  other.run([&] {
    EXPECT_EQ(*NetNs::current().id(), id_of(other.fd()));
    EXPECT_EQ(*inside(NetNs::current()), id_of(other.fd()));
    EXPECT_EQ(*inside(NetNs::pid(getpid())), main_thread);
    EXPECT_EQ(here(), id_of(other.fd()));
  });
  EXPECT_EQ(here(), main_thread);
}

TEST(NetNs, WorksFromManyThreadsAtOnce) {
  const FreshNetns a;
  const FreshNetns b;
  std::vector<std::thread> threads;
  threads.reserve(8);
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      const FreshNetns& mine = i % 2 == 0 ? a : b;
      const NetNs target = NetNs::fd(mine.fd());
      for (int round = 0; round < 200; ++round) EXPECT_EQ(*inside(target), id_of(mine.fd()));
    });
  }
  for (std::thread& thread : threads) thread.join();
}

// The kernel lets a thread into a namespace of its own user namespace, but not back into the machine's.
TEST(NetNs, UsesAThreadOfItsOwnWhereThereIsNoWayBack) {
  EXPECT_EQ(ask_child_in_user_namespace(0,
                                        []() -> std::string {
                                          const NamespaceId before = here();
                                          const FreshNetns other;
                                          if (setns(open("/proc/thread-self/ns/net", O_RDONLY), CLONE_NEWNET) == 0)
                                            return "there is a way back";
                                          const NetNs target = NetNs::fd(other.fd());
                                          const std::thread::id caller = std::this_thread::get_id();
                                          std::thread::id runner = caller;
                                          const auto seen = target.run([&]() -> Result<NamespaceId> {
                                            runner = std::this_thread::get_id();
                                            return here();
                                          });
                                          if (!seen) return seen.error().message;
                                          if (*seen != id_of(other.fd())) return "not inside";
                                          if (runner == caller) return "on the same thread";
                                          if (here() != before) return "not back";
                                          try {
                                            (void)target.run([]() -> Result<void> { throw std::runtime_error("out"); });
                                            return "nothing thrown";
                                          } catch (const std::runtime_error&) {
                                          }
                                          return "";
                                        }),
            "");
}

TEST(NetNs, AnOrdinaryUserIsRefusedElsewhereButWorksWhereHeIs) {
  const FreshNetns other;
  EXPECT_EQ(ask_child([&]() -> std::string {
              if (unshare(CLONE_NEWNET) != 0) return "unshare";
              const int own = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
              test::drop_capabilities();
              const NamespaceId before = here();
              for (const NetNs& same : {NetNs::current(), NetNs::path("/proc/self/ns/net"), NetNs::fd(own)}) {
                const auto seen = inside(same);
                if (!seen) return same.label() + ": " + seen.error().message;
                if (*seen != before) return same.label() + " is elsewhere";
              }
              const auto seen = inside(NetNs::fd(other.fd()));
              if (seen) return "was let in";
              if (seen.error().code != Code::kPermission) return seen.error().message;
              if (seen.error().message.find("CAP_SYS_ADMIN") == std::string::npos) return seen.error().message;
              return here() == before ? "" : "not back";
            }),
            "");
}

TEST(NetNs, SaysSoWhenTheActionGaveUpTheRightToReturn) {
  const FreshNetns other;
  // On a thread of its own, since it stays in there.
  std::thread([&] {
    bool done = false;
    const Result<void> result = NetNs::fd(other.fd()).run([&]() -> Result<void> {
      test::drop_capabilities();
      done = true;
      return {};
    });
    EXPECT_TRUE(done);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, Code::kThreadLost);
    EXPECT_NE(result.error().message.find("could not return"), std::string::npos) << result.error().message;
  }).join();
}

TEST(NetNs, DoesWithoutProc) {
  const FreshNetns other;
  EXPECT_EQ(ask_child([&]() -> std::string {
              const NamespaceId before = here();
              const NetNs target = NetNs::fd(other.fd());
              if (unshare(CLONE_NEWNS) != 0 || mount("", "/", "", MS_REC | MS_PRIVATE, nullptr) != 0) return "unshare";
              if (mount("tmpfs", "/proc", "tmpfs", 0, nullptr) != 0) return "tmpfs";
              const auto nothing = []() -> Result<void> { return {}; };
              if (const auto done = NetNs::current().run(nothing); !done) return shown(done);
              const auto id = NetNs::current().id();
              if (!id) return id.error().message;
              if (*id != before) return "the current namespace is another";
              const auto seen = target.run([&] { return NetNs::current().id(); });
              if (!seen) return seen.error().message;
              if (*seen != id_of(other.fd())) return "not inside";
              if (*NetNs::current().id() != before) return "not back";
              const auto owner = target.owner();
              if (owner || owner.error().code != Code::kSystem) return "knows the owner";
              test::drop_capabilities();
              return shown(NetNs::current().run(nothing));
            }),
            "");
}

TEST(NetNs, CookiesTellNamespacesApart) {
  const FreshNetns a;
  const FreshNetns b;
  const auto of_a = NetNs::fd(a.fd()).cookie();
  const auto of_b = NetNs::fd(b.fd()).cookie();
  ASSERT_TRUE(of_a) << of_a.error().message;
  ASSERT_TRUE(of_b) << of_b.error().message;
  EXPECT_NE(*of_a, 0U);
  EXPECT_NE(*of_a, *of_b);
  EXPECT_EQ(*NetNs::path(a.path()).cookie(), *of_a);
  EXPECT_EQ(a.ask([] { return *NetNs::current().cookie(); }), *of_a);
}

TEST(NetNs, KnowsItsOwner) {
  const auto own = NetNs::current().owner();
  ASSERT_TRUE(own) << own.error().message;
  struct stat status {};
  ASSERT_EQ(stat("/proc/thread-self/ns/user", &status), 0);
  EXPECT_TRUE(own->is_callers);
  EXPECT_EQ(own->user_namespace.inode, status.st_ino);

  // A process in a user namespace of its own tells its number and waits to be looked at.
  int ready[2];
  int done[2];
  ASSERT_EQ(pipe(ready), 0);
  ASSERT_EQ(pipe(done), 0);
  std::thread child([&] {
    EXPECT_EQ(ask_child_in_user_namespace(CLONE_NEWNET,
                                          [&]() -> std::string {
                                            const auto self = static_cast<pid_t>(syscall(SYS_getpid));
                                            char byte = 0;
                                            if (write(ready[1], &self, sizeof self) != sizeof self)
                                              return "cannot tell";
                                            if (read(done[0], &byte, 1) != 1) return "cannot wait";
                                            const auto of_child = NetNs::current().owner();
                                            if (!of_child) return of_child.error().message;
                                            return of_child->is_callers && of_child->uid == 0 ? "" : "is not its own";
                                          }),
              "");
  });
  pid_t pid = 0;
  EXPECT_EQ(read(ready[0], &pid, sizeof pid), ssize_t{sizeof pid});
  const auto others = NetNs::pid(pid).owner();
  EXPECT_EQ(stat(("/proc/" + std::to_string(pid) + "/ns/user").c_str(), &status), 0);
  EXPECT_EQ(write(done[1], "x", 1), 1);
  child.join();
  for (const int fd : {ready[0], ready[1], done[0], done[1]}) close(fd);
  ASSERT_TRUE(others) << others.error().message;
  EXPECT_FALSE(others->is_callers);
  EXPECT_EQ(others->uid, geteuid());
  EXPECT_EQ(others->user_namespace.inode, status.st_ino);
}

TEST(NetNs, DoesNotKnowOwnersOutsideOfItsUserNamespace) {
  const int outside = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
  EXPECT_EQ(ask_child_in_user_namespace(0,
                                        [&]() -> std::string {
                                          const auto owner = NetNs::fd(outside).owner();
                                          if (owner) return "sees it";
                                          return owner.error().code == Code::kPermission ? "" : owner.error().message;
                                        }),
            "");
  close(outside);
}

}  // namespace
}  // namespace ferrule
