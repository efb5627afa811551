// Covers what the case files cannot: revisions that this kernel no longer takes, and targets that it never has. The
// expected bytes and texts are what the functions of libxtables 1.8.9's own plug-ins make of the same options.
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "extensions/extension_use.hpp"
#include "extensions/registry.hpp"

namespace ferrule::ext {
namespace {

using test::bytes_of;
using Use = test::ExtensionUse;

const Extension* find_revision(Family family, std::string_view name, uint8_t revision) {
  return test::find_revision(Kind::target, family, name, revision);
}

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
    {Family::ipv4, 0, 0, "LED", "--led-trigger-id foo", "6e657466696c7465722d666f6f 0*27", " --led-trigger-id \"foo\"",
     " led-trigger-id:\"foo\" led-delay:0ms"},
    {Family::ipv6, 0, 0, "LED", "--led-trigger-id foo --led-delay 500 --led-always-blink",
     "6e657466696c7465722d666f6f 0*14 01f401 0*10", " --led-trigger-id \"foo\" --led-delay 500 --led-always-blink",
     " led-trigger-id:\"foo\" led-delay:500ms led-always-blink"},
    {Family::ipv4, 0, 0, "LED", "--led-trigger-id 0123456789012345 --led-delay 0x10",
     "6e657466696c7465722d30313233343536373839303132333435000010 0*11",
     " --led-trigger-id \"0123456789012345\" --led-delay 16", " led-trigger-id:\"0123456789012345\" led-delay:16ms"},
    {Family::ipv4, 0, 0, "CLUSTERIP", "", "0*64", "", " CLUSTERIP"},
    {Family::ipv4, 0, 0, "CLUSTERIP",
     "--new --hashmode sourceip --clustermac 01:00:5e:00:00:2a --total-nodes 2 --local-node 1",
     "0100000001005e00002a0200010001 0*49",
     " --new --hashmode sourceip --clustermac 01:00:5E:00:00:2A --total-nodes 2 --local-node 1 --hash-init 0",
     " CLUSTERIP hashmode=sourceip clustermac=01:00:5E:00:00:2A total_nodes=2 local_node=1 hash_init=0"},
    {Family::ipv4, 0, 0, "CLUSTERIP",
     "--new --hashmode sourceip-sourceport-destport --clustermac 01:00:5e:00:00:20 --total-nodes 16 --local-node 16 "
     "--hash-init 5",
     "0100000001005e0000201000010010 0*33 0200000005 0*11",
     " --new --hashmode sourceip-sourceport-destport --clustermac 01:00:5E:00:00:20 --total-nodes 16 --local-node 16 "
     "--hash-init 5",
     " CLUSTERIP hashmode=sourceip-sourceport-destport clustermac=01:00:5E:00:00:20 total_nodes=16 local_node=16 "
     "hash_init=5"},
    {Family::ipv4, 0, 0, "ULOG", "", "01 0*15 01 0*39", "", " ULOG copy_range 0 nlgroup 1 queue_threshold 1"},
    {Family::ipv4, 0, 0, "ULOG", "--ulog-nlgroup 2 --ulog-prefix foo --ulog-cprange 100 --ulog-qthreshold 5",
     "02 0*7 64 0*7 05 0*7 666f6f 0*29", " --ulog-prefix foo --ulog-nlgroup 2 --ulog-cprange 100 --ulog-qthreshold 5",
     " ULOG copy_range 100 nlgroup 2 prefix \"foo\" queue_threshold 5"},
    {Family::ipv4, 0, 0, "ULOG", "--ulog-nlgroup 32 --ulog-qthreshold 50", "00000080 0*12 32 0*39",
     " --ulog-nlgroup 32 --ulog-qthreshold 50", " ULOG copy_range 0 nlgroup 32 queue_threshold 50"},
    {Family::ipv4, 1, 0, "SECMARK", "--selctx system_u:object_r:httpd_packet_t:s0",
     "0173797374656d5f753a6f626a6563745f723a68747470645f7061636b65745f743a7330 0*228",
     " --selctx system_u:object_r:httpd_packet_t:s0", " SECMARK selctx system_u:object_r:httpd_packet_t:s0"},
    {Family::ipv4, 0, 0, "SECMARK", "--selctx system_u:object_r:httpd_packet_t:s0",
     "01 0*7 73797374656d5f753a6f626a6563745f723a68747470645f7061636b65745f743a7330 0*221",
     " --selctx system_u:object_r:httpd_packet_t:s0", " SECMARK selctx system_u:object_r:httpd_packet_t:s0"},
    {Family::ipv4, 0, 6, "DNAT", "--to-destination 192.0.2.1-192.0.2.2:80-90 --random --persistent",
     "010000000f000000c0000201c00002020050005a 0*4",
     " --to-destination 192.0.2.1-192.0.2.2:80-90 --random --persistent",
     " to:192.0.2.1-192.0.2.2:80-90 random persistent"},
    {Family::ipv4, 0, 17, "DNAT", "--to-destination :53", "0100000002 0*12 350035 0*4", " --to-destination :53",
     " to::53"},
    {Family::ipv6, 1, 6, "DNAT", "--to-destination [2001:db8::1-2001:db8::2]:80-90 --random --persistent",
     "0f00000020010db8 0*11 0120010db8 0*11 020050005a",
     " --to-destination [2001:db8::1-2001:db8::2]:80-90 --random --persistent",
     " to:[2001:db8::1-2001:db8::2]:80-90 random persistent"},
    {Family::ipv4, 0, 0, "MARK", "--set-mark 0x10", "10 0*7", " --set-mark 0x10", " MARK set 0x10"},
    {Family::ipv4, 1, 0, "MARK", "--set-mark 0x10", "10 0*15", " --set-mark 0x10", " MARK set 0x10"},
    {Family::ipv4, 1, 0, "MARK", "--and-mark 0x10", "10 0*7 01 0*7", " --and-mark 0x10", " MARK and 0x10"},
    {Family::ipv4, 1, 0, "MARK", "--or-mark 0x10", "10 0*7 02 0*7", " --or-mark 0x10", " MARK or 0x10"},
    {Family::ipv4, 0, 0, "CONNMARK", "--set-mark 0x10", "10 0*7 ffffffff 0*12", " --set-mark 0x10",
     " CONNMARK set 0x10"},
    {Family::ipv4, 0, 0, "CONNMARK", "--set-mark 0x10/0xff", "10 0*7 ff 0*15", " --set-mark 0x10/0xff",
     " CONNMARK set 0x10/0xff"},
    {Family::ipv4, 0, 0, "CONNMARK", "--save-mark", "0*8 ffffffff 0*4 01 0*7", " --save-mark ", " CONNMARK save "},
    {Family::ipv4, 0, 0, "CONNMARK", "--restore-mark --mask 0xff", "0*8 ff 0*7 02 0*7", " --restore-mark --mask 0xff",
     " CONNMARK restore mask 0xff"},
    {Family::ipv4, 0, 0, "CONNMARK", "--mask 0xff --set-mark 1", "01 0*7 ffffffff 0*12", " --set-mark 0x1",
     " CONNMARK set 0x1"},
    {Family::ipv4, 1, 0, "CONNMARK", "--set-mark 0x10/0xff", "10000000ff000000ffffffff 0*4", " --set-xmark 0x10/0xff",
     " CONNMARK xset 0x10/0xff"},
    {Family::ipv4, 1, 0, "CONNMARK", "--save-mark --mask 0xff", "0*4 ff000000ff00000001000000",
     " --save-mark --nfmask 0xff --ctmask 0xff", " CONNMARK save mask 0xff"},
    {Family::ipv6, 1, 0, "CONNMARK", "--restore-mark --nfmask 1 --ctmask 2", "0*4 020000000100000002000000",
     " --restore-mark --nfmask 0x1 --ctmask 0x2", " CONNMARK restore ctmask 0x2 nfmask ~0x1"},
    {Family::ipv4, 1, 0, "CONNMARK", "--and-mark 1", "0*4 feffffffffffffff 0*4", " --set-xmark 0x0/0xfffffffe",
     " CONNMARK and 0x1"},
    {Family::ipv4, 0, 6, "TPROXY", "--on-port 80 --on-ip 192.0.2.1 --tproxy-mark 1/2",
     "0200000001000000c000020100500000", " --on-port 80 --on-ip 192.0.2.1 --tproxy-mark 0x1/0x2",
     " TPROXY redirect 192.0.2.1:80 mark 0x1/0x2"},
    {Family::ipv4, 0, 6, "TPROXY", "--on-port 80", "0*13 500000", " --on-port 80 --on-ip 0.0.0.0 --tproxy-mark 0x0/0x0",
     " TPROXY redirect 0.0.0.0:80 mark 0x0/0x0"},
    {Family::ipv4, 0, 6, "CT", "--helper ftp --zone 7", "000007 0*9 667470 0*25", " --helper ftp --zone 7",
     " CT helper ftp zone 7"},
    {Family::ipv4, 0, 0, "CT", "--ctevents new,reply --expevents new --notrack", "010000000900000001 0*31",
     " --notrack --ctevents new,reply --expevents new", " CT notrack ctevents new,reply expevents new"},
    {Family::ipv4, 1, 6, "CT", "--helper ftp --timeout pol --zone 7 --ctevents new",
     "0000070001 0*7 667470 0*13 706f6c 0*41", " --helper ftp --timeout pol --ctevents new --zone 7",
     " CT helper ftp timeout pol ctevents new zone 7"},
    {Family::ipv4, 2, 6, "CT", "--timeout pol --helper ftp --ctevents new --zone-reply 6",
     "0800060001 0*7 667470 0*13 706f6c 0*41", " --helper ftp --timeout pol --ctevents new --zone-reply 6",
     " CT helper ftp timeout pol ctevents new zone-reply 6"},
    {Family::ipv4, 0, 0, "NFQUEUE", "", "0*8", " --queue-num 0", " NFQUEUE num 0"},
    {Family::ipv4, 0, 0, "NFQUEUE", "--queue-num 7", "07 0*7", " --queue-num 7", " NFQUEUE num 7"},
    {Family::ipv4, 1, 0, "NFQUEUE", "", "000001 0*5", " --queue-num 0", " NFQUEUE num 0"},
    {Family::ipv4, 1, 0, "NFQUEUE", "--queue-balance 2:5", "020004 0*5", " --queue-balance 2:5",
     " NFQUEUE balance 2:5"},
    {Family::ipv4, 2, 0, "NFQUEUE", "--queue-num 7 --queue-bypass", "0700010001000000", " --queue-num 7 --queue-bypass",
     " NFQUEUE num 7 bypass"},
    {Family::ipv6, 2, 0, "NFQUEUE", "--queue-balance 2:5", "020004 0*5", " --queue-balance 2:5",
     " NFQUEUE balance 2:5"},
    {Family::ipv4, 0, 0, "IDLETIMER", "--timeout 30 --label foo", "1e000000666f6f 0*33", " --timeout 30 --label foo",
     " timeout:30 label:foo"},
    {Family::ipv4, 0, 0, "TOS", "--set-tos 0x10", "10 0*7", " --set-tos 0x10", " TOS set 0x10"},
    {Family::ipv4, 0, 0, "TOS", "--set-tos 0x11/0xff", "11 0*7", " --set-tos 0x11", " TOS set 0x11"},
    // Sets have no index yet; their names are attached.
    {Family::ipv4, 0, 0, "SET", "--add-set s1 src,dst --del-set s2 dst", "ffff0000 0100000002 0*23 ffff 0*2 02 0*27",
     " --add-set s1 src,dst --del-set s2 dst", " add-set s1 src,dst del-set s2 dst"},
    {Family::ipv6, 1, 0, "SET", "--add-set s1 src,dst", "ffff0202ffff 0*2", " --add-set s1 src,dst",
     " add-set s1 src,dst"},
    {Family::ipv4, 2, 0, "SET", "--del-set s2 dst --add-set s1 src,dst --exist --timeout 5",
     "ffff0202ffff01000100000005 0*3", " --add-set s1 src,dst --exist --timeout 5 --del-set s2 dst",
     " add-set s1 src,dst exist timeout 5 del-set s2 dst"},
};

TEST(TargetCodecs, OldAndRareOnesMakeTheToolsBytesAndText) {
  for (const Row& row : kRows) {
    SCOPED_TRACE(std::string(row.name) + " revision " + std::to_string(row.revision) + " " + std::string(row.options));
    const Extension* extension = find_revision(row.family, row.name, row.revision);
    ASSERT_NE(extension, nullptr);
    Use use(row.family, *extension, row.protocol);
    const auto applied = use.apply(row.options);
    ASSERT_TRUE(applied) << applied.error().message;
    const auto payload = use.instance().payload();
    EXPECT_EQ(std::vector<std::byte>(payload.begin(), payload.end()), bytes_of(row.payload));
    EXPECT_EQ(use.saved(), row.saved);
    EXPECT_EQ(use.listed(), row.listed);
  }
}

struct Refused {
  Family family;
  uint8_t revision;
  uint16_t protocol;
  std::string_view name;
  std::string_view options;
  std::string_view message;
};

const Refused kRefused[] = {
    {Family::ipv4, 0, 0, "LED", "", "LED: option \"--led-trigger-id\" must be specified"},
    {Family::ipv4, 0, 0, "LED", "--led-trigger-id foo --led-delay -1",
     "Delay value must be within range 0..4294967295"},
    {Family::ipv4, 0, 0, "CLUSTERIP", "--new --hashmode sourceip", "CLUSTERIP target: Invalid parameter combination"},
    {Family::ipv4, 0, 0, "CLUSTERIP", "--hashmode SOURCEIP", "Unknown hashmode \"SOURCEIP\""},
    {Family::ipv4, 0, 0, "CLUSTERIP", "--clustermac 02:00:5e:00:00:20", "MAC has to be a multicast ethernet address"},
    {Family::ipv4, 0, 0, "ULOG", "--ulog-nlgroup 33",
     "ULOG: bad value for option \"--ulog-nlgroup\", or out of range (1-32)."},
    {Family::ipv4, 0, 0, "ULOG", "--ulog-prefix a\nb", "Newlines not allowed in --ulog-prefix"},
    {Family::ipv4, 0, 0, "LOG", "--log-prefix a\nb", "Newlines not allowed in --log-prefix"},
    {Family::ipv4, 0, 0, "NFLOG", "--nflog-prefix a\nb", "Newlines not allowed in --nflog-prefix"},
    {Family::ipv4, 1, 0, "SECMARK", "", "SECMARK: option \"--selctx\" must be specified"},
    {Family::ipv4, 0, 6, "DNAT", "--to-destination 192.0.2.1:80-90/100",
     "Shifted portmap ranges not supported with this kernel"},
    {Family::ipv6, 1, 6, "DNAT", "--to-destination [2001:db8::1]:80-90/3",
     "Shifted portmap ranges not supported with this kernel"},
    {Family::ipv4, 0, 0, "MARK", "", "MARK target: Parameter --set/and/or-mark is required"},
    {Family::ipv4, 0, 0, "MARK", "--and-mark 1", "unknown option --and-mark"},
    {Family::ipv4, 0, 0, "CONNMARK", "--mask 1", "CONNMARK target: No operation specified"},
    {Family::ipv4, 1, 0, "CONNMARK", "--save-mark --left-shift-mark 4", "unknown option --left-shift-mark"},
    {Family::ipv4, 1, 0, "CT", "--zone-orig 7", "unknown option --zone-orig"},
    {Family::ipv4, 0, 0, "CT", "--timeout pol", "unknown option --timeout"},
    {Family::ipv4, 0, 0, "NFQUEUE", "--queue-balance 2:5", "unknown option --queue-balance"},
    {Family::ipv4, 2, 0, "NFQUEUE", "--queue-balance 2:5 --queue-cpu-fanout", "unknown option --queue-cpu-fanout"},
    {Family::ipv4, 0, 0, "IDLETIMER", "--timeout 30 --label foo --alarm", "unknown option --alarm"},
    {Family::ipv4, 0, 0, "TOS", "--set-tos 0x10/0xf0",
     "tos match: Your kernel is too old to support anything besides /0xFF as a mask."},
    {Family::ipv4, 1, 0, "SET", "--add-set s1 src --exist", "unknown option --exist"},
    {Family::ipv4, 2, 0, "SET", "--exist", "You must specify either `--add-set' or `--del-set' or `--map-set'"},
};

TEST(TargetCodecs, RefuseWhatTheirPayloadCannotHold) {
  for (const Refused& row : kRefused) {
    SCOPED_TRACE(std::string(row.name) + " revision " + std::to_string(row.revision) + " " + std::string(row.options));
    const Extension* extension = find_revision(row.family, row.name, row.revision);
    ASSERT_NE(extension, nullptr);
    const auto applied = Use(row.family, *extension, row.protocol).apply(row.options);
    ASSERT_FALSE(applied);
    EXPECT_EQ(applied.error().message, row.message);
  }
}

// Whatever bytes a kernel sends are printed without harm, in whichever way.
TEST(TargetCodecs, PrintAnyBytes) {
  for (const Extension* extension : all_extensions()) {
    if (extension->kind != Kind::target) continue;
    SCOPED_TRACE(std::string(extension->name) + " revision " + std::to_string(extension->revision));
    for (const Family family : {Family::ipv4, Family::ipv6}) {
      if (!has_family(extension->families, family)) continue;
      Use use(family, *extension, 0);
      for (unsigned fill = 0; fill < 256; fill += 15) {
        const std::vector<std::byte> payload(extension->padded_size(), static_cast<std::byte>(fill));
        const std::string saved = use.text(extension->save, payload);
        const std::string listed = use.text(extension->print, payload);
        EXPECT_EQ(saved.find('\0'), std::string::npos);
        EXPECT_EQ(listed.find('\0'), std::string::npos);
      }
    }
  }
}

TEST(TargetCodecs, PrefixThatIsTooLongForThePayloadIsKept) {
  const Extension* nflog = find_revision(Family::ipv4, "NFLOG", 0);
  ASSERT_NE(nflog, nullptr);
  const std::string prefix(100, 'p');
  Use use(Family::ipv4, *nflog, 0);
  ASSERT_TRUE(use.apply("--nflog-prefix " + prefix));
  EXPECT_EQ(use.saved(), " --nflog-prefix " + prefix);
  ASSERT_EQ(use.instance().attachments().size(), 1u);
  EXPECT_EQ(use.instance().attachments()[0].kind, Attachment::Kind::long_prefix);
  EXPECT_EQ(use.instance().attachments()[0].text, prefix);

  Use longest(Family::ipv4, *nflog, 0);
  ASSERT_TRUE(longest.apply("--nflog-prefix " + std::string(200, 'p')));
  EXPECT_EQ(longest.instance().attachments()[0].text, std::string(127, 'p'));
}

TEST(TargetCodecs, NotrackIsAnotherNameOfCt) {
  const Extension* notrack = find_revision(Family::ipv4, "NOTRACK", 2);
  ASSERT_NE(notrack, nullptr);
  EXPECT_EQ(notrack->kernel_name, "CT");
  Use use(Family::ipv4, *notrack, 0);
  ASSERT_TRUE(use.apply(""));
  const auto payload = use.instance().payload();
  const Extension* printer = find_by_payload(Kind::target, Family::ipv4, "CT", 2, payload.size());
  ASSERT_NE(printer, nullptr);
  EXPECT_EQ(printer->name, "CT");
  EXPECT_EQ(printer->printed_name(payload.data()), "NOTRACK");
  EXPECT_EQ(use.text(printer->save, payload), "");
}

}  // namespace
}  // namespace ferrule::ext
