// Covers src/names/. The files are the test's own; what NSS says is compared with what the files of this machine say.
#include "names/names.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace ferrule {
namespace {

class NameFilesTest : public testing::Test {
 protected:
  void SetUp() override {
    directory_ = testing::TempDir() + "ferrule-names-" + std::to_string(getpid());
    std::filesystem::create_directories(directory_);
    files_ = {.services = directory_ + "/services", .protocols = directory_ + "/protocols"};
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }
  static void write(const std::string& path, std::string_view text) { std::ofstream(path) << text; }

  std::string directory_;
  NameFiles files_;
};

TEST(Names, KnowsTheBuiltInProtocolsWithoutAnyFile) {
  struct Row {
    const char* name;
    int number;
    const char* printed;
  };
  static constexpr Row kRows[] = {
      {"tcp", 6, "tcp"},
      {"udp", 17, "udp"},
      {"udplite", 136, "udplite"},
      {"sctp", 132, "sctp"},
      {"icmp", 1, "icmp"},
      {"icmpv6", 58, "ipv6-icmp"},
      {"ipv6-icmp", 58, "ipv6-icmp"},
      {"esp", 50, "esp"},
      {"ah", 51, "ah"},
      {"mh", 135, "mobility-header"},
      {"ipv6-mh", 135, "mobility-header"},
      {"mobility-header", 135, "mobility-header"},
  };
  Names names(NameLookup::kNone);
  for (const Row& row : kRows) {
    SCOPED_TRACE(row.name);
    EXPECT_EQ(names.protocol(row.name), row.number);
    EXPECT_EQ(names.protocol_name(static_cast<uint8_t>(row.number)), row.printed);
  }
  EXPECT_EQ(names.protocol("all"), 0);
  EXPECT_EQ(names.protocol_name(0), std::nullopt);
  EXPECT_EQ(names.protocol_name(47), std::nullopt);
  EXPECT_EQ(names.protocol("gre"), std::nullopt);
  EXPECT_EQ(names.protocol(""), std::nullopt);
}

TEST(Names, ReadsProtocolNumbersAsStrtoulDoes) {
  struct Row {
    const char* text;
    std::optional<uint8_t> number;
  };
  static const Row kRows[] = {{"0", 0},
                              {"255", 255},
                              {"0x6", 6},
                              {"010", 8},
                              {" 6", 6},
                              {"+6", 6},
                              {"256", {}},
                              {"-1", {}},
                              {"6x", {}},
                              {"0x", {}},
                              {"6 ", {}},
                              {"4294967302", {}},
                              {"99999999999999999999", {}},
                              {"- 1", {}},
                              {" ", {}}};
  Names names(NameLookup::kNone);
  for (const Row& row : kRows) {
    SCOPED_TRACE(row.text);
    EXPECT_EQ(names.protocol(row.text), row.number);
  }
}

TEST(Names, LooksNothingUpUnlessAllowed) {
  Names none(NameLookup::kNone);
  EXPECT_EQ(none.service("http", "tcp"), std::nullopt);
  EXPECT_EQ(none.service_name(80, "tcp"), std::nullopt);
  for (const NameLookup lookup : {NameLookup::kNone, NameLookup::kFiles}) {
    Names names(lookup);
    EXPECT_EQ(names.user("root"), std::nullopt);
    EXPECT_EQ(names.group("root"), std::nullopt);
    EXPECT_EQ(names.user_name(0), std::nullopt);
    EXPECT_EQ(names.group_name(0), std::nullopt);
    EXPECT_TRUE(names.host(Family::ipv4, "localhost").empty());
    EXPECT_EQ(names.host_name(Family::ipv4, model::Address{127, 0, 0, 1}), std::nullopt);
  }
}

TEST_F(NameFilesTest, ReadsServices) {
  write(files_.services,
        "# comment\n"
        "\n"
        "http\t80/tcp\t\twww web # World Wide Web\n"
        "http 8080/udp\r\n"
        "  indented 7/tcp\n"
        "domain 53/tcp\n"
        "domain 53/udp\n"
        "nonumber\n"
        "noprotocol 9\n"
        "toobig 65536/tcp\n"
        "notdecimal 0x50/tcp\n"
        "#hidden 11/tcp\n"
        "last 65535/tcp");
  Names names(NameLookup::kFiles, files_);
  EXPECT_EQ(names.service("http", "tcp"), 80);
  EXPECT_EQ(names.service("www", "tcp"), 80);
  EXPECT_EQ(names.service("web", ""), 80);
  EXPECT_EQ(names.service("http", "udp"), 8080);
  EXPECT_EQ(names.service("http", "sctp"), std::nullopt);
  EXPECT_EQ(names.service("indented", "tcp"), 7);
  EXPECT_EQ(names.service("last", "tcp"), 65535);
  for (const char* name : {"nonumber", "noprotocol", "toobig", "notdecimal", "hidden", "HTTP", "#hidden", ""}) {
    EXPECT_EQ(names.service(name, "tcp"), std::nullopt) << name;
  }
  EXPECT_EQ(names.service_name(80, "tcp"), "http");
  EXPECT_EQ(names.service_name(53, ""), "domain");
  EXPECT_EQ(names.service_name(53, "sctp"), std::nullopt);
  EXPECT_EQ(names.service_name(9, "tcp"), std::nullopt);
}

TEST_F(NameFilesTest, ReadsProtocolsButBuiltInNamesComeFirst) {
  write(files_.protocols,
        "ip 0 IP\n"
        "transmission 6 tcp\n"
        "tcp 99\n"
        "gre 47 GRE\n"
        "greagain 47\n"
        "ipencap 4 IP-ENCAP # IP in IP\n"
        "toobig 256\n");
  Names names(NameLookup::kFiles, files_);
  EXPECT_EQ(names.protocol("tcp"), 6);
  EXPECT_EQ(names.protocol_name(6), "tcp");
  EXPECT_EQ(names.protocol("transmission"), 6);
  EXPECT_EQ(names.protocol("gre"), 47);
  EXPECT_EQ(names.protocol("greagain"), 47);
  EXPECT_EQ(names.protocol_name(47), "gre");
  EXPECT_EQ(names.protocol_name(99), "tcp");
  EXPECT_EQ(names.protocol("ip"), 0);
  EXPECT_EQ(names.protocol_name(0), std::nullopt);
  EXPECT_EQ(names.protocol("toobig"), std::nullopt);
  EXPECT_EQ(names.protocol("4"), 4);
}

TEST_F(NameFilesTest, ReadsNoFileBeforeANameIsAskedForAndEachOnlyOnce) {
  Names names(NameLookup::kFiles, files_);
  EXPECT_EQ(names.protocol("udp"), 17);
  EXPECT_EQ(names.protocol_name(58), "ipv6-icmp");
  // The files appear only now: had they been read before, these names would be unknown.
  write(files_.services, "first 1/tcp\n");
  write(files_.protocols, "gre 47\n");
  EXPECT_EQ(names.service("first", "tcp"), 1);
  EXPECT_EQ(names.protocol("gre"), 47);
  write(files_.services, "second 2/tcp\n");
  write(files_.protocols, "other 200\n");
  EXPECT_EQ(names.service("second", "tcp"), std::nullopt);
  EXPECT_EQ(names.service("first", "tcp"), 1);
  EXPECT_EQ(names.protocol("other"), std::nullopt);
}

TEST_F(NameFilesTest, KnowsNothingWhereTheFilesAreMissing) {
  Names names(NameLookup::kFiles, files_);
  EXPECT_EQ(names.service("http", "tcp"), std::nullopt);
  EXPECT_EQ(names.protocol("gre"), std::nullopt);
  EXPECT_EQ(names.protocol_name(47), std::nullopt);
}

TEST(Names, TheSystemAgreesWithTheFilesOfThisMachine) {
  Names files(NameLookup::kFiles);
  Names system(NameLookup::kSystem);
  for (int number = 1; number <= 255; ++number) {
    const auto protocol = static_cast<uint8_t>(number);
    EXPECT_EQ(files.protocol_name(protocol), system.protocol_name(protocol)) << number;
    if (const auto name = files.protocol_name(protocol)) {
      EXPECT_EQ(system.protocol(*name), protocol);
    }
  }
  for (const char* protocol : {"tcp", "udp", "sctp", "dccp", ""}) {
    for (uint16_t port = 0; port < 250; ++port) {
      const auto name = files.service_name(port, protocol);
      EXPECT_EQ(name, system.service_name(port, protocol)) << port << protocol;
      if (name) {
        EXPECT_EQ(files.service(*name, protocol), system.service(*name, protocol)) << *name;
      }
    }
  }
}

TEST_F(NameFilesTest, ReadsNumberFiles) {
  files_.routing_realms = directory_ + "/rt_realms";
  write(files_.routing_realms, "# numbers of people\n0\tcosmos\n 0x10 work # all day\nx bad\n7\n-1 minus\n0 again\n");
  Names names(NameLookup::kFiles, files_);
  EXPECT_EQ(names.numbered(NumberFile::routing_realms, "cosmos"), 0U);
  EXPECT_EQ(names.numbered(NumberFile::routing_realms, "work"), 16U);
  EXPECT_EQ(names.numbered(NumberFile::routing_realms, "bad"), std::nullopt);
  EXPECT_EQ(names.numbered(NumberFile::routing_realms, "minus"), std::nullopt);
  EXPECT_EQ(names.numbered_name(NumberFile::routing_realms, 0), "cosmos");
  EXPECT_EQ(names.numbered_name(NumberFile::routing_realms, 7), std::nullopt);
  Names nothing(NameLookup::kNone, files_);
  EXPECT_EQ(nothing.numbered(NumberFile::routing_realms, "cosmos"), std::nullopt);
}

TEST(Names, AsksTheSystemForUsersGroupsAndHosts) {
  Names names(NameLookup::kSystem);
  EXPECT_EQ(names.user("root"), 0U);
  EXPECT_EQ(names.group("root"), 0U);
  EXPECT_EQ(names.user_name(0), "root");
  EXPECT_EQ(names.group_name(0), "root");
  EXPECT_EQ(names.user("no-such-user-here"), std::nullopt);
  EXPECT_EQ(names.group("no-such-group-here"), std::nullopt);
  EXPECT_EQ(names.user(""), std::nullopt);
  EXPECT_EQ(names.host(Family::ipv4, "localhost"), (std::vector<model::Address>{{127, 0, 0, 1}}));
  EXPECT_EQ(names.host_name(Family::ipv4, model::Address{127, 0, 0, 1}), "localhost");
  // These two are networks in Debian's /etc/networks.
  EXPECT_EQ(names.host(Family::ipv4, "default"), (std::vector<model::Address>{{}}));
  EXPECT_EQ(names.host(Family::ipv4, "loopback"), (std::vector<model::Address>{{127}}));
}

}  // namespace
}  // namespace ferrule
