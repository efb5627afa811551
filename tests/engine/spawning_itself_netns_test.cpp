// The command under the names of iptables, with nothing but itself in the search path.
#include <gtest/gtest.h>

#include <filesystem>

#include "support/netns_fixture.hpp"
#include "support/temporary_directory.hpp"

namespace ferrule {
namespace {

// Two copies, each with links to itself: neither is the file that the other one is.
TEST(SpawningItself, CopiesOfTheCommandDoNotRunEachOtherForEver) {
  const test::TemporaryDirectory files;
  std::string path;
  for (const char* copy : {"a", "b"}) {
    files.write(std::string(copy) + "/placeholder", "");
    std::filesystem::copy_file(FERRULE_COMMAND, files.path(std::string(copy) + "/ferrule"));
    for (const char* name : {"iptables", "ip6tables", "iptables-restore", "ip6tables-restore"}) {
      files.link(std::string(copy) + "/" + name, files.path(std::string(copy) + "/ferrule"));
    }
    path += (path.empty() ? "" : ":") + files.path(copy);
  }
  const test::FreshNetns netns;
  // Far more than is needed, and few enough to end at once.
  const auto done = netns.command({"/usr/bin/timeout", "20", "/usr/bin/env", "PATH=" + path, "/usr/bin/strace", "-f",
                                   "-e", "trace=execve", "-o", files.path("trace"), "iptables", "--version"});
  EXPECT_EQ(done.exit_status, 0) << done.err;
  EXPECT_EQ(done.out, "iptables v1.8.9 (nf_tables)\n");
  std::ifstream trace(files.path("trace"));
  int processes = 0;
  for (std::string line; std::getline(trace, line);) processes += line.find("execve(") != std::string::npos ? 1 : 0;
  EXPECT_LE(processes, 3);
}

}  // namespace
}  // namespace ferrule
