// Covers what the case files cannot: revisions that this kernel takes but no tool asks for, and matches that need what
// this kernel or machine does not have. The expected bytes and texts are what iptables 1.8.9 made and printed against a
// stand-in for the kernel's socket options that takes everything.
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "extensions/extension_use.hpp"
#include "extensions/payload_text.hpp"
#include "extensions/registry.hpp"

namespace ferrule::test {
namespace {

using ext::Extension;
using ext::Kind;

struct Row {
  Family family;
  uint8_t revision;
  uint16_t protocol;
  std::string_view name;
  std::string_view options;
  std::string_view payload;
  std::string_view saved;
  std::string_view listed;
};

const Row kRows[] = {
    {Family::ipv4, 2, 0, "hashlimit",
     "--hashlimit-upto 3/sec --hashlimit-burst 6 --hashlimit-mode srcip,dstport --hashlimit-name web",
     "776562 0*253 151605 0*5 06 0*7 06 0*11 e8030000e80300002020 0*10",
     " --hashlimit-upto 3/sec --hashlimit-burst 6 --hashlimit-mode srcip,dstport --hashlimit-name web",
     " limit: up to 3/sec burst 6 mode srcip-dstport"},
    {Family::ipv6, 2, 0, "hashlimit",
     "--hashlimit-above 512kb/s --hashlimit-burst 1mb --hashlimit-name web --hashlimit-srcmask 64",
     "776562 0*253 fcff01 0*5 02 0*7 30 0*11 e803000060ea00004080 0*10",
     " --hashlimit-above 512kb/s --hashlimit-burst 1mb --hashlimit-name web --hashlimit-srcmask 64",
     " limit: above 512kb/s burst 1mb srcmask 64"},
    {Family::ipv4, 1, 0, "hashlimit", "--hashlimit-upto 512/sec --hashlimit-burst 10000 --hashlimit-name web",
     "776562 0*17 13 0*3 1027 0*10 e8030000e80300002020 0*10",
     " --hashlimit-upto 526/sec --hashlimit-burst 10000 --hashlimit-name web", " limit: up to 526/sec burst 10000"},
    {Family::ipv4, 1, 0, "hashlimit",
     "--hashlimit-above 3/day --hashlimit-name abcdefghijklmnopqrst --hashlimit-srcmask 24",
     "6162636465666768696a6b6c6d6e6f0010 0*4 882a1105 0*11 e803 0*3 5c26051820 0*10",
     " --hashlimit-above 3/day --hashlimit-burst 5 --hashlimit-name abcdefghijklmno --hashlimit-srcmask 24",
     " limit: above 3/day burst 5 srcmask 24"},
    {Family::ipv6, 1, 0, "hashlimit", "--hashlimit-above 512kb/s --hashlimit-burst 1mb --hashlimit-name web",
     "776562 0*13 30 0*3 fcff010002 0*11 e803000060ea00008080 0*10",
     " --hashlimit-above 512kb/s --hashlimit-burst 1mb --hashlimit-name web", " limit: above 512kb/s burst 1mb"},
    {Family::ipv4, 0, 0, "recent", "--set --rdest", "0*8 020044454641554c54 0*193 01 0*5",
     " --set --name DEFAULT --rdest", " recent: SET name: DEFAULT side: dest"},
    {Family::ipv6, 0, 0, "recent", "! --update --seconds 5 --reap --hitcount 7 --name foo",
     "05 0*3 07 0*3 2401666f6f00554c54 0*199", " ! --update --seconds 5 --reap --hitcount 7 --name foo --rsource",
     " ! recent: UPDATE seconds: 5 reap hit_count: 7 name: foo side: source"},
    {Family::ipv4, 0, 0, "string", "--algo bm ! --string GET", "0000ffff626d 0*14 474554 0*125 0301 0*10",
     " ! --string \"GET\" --algo bm", " STRING match ! \"GET\" ALGO name bm"},
    {Family::ipv4, 1, 0, "cgroup", "--cgroup 5", "0001 0*4098 05 0*11", " --cgroup 5", " cgroup 5"},
    {Family::ipv6, 1, 0, "cgroup", "! --path a/b", "01000100612f62 0*4105", " ! --path \"a/b\"", " cgroup ! a/b"},
    {Family::ipv4, 0, 0, "cgroup", "! --cgroup 0x10", "10 0*3 01 0*3", " ! --cgroup 16", " cgroup ! 16"},
    {Family::ipv4, 1, 0, "nfacct", "--nfacct-name http", "68747470 0*36", " --nfacct-name  http", " nfacct-name  http"},
    {Family::ipv6, 1, 0, "nfacct", "--nfacct-name 'a blank'", "6120626c616e6b 0*33", " --nfacct-name  \"a blank\"",
     " nfacct-name  \"a blank\""},
    {Family::ipv4, 0, 0, "nfacct", "--nfacct-name abcdefghijklmnopqrstuvwxyz0123456789",
     "6162636465666768696a6b6c6d6e6f707172737475767778797a3031323334 0*9",
     " --nfacct-name  abcdefghijklmnopqrstuvwxyz01234", " nfacct-name  abcdefghijklmnopqrstuvwxyz01234"},
    {Family::ipv6, 0, 0, "srh", "! --srh-next-hdr 17 --srh-segs-left-gt 1 --srh-tag 5", "110001000500210401 0*7",
     " ! --srh-next-hdr 17 --srh-segs-left-gt 1 --srh-tag 5", " srh next-hdr:!17 segs-left-gt:1 tag:5"},
    {Family::ipv4, 0, 0, "ipvs", "--ipvs", "0*39 01", " --ipvs", " ipvs"},
    {Family::ipv4, 0, 0, "ipvs", "! --ipvs", "0*38 0101", " ! --ipvs", " ! ipvs"},
    {Family::ipv4, 0, 0, "ipvs", "--vproto 6", "0*34 06 0*4 03", " --vproto 6", " vproto 6"},
    {Family::ipv4, 0, 0, "ipvs", "--vaddr 192.0.2.1 ! --vport 80",
     "c0000201 0*12 ffffffffffffffffffffffffffffffff0050 0*4 080d", " --vaddr 192.0.2.1 ! --vport 80",
     " vaddr 192.0.2.1 ! vport 80"},
    {Family::ipv4, 0, 0, "ipvs", "! --vaddr 192.0.2.0/24 --vdir original", "c00002 0*13 ffffff 0*19 0415",
     " ! --vaddr 192.0.2.0/24 --vdir ORIGINAL", " ! vaddr 192.0.2.0/24 vdir ORIGINAL"},
    {Family::ipv6, 0, 0, "ipvs", "--vaddr 2001:db8::/32 --vdir REPLY", "20010db8 0*12 ffffffff 0*18 1015",
     " --vaddr 2001:db8::/32 --vdir REPLY", " vaddr 2001:db8::/32 vdir REPLY"},
    {Family::ipv4, 0, 0, "ipvs", "--vmethod GATE", "0*35 03 0*3 21", " --vmethod GATE", " vmethod GATE"},
    {Family::ipv4, 0, 0, "ipvs", "! --vmethod ipip --vportctl 21", "0*35 0200152061", " ! --vmethod IPIP --vportctl 21",
     " ! vmethod IPIP vportctl 21"},
    {Family::ipv4, 0, 0, "ipvs", "! --vproto 17 --vport 80 --vaddr 0/0 --vdir REPLY --vmethod MASQ ! --vportctl 21",
     "0*33 5011000015527f", " ! --vproto 17 --vaddr 0.0.0.0/0 --vport 80 --vdir REPLY --vmethod MASQ ! --vportctl 21",
     " ! vproto 17 vaddr 0.0.0.0/0 vport 80 vdir REPLY vmethod MASQ ! vportctl 21"},
};

TEST(MatchCodecs, OldAndRareOnesMakeTheToolsBytesAndText) {
  for (const Row& row : kRows) {
    SCOPED_TRACE(std::string(row.name) + " revision " + std::to_string(row.revision) + " " + std::string(row.options));
    const Extension* extension = find_revision(Kind::match, row.family, row.name, row.revision);
    ASSERT_NE(extension, nullptr);
    ExtensionUse use(row.family, *extension, row.protocol);
    const auto applied = use.apply(row.options);
    ASSERT_TRUE(applied) << applied.error().message;
    EXPECT_EQ(payload_text(use.instance().payload()), row.payload);
    EXPECT_EQ(use.saved(), row.saved);
    EXPECT_EQ(use.listed(), row.listed);
  }
}

struct Refused {
  Family family;
  uint8_t revision;
  std::string_view name;
  std::string_view options;
  std::string_view message;
};

const Refused kRefused[] = {
    {Family::ipv4, 2, "hashlimit", "--hashlimit-upto 1/s --hashlimit-name a --hashlimit-rate-match",
     "unknown option --hashlimit-rate-match"},
    {Family::ipv4, 1, "hashlimit", "--hashlimit-upto 10001/sec --hashlimit-name a", "Rate too fast \"10001/sec\""},
    {Family::ipv4, 1, "hashlimit", "--hashlimit-upto 1/s --hashlimit-burst 10001 --hashlimit-name a",
     "bad value for option \"--hashlimit-burst\", or out of range (1-10000)."},
    {Family::ipv4, 3, "hashlimit", "--hashlimit-name a", "You have to specify --hashlimit"},
    {Family::ipv4, 0, "recent", "--set --mask 255.255.255.0", "unknown option --mask"},
    {Family::ipv4, 1, "recent", "--name x",
     "recent: you must specify one of `--set', `--rcheck' `--update' or `--remove'"},
    {Family::ipv4, 0, "string", "--algo bm --string GET --icase", "unknown option --icase"},
    {Family::ipv4, 0, "bpf", "--object-pinned /sys/fs/bpf/x", "unknown option --object-pinned"},
    {Family::ipv4, 0, "cgroup", "--path a", "unknown option --path"},
    {Family::ipv4, 0, "cgroup", "", "cgroup: option \"--cgroup\" must be specified"},
    {Family::ipv6, 0, "srh", "--srh-psid 2001:db8::1", "unknown option --srh-psid"},
    {Family::ipv4, 0, "ipvs", "", "IPVS: At least one option is required"},
    {Family::ipv4, 0, "ipvs", "! --ipvs --vproto 6", "! --ipvs cannot be together with other options"},
    {Family::ipv4, 0, "ipvs", "--vmethod x", R"(ipvs: Bad value for "--vmethod" option: "x")"},
    {Family::ipv4, 0, "ipvs", "--vport 65536", "Port \"65536\" does not resolve to anything."},
    {Family::ipv4, 0, "u32", "--u32 0==1", "u32: at char 2: not a number or out of range"},
    {Family::ipv4, 0, "u32", "--u32 0&1&2&3&4&5&6&7&8&9&10=1", "u32: at char 22: too many operators"},
    {Family::ipv4, 0, "policy", "--dir in --strict --reqid 1 --next",
     "policy match: empty policy element 1. --strict is in effect, but at least one of reqid, spi, tunnel-src, "
     "tunnel-dst, proto or mode is required."},
    {Family::ipv6, 0, "rt", "--rt-0-res", "`--rt-type 0' required before `--rt-0-res'"},
};

TEST(MatchCodecs, SayWhatIsWrongAsIptablesDoes) {
  for (const Refused& row : kRefused) {
    SCOPED_TRACE(std::string(row.name) + " revision " + std::to_string(row.revision) + " " + std::string(row.options));
    const Extension* extension = find_revision(Kind::match, row.family, row.name, row.revision);
    ASSERT_NE(extension, nullptr);
    const auto applied = ExtensionUse(row.family, *extension, 0).apply(row.options);
    ASSERT_FALSE(applied);
    EXPECT_EQ(applied.error().message, row.message);
  }
}

// iptables stores a file descriptor of its own beside the path; the kernel opens the path itself.
TEST(MatchCodecs, PinnedProgramsAreKeptByTheirPath) {
  const Extension* bpf = find_revision(Kind::match, Family::ipv4, "bpf", 1);
  ASSERT_NE(bpf, nullptr);
  ExtensionUse use(Family::ipv4, *bpf, 0);
  ASSERT_TRUE(use.apply("--object-pinned /sys/fs/bpf/drop"));
  EXPECT_EQ(payload_text(use.instance().payload()), "01 0*3 ffffffff2f7379732f66732f6270662f64726f70 0*504");
  EXPECT_EQ(use.saved(), " --object-pinned /sys/fs/bpf/drop");
  EXPECT_EQ(use.listed(), "match bpf pinned /sys/fs/bpf/drop");
}

TEST(MatchCodecs, ProgramsAreListedWithTheNulBehindThem) {
  for (const uint8_t revision : {uint8_t{0}, uint8_t{1}}) {
    const Extension* bpf = find_revision(Kind::match, Family::ipv4, "bpf", revision);
    ASSERT_NE(bpf, nullptr);
    ExtensionUse use(Family::ipv4, *bpf, 0);
    ASSERT_TRUE(use.apply("--bytecode '2,48 0 0 9,6 0 0 1'"));
    EXPECT_EQ(use.saved(), " --bytecode \"2,48 0 0 9,6 0 0 1\"");
    EXPECT_EQ(use.listed(), std::string_view("match bpf 48 0 0 9,6 0 0 1\0", 27));
  }
}

// The names that -L prints without -n.
TEST(MatchCodecs, ListNamesWhereTheyAreWanted) {
  struct NameRow {
    Family family;
    std::string_view name;
    std::string_view options;
    std::string_view listed;
  };
  constexpr NameRow kNameRows[] = {
      {Family::ipv6, "mh", "! --mh-type 1:9", " mh !home-test-init:9"},
      {Family::ipv6, "ipv6header", "! --header hop,dst --soft", " ipv6header flags:!hop-by-hop,ipv6-opts soft"},
      {Family::ipv4, "policy", "--dir in --proto esp", " policy match dir in pol ipsec proto esp"},
      {Family::ipv4, "ipvs", "--vaddr 0.0.0.0/3", " vaddr anywhere"},
      {Family::ipv4, "rateest", "--rateest a --rateest-gt --rateest-bps 1mbit", " rateest match a bps 1000Kbit gt"},
      {Family::ipv4, "rateest", "--rateest a --rateest-lt --rateest-bps 125062500Bps",
       " rateest match a bps 1000Mbit lt"},
  };
  for (const NameRow& row : kNameRows) {
    SCOPED_TRACE(row.options);
    const Extension* extension = ext::find_by_name(Kind::match, row.family, row.name);
    ASSERT_NE(extension, nullptr);
    ExtensionUse use(row.family, *extension, 0);
    ASSERT_TRUE(use.apply(row.options));
    EXPECT_EQ(use.text(extension->print, use.instance().payload(), ext::Numbers::kNames), row.listed);
  }
}

}  // namespace
}  // namespace ferrule::test
