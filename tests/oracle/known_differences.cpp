#include "oracle/known_differences.hpp"

namespace ferrule::test {
namespace {

constexpr std::string_view kFullRangeText =
    "1.8.9 saves nothing for an inverted full port range: restored, the rule matches every port where it matched none";
constexpr std::string_view kImpossibleFlags =
    "1.8.9 saves nothing, and over nf_tables writes nothing, for flags that cannot be: the rule then matches all of "
    "TCP";
constexpr std::string_view kNoBasePort =
    "the payload has no room for a base port: 1.8.9 forgets it and prints a 0 that it does not read back";
constexpr std::string_view kOneZone =
    "the payload has room for one zone: 1.8.9 forgets the first of two, where the rule says both";
constexpr std::string_view kOddMask =
    "1.8.9 takes a mask that is no prefix for a full one, though the payload can hold any";
constexpr std::string_view kNumberCut = "1.8.9 cuts off the bits of a number for which the payload has no room";
constexpr std::string_view kNumberRest = "1.8.9 ignores what stands behind a number";
constexpr std::string_view kEmptyBeginning = "1.8.9 takes nothing for a beginning of the first type in its list";
constexpr std::string_view kForgottenNot = "1.8.9 ignores the `!`: the rule says the opposite of what it does";
constexpr std::string_view kUnsavedRange =
    "1.8.9 saves nothing for a range of everything, though without it the rule means something else";
constexpr std::string_view kNothingTyped = "1.8.9 takes nothing for 0";
constexpr std::string_view kNoProbability = "1.8.9 takes what is no number for 0";
constexpr std::string_view kEmptyList = "1.8.9 saves an option without its argument, so that its own restore fails";
constexpr std::string_view kChunkPlace =
    "1.8.9 files the flags under the chunk type's place in its list of names, so that they are those of another type, "
    "and "
    "reads beyond the list where they are under its own";
constexpr std::string_view kUnsavedCodes = "1.8.9 saves the first of a range of codes only";
constexpr std::string_view kOtherUnit = "1.8.9 takes a unit that it does not know for another one";
constexpr std::string_view kSlowestRate = "1.8.9 saves the slowest rate as 0b/s, so that its own restore fails";
constexpr std::string_view kOtherDay =
    "1.8.9 takes a day or month that does not exist for another one, or for none, and ignores what stands behind a day";
constexpr std::string_view kNodeMask = "1.8.9 takes no node mask above 32, though it saves such masks itself";
constexpr std::string_view kContradiction = "1.8.9 forgets all comparisons but the last";
constexpr std::string_view kUnquotedName = "1.8.9 prints the name without quotes, so that its own restore fails";

constexpr std::string_view kForgottenCounters = "ip6tables-nft 1.8.9 forgets the counters that a rule is given";
constexpr std::string_view kNoUserNames =
    "ferrule apply looks up no users and groups: asking a directory can take a minute, and numbers always work";
constexpr std::string_view kInvertedAny =
    "legacy 1.8.9 saves no option for it, so that a rule which matches nothing comes back as one that matches "
    "everything";

constexpr std::string_view kFullPortRange =
    "1.8.9 writes nothing at all for an inverted full port range: the rule matches every port where it says none";
constexpr std::string_view kInvertedPair =
    "1.8.9 compares both ports at once, which means `not both`, where the rule says `neither`";
constexpr std::string_view kInvertedZeroPrefix =
    "1.8.9 sends an empty comparison, which the kernel refuses; the rule means `never`, as legacy has it";

constexpr std::string_view kSameWord =
    "1.8.9 takes the whole word for the argument where that stands in the option's own word, which 1.8.10 corrects";

constexpr KnownDifference kDifferences[] = {
    {"-A INPUT -jDROP", {}, {}, "-A INPUT -j DROP", kSameWord},
    {"-A INPUT --jump=DROP", {}, {}, "-A INPUT -j DROP", kSameWord},
    {"-A INPUT -p6", {}, {}, "-A INPUT -p tcp", kSameWord},
    {"-A INPUT --protocol=tcp", {}, {}, "-A INPUT -p tcp", kSameWord},
    {"-A INPUT -s192.0.2.1", {}, Family::ipv4, "-A INPUT -s 192.0.2.1/32", kSameWord},
    {"-A INPUT --destination=192.0.2.1", {}, Family::ipv4, "-A INPUT -d 192.0.2.1/32", kSameWord},
    {"-A INPUT --in-interface=eth0", {}, {}, "-A INPUT -i eth0", kSameWord},
    {"-A FORWARD -p tcp ! --sport 0:65535",
     Flavour::nft,
     {},
     "-A FORWARD -p tcp -m tcp ! --sport 0:65535",
     kFullPortRange},
    {"-A FORWARD -p udp ! --dport 0:65535",
     Flavour::nft,
     {},
     "-A FORWARD -p udp -m udp ! --dport 0:65535",
     kFullPortRange},
    {"-A FORWARD -p tcp ! --sport 1 ! --dport 2",
     Flavour::nft,
     {},
     "-A FORWARD -p tcp -m tcp ! --sport 1 ! --dport 2",
     kInvertedPair},
    {"-A FORWARD -p udp ! --sport 1 ! --dport 2",
     Flavour::nft,
     {},
     "-A FORWARD -p udp -m udp ! --sport 1 ! --dport 2",
     kInvertedPair},
    {"-A FORWARD ! -s 0.0.0.0/0", Flavour::nft, Family::ipv4, "-A FORWARD ! -s 0.0.0.0/0", kInvertedZeroPrefix},
    {"-A FORWARD -c 5 600 -j ACCEPT", Flavour::nft, Family::ipv6, "-A FORWARD -j ACCEPT", kForgottenCounters},
    {"-A FORWARD ! -d ::/0", Flavour::nft, Family::ipv6, "-A FORWARD ! -d ::/0", kInvertedZeroPrefix},
    {"-A OUTPUT -m owner --uid-owner root", {}, {}, "", kNoUserNames},
    {"-A OUTPUT -m owner --uid-owner nobody", {}, {}, "", kNoUserNames},
    {"-A OUTPUT -m owner --gid-owner nogroup", {}, {}, "", kNoUserNames},
    {"-A INPUT ! -i +", Flavour::legacy, {}, "-A INPUT ! -i +", kInvertedAny},
    {"-A POSTROUTING -p tcp -j SNAT --to-source 192.0.2.7:80-90/100", {}, Family::ipv4, "", kNoBasePort},
    {"-A POSTROUTING -p tcp -j SNAT --to-source [2001:db8::1]:80-90/100", {}, Family::ipv6, "", kNoBasePort},
    {"-A POSTROUTING -p tcp -j MASQUERADE --to-ports 80-90/4", {}, {}, "", kNoBasePort},
    {"-A PREROUTING -j CT --zone-orig 7 --zone-reply 8", {}, {}, "", kOneZone},
    {"-A PREROUTING -j CT --zone 7 --zone-orig 8", {}, {}, "", kOneZone},
    {"-A PREROUTING -j NETMAP --to 198.51.100.0/255.255.0.255",
     {},
     Family::ipv4,
     "-A PREROUTING -j NETMAP --to 198.51.0.0/255.255.0.255",
     kOddMask},
    {"-A PREROUTING -j NETMAP --to 2001:db8::5/ffff::ff",
     {},
     Family::ipv6,
     "-A PREROUTING -j NETMAP --to 2001::5/ffff::ff",
     kOddMask},
    {"-A PREROUTING -j NETMAP --to 198.51.100.0/33", {}, Family::ipv4, "", kNumberCut},
    {"-A PREROUTING -p tcp -j TPROXY --on-port 65536", {}, {}, "", kNumberCut},
    {"-A POSTROUTING -j CLASSIFY --set-class 10000:1", {}, {}, "", kNumberCut},
    {"-A POSTROUTING -j CLASSIFY --set-class 1:10000", {}, {}, "", kNumberCut},
    {"-A POSTROUTING -j CLASSIFY --set-class -1:1", {}, {}, "", kNumberCut},
    {"-A INPUT -p tcp -j SYNPROXY --mss 65536", {}, {}, "", kNumberCut},
    {"-A INPUT -p tcp -j SYNPROXY --wscale 256", {}, {}, "", kNumberCut},
    {"-A POSTROUTING -j CLASSIFY --set-class 1:1x", {}, {}, "", kNumberRest},
    {"-A PREROUTING -p tcp -j DNAT --to-destination 192.0.2.9:80-90/10x", {}, Family::ipv4, "", kNumberRest},
    {"-A OUTPUT -j REJECT --reject-with \"\"", {}, {}, "", kEmptyBeginning},
    {"-A INPUT -j SET ! --add-set foo src", {}, Family::ipv4, "", kForgottenNot},
    {"-A INPUT -j RATEEST --rateest-name \"a b\" --rateest-interval 1s --rateest-ewmalog 2s",
     {},
     {},
     "-A INPUT -j RATEEST --rateest-name \"a b\" --rateest-interval 1.0s --rateest-ewmalog 2.0s",
     kUnquotedName},
    {"-A FORWARD -p tcp -m tcp ! --dport 0:65535",
     Flavour::legacy,
     {},
     "-A FORWARD -p tcp -m tcp ! --dport 0:65535",
     kFullRangeText},
    {"-A FORWARD -p udp -m udp ! --sport 0:65535",
     Flavour::legacy,
     {},
     "-A FORWARD -p udp -m udp ! --sport 0:65535",
     kFullRangeText},
    {"-A FORWARD -p tcp -m tcp --tcp-flags NONE SYN",
     {},
     {},
     "-A FORWARD -p tcp -m tcp --tcp-flags NONE SYN",
     kImpossibleFlags},
    {"-A FORWARD -p udp -m udp --dport 65536", {}, {}, "", kNumberCut},
    {"-A FORWARD -p udp -m udp --dport \"\"", {}, {}, "", kNothingTyped},
    {"-A FORWARD -m conntrack --ctorigsrc 10.0.0.1/255.0.255.0",
     {},
     Family::ipv4,
     "-A FORWARD -m conntrack --ctorigsrc 10.0.0.1/255.0.255.0",
     kOddMask},
    {"-A FORWARD -m conntrack ! --ctreplsrc 2001:db8::1/ffff::ffff",
     {},
     Family::ipv6,
     "-A FORWARD -m conntrack ! --ctreplsrc 2001:db8::1/ffff::ffff",
     kOddMask},
    {"-A FORWARD -m conntrack --ctrepldst 10.0.0.1/33", {}, Family::ipv4, "", kNumberCut},
    {"-A FORWARD -m conntrack --ctrepldstport 65536", {}, {}, "", kNumberCut},
    {"-A FORWARD -m statistic --mode random --probability nan", {}, {}, "", kNoProbability},
    {"-A FORWARD -m limit --limit 5x", {}, {}, "", kNumberRest},
    {"-A FORWARD -m limit --limit 1.5/s", {}, {}, "", kNumberRest},
    {"-A FORWARD -m connlimit --connlimit-above 7 --connlimit-mask 33", {}, Family::ipv4, "", kNumberCut},
    {"-A FORWARD -m connlimit --connlimit-above 7 --connlimit-mask 255.0.255.0", {}, Family::ipv4, "", kOddMask},
    {"-A FORWARD -p dccp -m dccp --dccp-types \"\"", {}, {}, "", kEmptyList},
    {"-A FORWARD -p esp -m esp ! --espspi 0:4294967295",
     {},
     {},
     "-A FORWARD -p esp -m esp ! --espspi 0:4294967295",
     kUnsavedRange},
    {"-A FORWARD -p ah -m ah ! --ahspi 0:4294967295",
     {},
     {},
     "-A FORWARD -p ah -m ah ! --ahspi 0:4294967295",
     kUnsavedRange},
    {"-A FORWARD -p ipcomp -m ipcomp --ipcompspi 0:4294967295",
     {},
     {},
     "-A FORWARD -p ipcomp -m ipcomp --ipcompspi 0:4294967295",
     kUnsavedRange},
    {"-A FORWARD -p ipcomp -m ipcomp ! --ipcompspi 0:4294967295",
     {},
     {},
     "-A FORWARD -p ipcomp -m ipcomp ! --ipcompspi 0:4294967295",
     kUnsavedRange},
    {"-A FORWARD -p icmp --icmp-type 3/5:6",
     {},
     Family::ipv4,
     "-A FORWARD -p icmp -m icmp --icmp-type 3/5:6",
     kUnsavedCodes},
    {"-A FORWARD -p icmpv6 --icmpv6-type 1/5:6",
     {},
     Family::ipv6,
     "-A FORWARD -p ipv6-icmp -m icmp6 --icmpv6-type 1/5:6",
     kUnsavedCodes},
    {"-A FORWARD -p sctp -m sctp --chunk-types any I_DATA:Be", {}, {}, "", kChunkPlace},
    {"-A INPUT -m hashlimit --hashlimit-upto 3b/s --hashlimit-name h27",
     {},
     {},
     "-A INPUT -m hashlimit --hashlimit-upto 1b/s --hashlimit-name h27",
     kSlowestRate},
    {"-A INPUT -m hashlimit --hashlimit-upto 1/s --hashlimit-name \"a blank\"",
     {},
     {},
     "-A INPUT -m hashlimit --hashlimit-upto 1/sec --hashlimit-burst 5 --hashlimit-name \"a blank\"",
     kUnquotedName},
    {"-A INPUT -m hashlimit --hashlimit-upto 3gb/s --hashlimit-name h60", {}, {}, "", kOtherUnit},
    {"-A INPUT -m hashlimit --hashlimit-upto 3KB/s --hashlimit-name h61", {}, {}, "", kOtherUnit},
    {"-A INPUT -m hashlimit --hashlimit-upto 3kb/min --hashlimit-name h62", {}, {}, "", kOtherUnit},
    {"-A INPUT -m hashlimit --hashlimit-upto 3x/sec --hashlimit-name h63", {}, {}, "", kNumberRest},
    {"-A INPUT -m hashlimit --hashlimit-upto 3/sec --hashlimit-burst 9x --hashlimit-name h64", {}, {}, "", kNumberRest},
    {"-A INPUT -m hashlimit --hashlimit-upto 512kb/s --hashlimit-burst 5000mb --hashlimit-name h65",
     {},
     {},
     "",
     kNumberCut},
    {"-A INPUT -m recent --set --name \"a blank\"",
     {},
     Family::ipv4,
     "-A INPUT -m recent --set --name \"a blank\" --mask 255.255.255.255 --rsource",
     kUnquotedName},
    {"-A INPUT -m recent --set --name \"a blank\"",
     {},
     Family::ipv6,
     "-A INPUT -m recent --set --name \"a blank\" --mask ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff --rsource",
     kUnquotedName},
    {"-A INPUT -m bpf --bytecode \"1,6 0 0 4294967296\"", {}, {}, "", kNumberCut},
    {"-A INPUT -m bpf --bytecode \"1,6 0 0 0x10\"", {}, {}, "", kNumberRest},
    {"-A INPUT -m bpf --bytecode \"1,6 0 0 1 1\"", {}, {}, "", kNumberRest},
    {"-A INPUT -m time --datestart 2020-00", {}, {}, "", kOtherDay},
    {"-A INPUT -m time --datestart 2020-02-00", {}, {}, "", kOtherDay},
    {"-A INPUT -m time --weekdays Mon:Tue", {}, {}, "", kOtherDay},
    {"-A INPUT -m time --weekdays Mon,8", {}, {}, "", kOtherDay},
    {"-A INPUT -m time --monthdays 1,0", {}, {}, "", kOtherDay},
    {"-A INPUT -m policy --dir in --pol ipsec --mode tunnel --tunnel-src 192.0.2.1/255.255.0.255",
     {},
     Family::ipv4,
     "-A INPUT -m policy --dir in --pol ipsec --mode tunnel --tunnel-src 192.0.2.1/255.255.0.255",
     kOddMask},
    {"-A INPUT -m cluster --cluster-total-nodes 8 --cluster-local-nodemask 0x40 --cluster-hash-seed 1",
     {},
     {},
     "-A INPUT -m cluster --cluster-local-nodemask 0x00000040 --cluster-total-nodes 8 --cluster-hash-seed 0x00000001",
     kNodeMask},
    {"-A INPUT -p tcp -m osf --genre \"a blank\"",
     {},
     Family::ipv4,
     "-A INPUT -p tcp -m osf --genre \"a blank\"",
     kUnquotedName},
    {"-A INPUT -m rateest --rateest a --rateest-gt --rateest-bps 8tbit", {}, {}, "", kNumberCut},
    {"-A INPUT -m rateest --rateest a --rateest-gt --rateest-lt --rateest-bps 5mbit", {}, {}, "", kContradiction},
    {"-A INPUT -m srh --srh-lsid 2001:db8::5/ffff::1",
     {},
     Family::ipv6,
     "-A INPUT -m srh --srh-lsid 2001:db8::5/ffff::1",
     kOddMask},
    {"-A INPUT -m dst --dst-opts 256", {}, Family::ipv6, "", kNumberCut},
    {"-A INPUT -m dst --dst-opts 1:256", {}, Family::ipv6, "", kNumberCut},
    {"-A INPUT -m rt ! --rt-segsleft 0:4294967295",
     {},
     Family::ipv6,
     "-A INPUT -m rt ! --rt-segsleft 0:4294967295",
     kUnsavedRange},
    {"-A INPUT -m frag ! --fragid 0:4294967295",
     {},
     Family::ipv6,
     "-A INPUT -m frag ! --fragid 0:4294967295",
     kUnsavedRange},
    {"-A INPUT -p mh -m mh ! --mh-type 0:255",
     {},
     Family::ipv6,
     "-A INPUT -p mobility-header -m mh ! --mh-type 0:255",
     kUnsavedRange},
};

constexpr std::string_view kNotCounters =
    "1.8.9 does not look at what stands in the brackets unless it is asked for counters";

constexpr StricterReading kStricter[] = {
    {"quote that never ends", "1.8.9 takes the line's end into the word, and does not read back what it saves"},
    {"[a:b] -A INPUT -j ACCEPT", kNotCounters},
    {"[1:] -A INPUT -j ACCEPT", kNotCounters},
    {"[1:2 ] -A INPUT", kNotCounters},
    {"[1:2:3] -A INPUT", kNotCounters},
    {"-A INPUT -p udp -m udp --sport 99999", kNumberCut},
};

}  // namespace

std::span<const StricterReading> stricter_readings() { return kStricter; }

std::span<const KnownDifference> known_differences() { return kDifferences; }

const KnownDifference* find_known_difference(const Case& c, Family family, Flavour flavour) {
  for (const KnownDifference& difference : kDifferences) {
    const bool same_family = !difference.family || *difference.family == family;
    const bool same_flavour = !difference.flavour || *difference.flavour == flavour;
    if (difference.rule == c.rule && same_flavour && same_family) return &difference;
  }
  return nullptr;
}

}  // namespace ferrule::test
