// Covers src/backend_nft/decode.cpp and the *_header.cpp beside it, with expressions that encode_rule never writes. The
// forms that nft writes are in foreign_forms_netns_test.cpp; here are those that no tool here can produce, and bytes
// that are not expressions at all.
#include "backend_nft/decode.hpp"

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/xt_comment.h>
#include <linux/netfilter_ipv4/ipt_ttl.h>

#include <array>

#include "backend_nft/encoded_rule.hpp"
#include "backend_nft/listing.hpp"
#include "backend_nft/rule_parts.hpp"

namespace ferrule::test {
namespace {

using model::RuleBuilder;
using nft::ExpressionWriter;

template <typename... Values>
std::vector<std::byte> bytes(Values... values) {
  return {static_cast<std::byte>(values)...};
}

// Expressions as a test writes them.
class Expressions {
 public:
  explicit Expressions(const std::function<void(ExpressionWriter&)>& write) : buffer_(1024) {
    auto* message = mnl_nlmsg_put_header(buffer_.data());
    ExpressionWriter writer(message);
    write(writer);
    size_ = message->nlmsg_len;
  }
  nft::Bytes get() const {
    return std::as_bytes(std::span(buffer_)).subspan(MNL_NLMSG_HDRLEN, size_ - MNL_NLMSG_HDRLEN);
  }

 private:
  std::vector<uint64_t> buffer_;
  size_t size_ = 0;
};

tl::expected<Rule, nft::NoRule> read(Family family, nft::Bytes expressions, nft::Bytes userdata = {}) {
  nft::RuleReader reader(family, [](uint32_t index) { return index == 1 ? std::string("lo") : std::string(); });
  return reader.read(expressions, userdata);
}

void load_network(ExpressionWriter& w, uint32_t offset, size_t length) {
  w.payload(NFT_PAYLOAD_NETWORK_HEADER, offset, length);
}

struct Readable {
  const char* what;
  Family family;
  std::function<void(ExpressionWriter&)> write;
  Build build;
};

const Readable kReadable[] = {
    {"protocol from the header, as versions before 1.8.1 and after 1.8.9 write it", Family::ipv4,
     [](auto& w) {
       load_network(w, 9, 1);
       w.compare(NFT_CMP_NEQ, bytes(47));
     },
     [](RuleBuilder& b) {
       b.selectors.protocol = 47;
       b.selectors.invert = model::kInvertProtocol;
     }},
    {"next header, as versions before 1.8.1 write it", Family::ipv6,
     [](auto& w) {
       load_network(w, 6, 1);
       w.compare(NFT_CMP_EQ, bytes(6));
     },
     [](RuleBuilder& b) { set_protocol(b, 6); }},
    {"interface by index", Family::ipv4,
     [](auto& w) {
       w.meta(NFT_META_OIF);
       w.compare(NFT_CMP_NEQ, bytes(1, 0, 0, 0));
     },
     [](RuleBuilder& b) {
       b.selectors.out = model::Interface::from_text("lo");
       b.selectors.invert = model::kInvertOut;
     }},
    {"two fields in one comparison", Family::ipv4,
     [](auto& w) {
       load_network(w, 8, 2);
       w.compare(NFT_CMP_EQ, bytes(64, 6));
     },
     [](RuleBuilder& b) {
       b.selectors.protocol = 6;
       ipt_ttl_info ttl{};
       ttl.ttl = 64;
       b.add_match("ttl", 0, payload(ttl));
     }},
    {"both addresses in one comparison", Family::ipv4,
     [](auto& w) {
       load_network(w, 12, 8);
       w.compare(NFT_CMP_EQ, bytes(10, 0, 0, 1, 10, 0, 0, 2));
     },
     [](RuleBuilder& b) {
       b.selectors.source = address(Family::ipv4, "10.0.0.1");
       b.selectors.destination = address(Family::ipv4, "10.0.0.2");
       b.selectors.source_mask = b.selectors.destination_mask = prefix(32);
     }},
    {"an inverted pair of ports, as 1.8.8 to 1.8.10 write it", Family::ipv4,
     [](auto& w) {
       w.meta(NFT_META_L4PROTO);
       w.compare(NFT_CMP_EQ, bytes(6));
       w.payload(NFT_PAYLOAD_TRANSPORT_HEADER, 0, 4);
       w.compare(NFT_CMP_NEQ, bytes(0, 5, 0, 6));
     },
     [](RuleBuilder& b) {
       add_tcp(b, {5, 5}, {6, 6}, XT_TCP_INV_SRCPT | XT_TCP_INV_DSTPT);
     }},
    {"a range from two comparisons", Family::ipv4,
     [](auto& w) {
       w.meta(NFT_META_L4PROTO);
       w.compare(NFT_CMP_EQ, bytes(17));
       w.payload(NFT_PAYLOAD_TRANSPORT_HEADER, 2, 2);
       w.compare(NFT_CMP_GT, bytes(0, 9));
       w.compare(NFT_CMP_LT, bytes(0, 21));
     },
     [](RuleBuilder& b) {
       add_udp(b, {}, {10, 20});
     }},
    {"whole tcp flags", Family::ipv4,
     [](auto& w) {
       w.meta(NFT_META_L4PROTO);
       w.compare(NFT_CMP_EQ, bytes(6));
       w.payload(NFT_PAYLOAD_TRANSPORT_HEADER, 13, 1);
       w.compare(NFT_CMP_EQ, bytes(2));
     },
     [](RuleBuilder& b) { add_tcp(b, {}, {}, 0, 0xff, 2); }},
    {"a name of 15 letters as a prefix", Family::ipv4,
     [](auto& w) {
       w.meta(NFT_META_IIFNAME);
       w.compare(NFT_CMP_EQ, std::as_bytes(std::span("abcdefghijklmno", 15)));
     },
     [](RuleBuilder& b) {
       b.selectors.in = model::Interface::from_text("abcdefghijklmno");
       b.selectors.in.mask[15] = 0;
     }},
    {"no counter, and a verdict to go on", Family::ipv4, [](auto& w) { w.verdict(NFT_CONTINUE); }, [](RuleBuilder&) {}},
};

TEST(NftDecode, ReadsFormsOfOtherWriters) {
  for (const Readable& row : kReadable) {
    SCOPED_TRACE(row.what);
    const Expressions expressions(row.write);
    const auto rule = read(row.family, expressions.get());
    ASSERT_TRUE(rule) << rule.error().text;
    const Rule expected = build_rule(row.family, row.build);
    EXPECT_TRUE(std::ranges::equal(rule->entry(), expected.entry()));
    EXPECT_TRUE(same_rule(*rule, expected));
  }
}

struct Unreadable {
  const char* text;
  std::function<void(ExpressionWriter&)> write;
};

const Unreadable kUnreadable[] = {
    {"cmp sreg undef", [](auto& w) { w.compare(NFT_CMP_EQ, bytes(1)); }},
    {"unknown payload offset",
     [](auto& w) {
       load_network(w, 2, 2);
       w.compare(NFT_CMP_EQ, bytes(0, 5));
     }},
    {"unknown ipv4 meta key",
     [](auto& w) {
       w.meta(NFT_META_LEN);
       w.compare(NFT_CMP_EQ, bytes(0, 5, 0, 0));
     }},
    {"unsupported layer 4 protocol value",
     [](auto& w) {
       w.payload(NFT_PAYLOAD_TRANSPORT_HEADER, 0, 2);
       w.compare(NFT_CMP_EQ, bytes(0, 5));
     }},
    {"compares the source twice",
     [](auto& w) {
       load_network(w, 12, 4);
       w.compare(NFT_CMP_EQ, bytes(1, 2, 3, 4));
       w.compare(NFT_CMP_EQ, bytes(1, 2, 3, 5));
     }},
    {"compares a field of the network header for less or greater",
     [](auto& w) {
       load_network(w, 12, 4);
       w.compare(NFT_CMP_GT, bytes(1, 2, 3, 4));
     }},
    {"compares several fields together",
     [](auto& w) {
       load_network(w, 12, 8);
       w.compare(NFT_CMP_NEQ, bytes(1, 2, 3, 4, 5, 6, 7, 8));
     }},
    {"compares more than was loaded",
     [](auto& w) {
       load_network(w, 12, 2);
       w.compare(NFT_CMP_EQ, bytes(1, 2, 3, 4));
     }},
    {"compares masked bytes to others",
     [](auto& w) {
       load_network(w, 12, 4);
       w.bitwise(bytes(255, 0, 0, 0));
       w.compare(NFT_CMP_EQ, bytes(1, 2, 3, 4));
     }},
    {"compares the index of an interface that is gone",
     [](auto& w) {
       w.meta(NFT_META_IIF);
       w.compare(NFT_CMP_EQ, bytes(9, 0, 0, 0));
     }},
    {"goes on after its target",
     [](auto& w) {
       w.log({.group = 1, .prefix = {}});
       w.verdict(NF_ACCEPT);
     }},
    {"has a verdict that iptables does not know", [](auto& w) { w.verdict(NFT_BREAK); }},
    {"jumps to a chain whose name is too long", [](auto& w) { w.verdict(NFT_JUMP, std::string(29, 'x')); }},
    {"has a limit out of range", [](auto& w) { w.limit({.rate = 1'000'000, .unit = 1}); }},
    {"has a limit without a rate", [](auto& w) { w.limit({.rate = 0, .unit = 1}); }},
    {"range sreg undef", [](auto& w) { w.range(nft::Equality::kEqual, bytes(0, 5), bytes(0, 6)); }},
    {"compares a port twice",
     [](auto& w) {
       w.meta(NFT_META_L4PROTO);
       w.compare(NFT_CMP_EQ, bytes(6));
       w.payload(NFT_PAYLOAD_TRANSPORT_HEADER, 2, 2);
       w.compare(NFT_CMP_EQ, bytes(0, 22));
       w.compare(NFT_CMP_EQ, bytes(0, 23));
     }},
    {"compares a port to an empty range",
     [](auto& w) {
       w.meta(NFT_META_L4PROTO);
       w.compare(NFT_CMP_EQ, bytes(6));
       w.payload(NFT_PAYLOAD_TRANSPORT_HEADER, 2, 2);
       w.compare(NFT_CMP_GT, bytes(0, 22));
       w.compare(NFT_CMP_LT, bytes(0, 22));
     }},
    {"compares the icmp code of any type",
     [](auto& w) {
       w.meta(NFT_META_L4PROTO);
       w.compare(NFT_CMP_EQ, bytes(1));
       w.payload(NFT_PAYLOAD_TRANSPORT_HEADER, 1, 1);
       w.compare(NFT_CMP_EQ, bytes(4));
     }},
};

TEST(NftDecode, NamesWhatNoIptablesRuleCanSay) {
  for (const Unreadable& row : kUnreadable) {
    SCOPED_TRACE(row.text);
    const Expressions expressions(row.write);
    const auto rule = read(Family::ipv4, expressions.get());
    ASSERT_FALSE(rule) << nft::list_expressions(expressions.get());
    EXPECT_EQ(rule.error().text, row.text);
    EXPECT_EQ(rule.error().reason, nft::NoRule::Reason::unreadable);
  }
}

TEST(NftDecode, AppendsTheCommentOfUserdata) {
  const auto userdata = bytes(7, 1, 0, 0, 3, 'h', 'i', 0);
  const Expressions expressions([](auto& w) {
    w.match({.name = "cpu", .revision = 0, .payload = std::as_bytes(std::span("12345678", 8))});
    w.verdict(NF_ACCEPT);
  });
  const auto rule = read(Family::ipv4, expressions.get(), userdata);
  ASSERT_TRUE(rule);
  xt_comment_info comment{};
  std::memcpy(comment.comment, "hi", 2);
  EXPECT_TRUE(same_rule(*rule, build_rule(Family::ipv4, [&](RuleBuilder& b) {
    b.add_match("cpu", 0, std::as_bytes(std::span("12345678", 8)));
    b.add_match("comment", 0, payload(comment));
    b.set_verdict(TargetKind::accept);
  })));
  // A length that lies.
  EXPECT_TRUE(read(Family::ipv4, expressions.get(), bytes(0, 9, 'h', 'i', 0)));
}

TEST(NftDecode, SurvivesEveryTruncation) {
  const EncodedRule encoded(build_rule(Family::ipv4, [](RuleBuilder& b) {
    b.selectors.in = model::Interface::from_text("eth0");
    b.selectors.source = address(Family::ipv4, "10.2.0.0");
    b.selectors.source_mask = prefix(15);
    add_tcp(b, {5, 9}, {6, 6}, 0, 0x17, 0x02);
    b.add_match("mark", 1, payload(mark(1, 2)));
    b.set_chain("elsewhere");
  }));
  const nft::Bytes whole = encoded.expressions();
  for (size_t size = 0; size < whole.size(); ++size) {
    // On the heap, so that the address sanitizer sees a read behind the end.
    const std::vector<std::byte> cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    const auto rule = read(Family::ipv4, cut);
    EXPECT_TRUE(!rule || model::check_entry(Family::ipv4, rule->entry())) << size;
  }
}

}  // namespace
}  // namespace ferrule::test
