// Which databases nsswitch.conf(5) lets a file answer, and getent(1) itself on this machine.
#include "names/getent.hpp"

#include <gtest/gtest.h>

namespace ferrule::system_names {
namespace {

TEST(Sources, AreThoseOfTheDatabasesLine) {
  const std::string text =
      "# passwd: sss\n"
      "passwd:         files systemd\n"
      "group: sss [NOTFOUND=return] files # the rest\n"
      "  services:\tdb files\n"
      "protocols: files\n"
      "hosts:files dns\n"
      "ethers:\n";
  const auto is = [&](const char* database, bool file_first, bool others) {
    const Sources sources = sources_of(text, database);
    EXPECT_EQ(sources.file_first, file_first) << database;
    EXPECT_EQ(sources.others, others) << database;
  };
  is("passwd", true, true);
  is("group", false, true);
  is("services", true, false);
  is("protocols", true, false);
  is("hosts", true, true);
  is("ethers", false, false);
  is("host", true, false);
  is("networks", true, false);
}

TEST(Getent, AnswersWithTheEntry) {
  EXPECT_EQ(getent("passwd", "root").substr(0, 5), "root:");
  EXPECT_EQ(getent("passwd", "0").substr(0, 5), "root:");
}

TEST(Getent, SaysNothingWhereThereIsNoEntry) {
  EXPECT_EQ(getent("passwd", "nobody-is-called-this"), "");
  EXPECT_EQ(getent("passwd", "--help"), "");
  EXPECT_EQ(getent("passwd", std::string("root\0x", 6)), "");
  EXPECT_EQ(getent("no-such-database", "root"), "");
}

}  // namespace
}  // namespace ferrule::system_names
