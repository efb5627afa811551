// Covers src/backend_nft/encode.cpp and encode_native.cpp: rule → expressions. The *_netns_test.cpp beside it compare
// with what iptables-nft writes; the rows here are for reading, and for the forms in which ferrule differs on purpose.
#include <linux/netfilter/xt_NFLOG.h>
#include <linux/netfilter/xt_limit.h>

#include "backend_nft/decode.hpp"
#include "backend_nft/encoded_rule.hpp"
#include "backend_nft/listing.hpp"
#include "backend_nft/rule_parts.hpp"

namespace ferrule::test {
namespace {

using model::RuleBuilder;

struct Row {
  const char* rule;
  Family family;
  Build build;
  const char* expressions;  // less the final `counter 0:0` of rules without a target
};

void set_source(RuleBuilder& b, const char* text, unsigned length) {
  b.selectors.source = address(b.family(), text);
  b.selectors.source_mask = prefix(length);
}

xt_rateinfo rate(uint32_t average, uint32_t burst) {
  xt_rateinfo info{};
  info.avg = average;
  info.burst = burst;
  return info;
}

const Row kRows[] = {
    {"", Family::ipv4, [](RuleBuilder&) {}, ""},
    {"-s 10.1.2.3", Family::ipv4, [](RuleBuilder& b) { set_source(b, "10.1.2.3", 32); },
     "payload network+12 4 -> r1\ncmp r1 eq 0a010203\n"},
    // a mask on a byte boundary loads fewer bytes instead of adding a bitwise step
    {"-s 10.1.2.0/24", Family::ipv4, [](RuleBuilder& b) { set_source(b, "10.1.2.0", 24); },
     "payload network+12 3 -> r1\ncmp r1 eq 0a0102\n"},
    {"-s 10.2.0.0/15", Family::ipv4, [](RuleBuilder& b) { set_source(b, "10.2.0.0", 15); },
     "payload network+12 4 -> r1\nbitwise r1 = r1 & fffe0000 ^ 00000000\ncmp r1 eq 0a020000\n"},
    // nothing under an empty mask differs from nothing: never matches
    {"! -s 0.0.0.0/0", Family::ipv4, [](RuleBuilder& b) { b.selectors.invert = model::kInvertSource; },
     "payload network+12 4 -> r1\nbitwise r1 = r1 & 00000000 ^ 00000000\ncmp r1 neq 00000000\n"},
    {"-d 1::/16", Family::ipv6,
     [](RuleBuilder& b) {
       b.selectors.destination = address(b.family(), "1::");
       b.selectors.destination_mask = prefix(16);
     },
     "payload network+24 2 -> r1\ncmp r1 eq 0001\n"},
    {"-i eth0 ! -o wan+", Family::ipv4,
     [](RuleBuilder& b) {
       b.selectors.in = model::Interface::from_text("eth0");
       b.selectors.out = model::Interface::from_text("wan+");
       b.selectors.invert = model::kInvertOut;
     },
     "meta iifname -> r1\ncmp r1 eq 6574683000\nmeta oifname -> r1\ncmp r1 neq 77616e\n"},
    {"-i +", Family::ipv4, [](RuleBuilder& b) { b.selectors.in = model::Interface::from_text("+"); },
     "meta iifname -> r1\n"},
    {"! -i +", Family::ipv4,
     [](RuleBuilder& b) {
       b.selectors.in = model::Interface::from_text("+");
       b.selectors.invert = model::kInvertIn;
     },
     "meta iifname -> r1\ncmp r1 eq 494e56414c2f4400\n"},
    {"-f", Family::ipv4, [](RuleBuilder& b) { b.selectors.fragment = true; },
     "payload network+6 2 -> r1\nbitwise r1 = r1 & 1fff ^ 0000\ncmp r1 neq 0000\n"},
    {"-p tcp --dport 22", Family::ipv4,
     [](RuleBuilder& b) {
       add_tcp(b, {}, {22, 22});
     },
     "meta l4proto -> r1\ncmp r1 eq 06\npayload transport+2 2 -> r1\ncmp r1 eq 0016\n"},
    {"-p tcp --sport 5 --dport 6", Family::ipv4,
     [](RuleBuilder& b) {
       add_tcp(b, {5, 5}, {6, 6});
     },
     "meta l4proto -> r1\ncmp r1 eq 06\npayload transport+0 4 -> r1\ncmp r1 eq 00050006\n"},
    // not one comparison: "neither" is not "not both"
    {"-p tcp ! --sport 5 ! --dport 6", Family::ipv4,
     [](RuleBuilder& b) {
       add_tcp(b, {5, 5}, {6, 6}, XT_TCP_INV_SRCPT | XT_TCP_INV_DSTPT);
     },
     "meta l4proto -> r1\ncmp r1 eq 06\npayload transport+0 2 -> r1\ncmp r1 neq 0005\n"
     "payload transport+2 2 -> r1\ncmp r1 neq 0006\n"},
    {"-p tcp --sport 0 --dport 6", Family::ipv4,
     [](RuleBuilder& b) {
       add_tcp(b, {0, 0}, {6, 6});
     },
     "meta l4proto -> r1\ncmp r1 eq 06\npayload transport+0 2 -> r1\ncmp r1 eq 0000\n"
     "payload transport+2 2 -> r1\ncmp r1 eq 0006\n"},
    {"-p tcp --sport :1023", Family::ipv4,
     [](RuleBuilder& b) {
       add_tcp(b, {0, 1023}, {});
     },
     "meta l4proto -> r1\ncmp r1 eq 06\npayload transport+0 2 -> r1\ncmp r1 lte 03ff\n"},
    {"-p tcp --sport 1024:", Family::ipv4,
     [](RuleBuilder& b) {
       add_tcp(b, {1024, 65535}, {});
     },
     "meta l4proto -> r1\ncmp r1 eq 06\npayload transport+0 2 -> r1\nrange r1 eq 0400 ffff\n"},
    // never matches; 1.8.9 leaves it out, and the rule would always match
    {"-p tcp ! --sport 0:65535", Family::ipv4, [](RuleBuilder& b) { add_tcp(b, {}, {}, XT_TCP_INV_SRCPT); },
     "meta l4proto -> r1\ncmp r1 eq 06\npayload transport+0 2 -> r1\nrange r1 neq 0000 ffff\n"},
    {"-p tcp --syn --dport 6", Family::ipv4,
     [](RuleBuilder& b) {
       add_tcp(b, {}, {6, 6}, 0, 0x17, 0x02);
     },
     "meta l4proto -> r1\ncmp r1 eq 06\npayload transport+13 1 -> r1\nbitwise r1 = r1 & 17 ^ 00\ncmp r1 eq 02\n"
     "payload transport+2 2 -> r1\ncmp r1 eq 0006\n"},
    // never matches either
    {"-p tcp --tcp-flags NONE SYN", Family::ipv4, [](RuleBuilder& b) { add_tcp(b, {}, {}, 0, 0, 0x02); },
     "meta l4proto -> r1\ncmp r1 eq 06\npayload transport+13 1 -> r1\nbitwise r1 = r1 & 00 ^ 00\ncmp r1 eq 02\n"},
    {"-p tcp -m tcp", Family::ipv4, [](RuleBuilder& b) { add_tcp(b, {}, {}); },
     "meta l4proto -> r1\ncmp r1 eq 06\nmatch tcp rev 0 0000ffff0000ffff0000000000000000\n"},
    {"-p tcp --tcp-option 5 --dport 6", Family::ipv4,
     [](RuleBuilder& b) {
       add_tcp(b, {}, {6, 6}, 0, 0, 0, 5);
     },
     "meta l4proto -> r1\ncmp r1 eq 06\nmatch tcp rev 0 0000ffff060006000500000000000000\n"},
    {"-p udp ! --dport 53", Family::ipv6,
     [](RuleBuilder& b) {
       add_udp(b, {}, {53, 53}, XT_UDP_INV_DSTPT);
     },
     "meta l4proto -> r1\ncmp r1 eq 11\npayload transport+2 2 -> r1\ncmp r1 neq 0035\n"},
    {"-m mark --mark 0x1ff/0xf0", Family::ipv4,
     [](RuleBuilder& b) { b.add_match("mark", 1, payload(mark(0x1ff, 0xf0))); },
     "meta mark -> r1\nbitwise r1 = r1 & f0000000 ^ 00000000\ncmp r1 eq ff010000\n"},
    {"-m limit --limit 33/min", Family::ipv4, [](RuleBuilder& b) { b.add_match("limit", 0, payload(rate(18181, 5))); },
     "limit 33/60s burst 5\n"},
    {"-m limit --limit 60/min", Family::ipv4, [](RuleBuilder& b) { b.add_match("limit", 0, payload(rate(10000, 5))); },
     "limit 1/1s burst 5\n"},
    {"-m limit (no rate)", Family::ipv4, [](RuleBuilder& b) { b.add_match("limit", 0, payload(rate(0, 5))); },
     "match limit rev 0 0000000005+35\n"},
    {"-j RETURN", Family::ipv4, [](RuleBuilder& b) { b.set_verdict(TargetKind::return_); },
     "counter 0:0\nverdict return\n"},
    {"-c 7 8 -g chain", Family::ipv6,
     [](RuleBuilder& b) {
       b.counters = {7, 8};
       b.selectors.is_goto = true;
       b.set_chain("chain");
     },
     "counter 7:8\nverdict goto chain\n"},
    {"-j TRACE", Family::ipv4, [](RuleBuilder& b) { b.set_target("TRACE", 0, {}); },
     "counter 0:0\nimmediate r9 01\nmeta set nftrace r9\n"},
    {"-j NFLOG --nflog-group 2 --nflog-size 9", Family::ipv4,
     [](RuleBuilder& b) {
       xt_nflog_info info{.len = 9, .group = 2, .threshold = 3, .flags = XT_NFLOG_F_COPY_LEN, .pad = 0, .prefix = "ab"};
       b.set_target("NFLOG", 0, payload(info));
     },
     "counter 0:0\nlog group 2 prefix \"ab\" snaplen 9 qthreshold 3\n"},
    {"-j NFQUEUE", Family::ipv4,
     [](RuleBuilder& b) { b.set_target("NFQUEUE", 3, std::as_bytes(std::span("\0\0\1\0\0\0\0", 8))); },
     "counter 0:0\ntarget NFQUEUE rev 3 0000010000000000\n"},
};

TEST(NftEncode, WritesTheExpressionsOf) {
  for (const Row& row : kRows) {
    SCOPED_TRACE(row.rule);
    const EncodedRule encoded(build_rule(row.family, row.build));
    ASSERT_TRUE(encoded.result());
    std::string expected = row.expressions;
    if (expected.find("counter") == std::string::npos) expected += "counter 0:0\n";
    EXPECT_EQ(nft::list_expressions(encoded.expressions()), expected);
  }
}

TEST(NftEncode, AndTheyReadBackAsTheSameRule) {
  for (const Row& row : kRows) {
    SCOPED_TRACE(row.rule);
    // A load that nothing is compared with is no selector, and iptables does not list it as one.
    const bool says_nothing = std::string_view(row.rule) == "-i +";
    const Rule rule = says_nothing ? build_rule(row.family, [](RuleBuilder&) {}) : build_rule(row.family, row.build);
    const EncodedRule encoded(build_rule(row.family, row.build));
    nft::RuleReader reader(row.family, [](uint32_t) { return std::string(); });
    const auto read = reader.read(encoded.expressions());
    ASSERT_TRUE(read) << read.error().text;
    EXPECT_TRUE(model::check_entry(row.family, read->entry()));
    EXPECT_TRUE(std::ranges::equal(read->entry(), rule.entry())) << nft::list_expressions(encoded.expressions());
    EXPECT_EQ(read->target_kind(), rule.target_kind());
  }
}

TEST(NftEncode, TellsTheKernelTheProtocol) {
  const EncodedRule inverted(build_rule(Family::ipv4, [](RuleBuilder& b) {
    b.selectors.protocol = IPPROTO_GRE;
    b.selectors.invert = model::kInvertProtocol;
  }));
  EXPECT_EQ(inverted.compat(NFTA_RULE_COMPAT_PROTO), uint32_t{IPPROTO_GRE});
  EXPECT_EQ(inverted.compat(NFTA_RULE_COMPAT_FLAGS), uint32_t{NFT_RULE_COMPAT_F_INV});
  const EncodedRule none(build_rule(Family::ipv4, [](RuleBuilder&) {}));
  EXPECT_EQ(none.compat(NFTA_RULE_COMPAT_PROTO), 0u);
  EXPECT_EQ(none.compat(NFTA_RULE_COMPAT_FLAGS), 0u);
}

TEST(NftEncode, RefusesPortsWithoutTheirProtocol) {
  const auto encode = [](const Build& build) { return EncodedRule(build_rule(Family::ipv4, build)).result(); };
  const auto tcp = encode([](RuleBuilder& b) {
    add_tcp(b, {}, {5, 5});
    b.selectors.protocol = 0;
  });
  ASSERT_FALSE(tcp);
  EXPECT_EQ(tcp.error().message, "TCP match requires '-p tcp'");
  EXPECT_EQ(tcp.error().code, Code::kInvalidInput);
  const auto udp = encode([](RuleBuilder& b) {
    add_udp(b, {}, {5, 5});
    b.selectors.protocol = IPPROTO_TCP;
  });
  ASSERT_FALSE(udp);
  EXPECT_EQ(udp.error().message, "UDP match requires '-p udp'");
  // As iptables-nft has it.
  EXPECT_TRUE(encode([](RuleBuilder& b) {
    add_tcp(b, {}, {5, 5});
    b.selectors.invert = model::kInvertProtocol;
  }));
}

TEST(NftEncode, RefusesWhatDoesNotFit) {
  const auto gaps = EncodedRule(build_rule(Family::ipv4, [](RuleBuilder& b) {
    b.selectors.in = model::Interface::from_text("eth0");
    b.selectors.in.mask[1] = 0;
  }));
  EXPECT_EQ(gaps.result().error().code, Code::kUnsupported);
  const auto big = EncodedRule(build_rule(Family::ipv4, [](RuleBuilder& b) {
    const std::vector<std::byte> info(1024);
    for (int i = 0; i < 61; ++i) b.add_match("u32", 0, info);
    for (int i = 0; i < 15; ++i) b.add_match("mark", 1, payload(mark(1, 2)));
  }));
  EXPECT_EQ(big.result().error().code, Code::kUnsupported);
}

TEST(NftEncode, KeepsLongLogPrefixesWhole) {
  const std::string prefix(100, 'x');
  const Rule rule = build_rule(Family::ipv4, [&](RuleBuilder& b) {
    xt_nflog_info info{};
    std::copy_n(prefix.begin(), sizeof info.prefix - 1, info.prefix);
    b.set_target("NFLOG", 0, payload(info));
    b.attach_to_target(
        {.kind = Attachment::Kind::long_prefix, .offset = offsetof(xt_nflog_info, prefix), .text = prefix});
  });
  const EncodedRule encoded(rule);
  EXPECT_EQ(nft::list_expressions(encoded.expressions()), "counter 0:0\nlog group 0 prefix \"" + prefix + "\"\n");
  nft::RuleReader reader(Family::ipv4, [](uint32_t) { return std::string(); });
  const auto read = reader.read(encoded.expressions());
  ASSERT_TRUE(read);
  ASSERT_EQ(read->attachments().size(), 1u);
  EXPECT_EQ(read->attachments()[0], rule.attachments()[0]);
  EXPECT_TRUE(std::ranges::equal(read->entry(), rule.entry()));
}

}  // namespace
}  // namespace ferrule::test
