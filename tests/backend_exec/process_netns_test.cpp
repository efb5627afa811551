// Covers src/backend_exec/spawn.cpp: a program in another network namespace than its caller's.
#include <gtest/gtest.h>
#include <unistd.h>

#include "backend_exec/process.hpp"
#include "support/netns_fixture.hpp"

namespace ferrule::exec {
namespace {

std::string own_namespace() {
  std::array<char, 64> name{};
  const ssize_t length = readlink("/proc/thread-self/ns/net", name.data(), name.size());
  return {name.data(), length > 0 ? static_cast<size_t>(length) : 0};
}

TEST(ProcessNetns, EntersTheNamespaceGivenAndLeavesTheCallerWhereItIs) {
  const test::FreshNetns netns;
  const std::string before = own_namespace();
  const std::string inside = netns.ask(own_namespace);
  ASSERT_NE(inside, before);
  const Invocation invocation{
      .path = "/usr/bin/readlink", .argv = {"readlink", "/proc/self/ns/net"}, .netns = netns.fd()};
  const auto done = run(invocation);
  ASSERT_TRUE(done) << to_string(done.error());
  EXPECT_EQ(done->output, inside + "\n");
  EXPECT_EQ(own_namespace(), before);
}

TEST(ProcessNetns, IsInTheCallersNamespaceOtherwise) {
  const test::FreshNetns netns;
  const std::string inside = netns.ask(own_namespace);
  const auto done = netns.ask([] {
    return *run({.path = "/usr/bin/readlink", .argv = {"readlink", "/proc/self/ns/net"}});
  });
  EXPECT_EQ(done.output, inside + "\n");
}

TEST(ProcessNetns, SaysWhenTheNamespaceCannotBeEntered) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  const auto done = run({.path = "/bin/true", .argv = {"true"}, .netns = ends[0]});
  close(ends[0]);
  close(ends[1]);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().errno_value, EINVAL);
  EXPECT_NE(done.error().message.find("cannot enter the network namespace"), std::string::npos);
}

}  // namespace
}  // namespace ferrule::exec
