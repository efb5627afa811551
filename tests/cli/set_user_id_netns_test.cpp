// As a set-user-ID program the command refuses to do anything, under all of its names, as iptables does.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "support/netns_fixture.hpp"
#include "support/temporary_directory.hpp"
#include "support/users.hpp"

namespace ferrule {
namespace {

TEST(SetUserId, IsRefused) {
  if (!test::other_users_exist()) GTEST_SKIP() << "there is one user only in this user namespace";
  const test::TemporaryDirectory directory;
  std::filesystem::permissions(directory.path(), std::filesystem::perms::all);
  const std::string command = directory.path("ferrule");
  std::filesystem::copy_file(FERRULE_COMMAND, command);
  ASSERT_EQ(chmod(command.c_str(), 04755), 0);
  const test::FreshNetns netns;
  for (const char* name : {"ferrule", "iptables", "ip6tables-nft-restore", "iptables-legacy-save"}) {
    const std::string link = directory.path(name);
    if (link != command) std::filesystem::create_symlink(command, link);
    const test::Completed done =
        netns.command({"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", link, "detect"});
    EXPECT_EQ(done.exit_status, 111) << name << ": " << done.err;
    EXPECT_EQ(done.out, "");
  }
}

}  // namespace
}  // namespace ferrule
