// Covers the matches of src/extensions: options in, the kernel's bytes out. The bytes were read out of the kernel after
// iptables 1.8.9 had put them there.
#include <gtest/gtest.h>

#include "extensions/payload_text.hpp"

namespace ferrule::test {
namespace {

struct Row {
  std::string_view options;
  std::string_view matches;
};

void check(Family family, std::span<const Row> rows) {
  for (const Row& row : rows) {
    SCOPED_TRACE(row.options);
    EXPECT_EQ(matches_text(rule_of(family, "-A FORWARD " + std::string(row.options))), row.matches);
  }
}

constexpr Row kIpv4Rows[] = {
    {"-m addrtype ! --src-type MULTICAST --limit-iface-in", "addrtype r1 20 0*3 05 0*3"},
    {"-p ah -m ah --ahspi 5:9", "ah r0 05 0*3 09 0*11"},
    {"-m comment --comment foo", "comment r0 666f6f 0*253"},
    {"-m connbytes --connbytes 10: --connbytes-mode bytes --connbytes-dir both",
     "connbytes r0 0a 0*7 ffffffffffffffff0102 0*6"},
    // inverted: the range runs backwards
    {"-m connbytes ! --connbytes 10:20 --connbytes-mode avgpkt --connbytes-dir reply",
     "connbytes r0 14 0*7 0a 0*7 0201 0*6"},
    {"-m connlabel ! --label 5 --set", "connlabel r0 050003 0*5"},
    {"-m connlimit --connlimit-above 7 --connlimit-mask 24", "connlimit r1 ffffff 0*13 07 0*15"},
    // no mask: the preset of either family's length
    {"-m connlimit ! --connlimit-above 7 --connlimit-daddr",
     "connlimit r1 ffffffffffffffffffffffffffffffff07 0*3 03 0*11"},
    {"-m connmark --mark 0x21/0xff", "connmark r1 21 0*3 ff 0*11"},
    {"-m conntrack --ctstate NEW,INVALID", "conntrack r3 0*146 01 0*3 09 0*17"},
    {"-m conntrack --ctorigsrc 192.0.2.0/24 --ctdir REPLY", "conntrack r3 c00002 0*13 ffffff 0*127 04100010 0*18"},
    {"-m conntrack ! --ctorigdstport 22", "conntrack r3 0*140 16 0*6 020002 0*6 16 0*11"},
    {"-m conntrack --ctorigsrcport 22:80", "conntrack r3 0*138 16 0*8 01 0*6 50 0*13"},
    {"-m conntrack ! --ctexpire 5: --ctstatus ASSURED --ctproto 6",
     "conntrack r3 0*128 05 0*3 ffffffff06 0*9 c20080 0*3 04 0*15"},
    {"-m state --state ESTABLISHED,RELATED", "conntrack r3 0*146 0120000006 0*17"},
    {"-m state ! --state NEW", "conntrack r3 0*146 0120010008 0*17"},
    {"-m cpu ! --cpu 3", "cpu r0 03 0*3 01 0*3"},
    {"-p 33 -m dccp ! --dport 9 ! --dccp-types INVALID ! --dccp-option 9", "dccp r0 090009 0*5 0e000e0000fc0900"},
    {"-m devgroup ! --src-group 1 --dst-group 2/0xf", "devgroup r0 07 0*3 01 0*3 ffffffff02 0*3 0f 0*7"},
    {"-m dscp --dscp 10", "dscp r0 0a 0*7"},
    {"-m dscp ! --dscp-class EF", "dscp r0 2e01 0*6"},
    {"-p tcp -m ecn ! --ecn-tcp-ece --ecn-tcp-cwr --ecn-ip-ect 1", "ecn r0 311001 0*5"},
    {"-p esp -m esp --espspi 7", "esp r0 07 0*3 07 0*11"},
    {"-m helper ! --helper ftp", "helper r0 01 0*3 667470 0*33"},
    {"-p icmp -m icmp --icmp-type port-unreachable", "icmp r0 030303 0*5"},
    {"-p icmp -m icmp ! --icmp-type any", "icmp r0 ff00ff01 0*4"},
    {"-p 108 -m ipcomp --compres", "ipcomp r0 0*9 01 0*6"},
    {"-m iprange --src-range 192.0.2.5-192.0.2.9", "iprange r1 c0000205 0*12 c0000209 0*44 01 0*7"},
    {"-m length --length 40:80", "length r0 280050 0*5"},
    {"-m limit --limit 20/min --limit-burst 9", "limit r0 3075000009 0*35"},
    {"-m limit", "limit r0 001bb70005 0*35"},
    {"-m mac ! --mac-source 02:00:00:00:00:01", "mac r0 02 0*4 01000001 0*7"},
    {"-m mark ! --mark 0x3/0xf", "mark r1 03 0*3 0f 0*3 01 0*7"},
    {"-p tcp -m multiport --dports 22,80,8000:8010", "multiport r1 010416005000401f4a1f 0*24 01 0*13"},
    {"-p udp -m multiport ! --ports 1,2", "multiport r1 0202010002 0*42 01"},
    {"-m owner --uid-owner 1000", "owner r1 e8030000e803 0*10 01 0*7"},
    {"-m owner ! --gid-owner 5-6 --suppl-groups", "owner r1 0*8 05 0*3 06 0*3 0a02 0*6"},
    {"-m physdev --physdev-in eth+", "physdev r0 6574682b 0*12 ffffff 0*46 01 0*6"},
    {"-m pkttype ! --pkt-type multicast", "pkttype r0 02 0*3 01 0*3"},
    {"-m quota ! --quota 4096", "quota r0 01 0*8 10 0*14"},
    {"-m realm ! --realm 5/0xff", "realm r0 05 0*3 ff 0*3 01 0*7"},
    {"-m rpfilter --loose --invert", "rpfilter r0 09 0*7"},
    {"-p sctp -m sctp --dport 2905", "sctp r0 590b590b 0*264 ff0000ff0000ff0000ff 0*6 02 0*11"},
    {"-p sctp -m sctp ! --chunk-types any DATA:Be,INIT",
     "sctp r0 0*8 03 0*255 01 0*4 0203ff0000ff0000ff000001 0*3 04 0*3 04 0*7"},
    // the index of the set is for the backend to fill in
    {"-m set ! --match-set web dst,src --return-nomatch ! --update-counters --packets-lt 5 ! --bytes-eq 7",
     "set r4 00000205 0*4 05 0*7 03 0*7 07 0*7 02 0*7 88 0*7"},
    {"-m socket --transparent --nowildcard", "socket r3 03 0*7"},
    {"-m statistic --mode nth --every 4 --packet 1", "statistic r0 01 0*3 03 0*3 01 0*3 02 0*11"},
    {"-m statistic --mode random --probability 0.25", "statistic r0 0*7 20 0*7 20 0*8"},
    {"-p tcp -m tcp ! --dport 25 --syn", "tcp r0 0000ffff1900190000170202 0*4"},
    {"-p tcp -m tcp --tcp-flags SYN,RST SYN", "tcp r0 0000ffff0000ffff000602 0*5"},
    {"-p tcp -m tcp ! --tcp-option 8", "tcp r0 0000ffff0000ffff08000008 0*4"},
    {"-p tcp -m tcpmss --mss 500:600", "tcpmss r0 f4015802 0*4"},
    {"-m tos --tos 0x20/0xe0", "tos r1 e020 0*6"},
    {"-m tos --tos Minimize-Delay", "tos r1 3f10 0*6"},
    {"-m ttl --ttl-lt 10", "ttl r0 020a 0*6"},
    {"-p udp -m udp --sport 53", "udp r0 350035 0*3 ffff 0*8"},
};

TEST(MatchPayloads, AreThoseOfIptables) { check(Family::ipv4, kIpv4Rows); }

constexpr Row kIpv6Rows[] = {
    {"-p ah -m ah ! --ahspi 5:9 ! --ahlen 12 --ahres", "ah r0 05 0*3 09 0*3 0c 0*3 01030000"},
    {"-m connlimit --connlimit-upto 2 --connlimit-mask 64", "connlimit r1 ffffffffffffffff 0*8 02 0*3 01 0*11"},
    {"-m conntrack --ctorigsrc 2001:db8::1/64", "conntrack r3 20010db8 0*11 01ffffffffffffffff 0*122 04 0*21"},
    {"-m hl --hl-gt 254", "hl r0 03fe 0*6"},
    {"-p icmpv6 -m icmp6 --icmpv6-type neighbour-solicitation", "icmp6 r0 8700ff 0*5"},
    {"-p icmpv6 -m icmpv6 --icmpv6-type 1/3", "icmp6 r0 010303 0*5"},
    {"-p icmpv6 -m ipv6-icmp ! --icmpv6-type pong", "icmp6 r0 8100ff01 0*4"},
    {"-m iprange ! --dst-range 2001:db8::1-2001:db8::9", "iprange r1 0*32 20010db8 0*11 0120010db8 0*11 0922 0*7"},
};

TEST(MatchPayloads, AreThoseOfIp6tables) { check(Family::ipv6, kIpv6Rows); }

// Where the bytes of 1.8.9 do not mean what the rule says, ours do.
TEST(MatchPayloads, MeanWhatTheRuleSays) {
  constexpr Row kRows[] = {
      // 1.8.9 compares the whole address where the mask is no prefix
      {"-m conntrack --ctorigsrc 10.0.0.1/255.0.255.0", "conntrack r3 0a000001 0*12 ff00ff 0*127 04 0*21"},
  };
  check(Family::ipv4, kRows);
}

struct Refusal {
  std::string_view options;
  std::string_view message;
};

// The words of the real tool, which programs look for.
TEST(MatchErrors, SayWhatIptablesSays) {
  constexpr Refusal kRefusals[] = {
      {"-m conntrack --ctstate FOO", "Bad ctstate \"FOO\""},
      {"-m conntrack", "conntrack: At least one option is required"},
      {"-m conntrack --ctdir UP", "conntrack: Bad value for \"--ctdir\" option: \"UP\""},
      {"-m mark --mark x", "mark: bad integer value for option \"--mark\", or out of range."},
      {"-m mark", "mark: option \"--mark\" must be specified"},
      {"-m connmark --mark 1 --mark 2", "connmark: option \"--mark\" can only be used once."},
      {"-p tcp -m tcp --tcp-flags BAD SYN", "Unknown TCP flag `BAD'"},
      {"-p tcp -m tcp --dport 80:22", "invalid portrange (min > max)"},
      {"-p tcp -m tcp --dport 65536", "invalid port/service `65536' specified"},
      {"-p icmp -m icmp --icmp-type echo", "Ambiguous ICMP type `echo': `echo-reply' or `echo-request'?"},
      {"-p icmp -m icmp --icmp-type 3/256", "Unknown ICMP code `3/256'"},
      {"-m multiport --dports 22", "multiport needs `-p tcp', `-p udp', `-p udplite', `-p sctp' or `-p dccp'"},
      {"-p icmp -m multiport --dports 22", "multiport only works with TCP, UDP, UDPLITE, SCTP and DCCP"},
      {"-p tcp -m multiport --dports 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16", "too many ports specified"},
      {"-m owner --uid-owner 5-", "owner: Bad value for \"--uid-owner\" option: \"5-\""},
      {"-m limit --limit 10001", "Rate too fast \"10001\""},
      {"-m statistic --mode nth --every 4 --packet 4", "the --packet p must be 0 <= p <= n-1"},
      {"-m set --match-set web", "--match-set requires two args."},
      {"-m ttl ! --ttl-lt 5", "ttl: option \"--ttl-lt\" cannot be inverted."},
      {"-m connlimit --connlimit-saddr", "You must specify \"--connlimit-above\" or \"--connlimit-upto\"."},
      {"-m mac --mac-source 00:11:22:33:44", "Invalid MAC address specified."},
      {"-m realm --realm nosuch", "realm: could not map name nosuch to an integer value for option \"--realm\"."},
  };
  for (const Refusal& row : kRefusals) {
    SCOPED_TRACE(row.options);
    EXPECT_EQ(error_of(Family::ipv4, "-A FORWARD " + std::string(row.options)).message, row.message);
  }
}

}  // namespace
}  // namespace ferrule::test
