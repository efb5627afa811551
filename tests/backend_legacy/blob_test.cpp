#include "backend_legacy/blob.hpp"

#include <gtest/gtest.h>

#include <random>

#include "backend_legacy/blob_builder.hpp"
#include "model/entry.hpp"

namespace ferrule::legacy {
namespace {

constexpr uint32_t kRawHooks = 0x09;

// raw: PREROUTING with a rule of each kind, OUTPUT empty with policy DROP, user chains "a" and "b".
struct Sample {
  explicit Sample(Family family) : blob(family, kRawHooks) {
    const uint32_t plain = blob.size_of(standard(0));
    const std::vector<std::byte> match = part("unheard_of", 7, {1, 2, 3, 4, 5, 6, 7, 8, 9});
    const std::vector<std::byte> log = part("NOT_KNOWN", 3, std::vector<uint8_t>(32, 0xaa));
    blob.base(Hook::prerouting);
    const uint32_t accept = blob.entry(standard(kAcceptVerdict), match, {3, 4});
    blob.entry(log);
    const uint32_t fall = blob.entry(standard(0));
    jump = blob.entry(standard(0));
    go_to = blob.entry(standard(0));
    blob.entry(standard(-4));
    blob.policy(Hook::prerouting, kAcceptVerdict, {5, 6});
    blob.base(Hook::output);
    blob.policy(Hook::output, kDropVerdict);
    head_a = blob.user("a");
    blob.entry(standard(kReturnVerdict));
    blob.end_user();
    head_b = blob.user("b");
    blob.end_user();
    blob.terminator();
    set_verdict(fall, fall + plain);
    set_verdict(jump, head_a + blob.size_of(error_target("a")));
    set_verdict(go_to, head_b + blob.size_of(error_target("b")));
    goto_flag = family == Family::ipv4 ? offsetof(ipt_entry, ip.flags) : offsetof(ip6t_entry, ipv6.flags);
    blob.bytes[go_to + goto_flag] = family == Family::ipv4 ? std::byte{IPT_F_GOTO} : std::byte{IP6T_F_GOTO};
    first_match = static_cast<uint32_t>(accept + blob.header_size());
  }
  void set_verdict(uint32_t entry, uint32_t verdict) {
    std::memcpy(blob.bytes.data() + entry + blob.header_size() + 32, &verdict, sizeof verdict);
  }

  BlobBuilder blob;
  uint32_t jump = 0, go_to = 0, head_a = 0, head_b = 0, first_match = 0;
  size_t goto_flag = 0;
};

class BlobTest : public testing::TestWithParam<Family> {
 protected:
  Result<Table> read(const BlobBuilder& blob) const {
    return read_blob(GetParam(), TableId::raw, blob.info, blob.bytes);
  }
};

INSTANTIATE_TEST_SUITE_P(Families, BlobTest, testing::Values(Family::ipv4, Family::ipv6),
                         [](const auto& family) { return std::string(family_name(family.param)); });

TEST_P(BlobTest, ReadsChainsRulesAndCounters) {
  const Sample sample(GetParam());
  const Result<Table> table = read(sample.blob);
  ASSERT_TRUE(table) << to_string(table.error());
  ASSERT_EQ(table->chains.size(), 4u);
  const Chain& prerouting = table->chains[0];
  EXPECT_EQ(prerouting.name.view(), "PREROUTING");
  EXPECT_EQ(prerouting.hook, Hook::prerouting);
  EXPECT_EQ(prerouting.policy, Policy::accept);
  EXPECT_EQ(prerouting.counters, (Counters{5, 6}));
  EXPECT_EQ(prerouting.references, 0u);
  EXPECT_EQ(table->chains[1].name.view(), "OUTPUT");
  EXPECT_EQ(table->chains[1].policy, Policy::drop);
  EXPECT_TRUE(table->chains[1].rules.empty());
  EXPECT_EQ(table->chains[2].name.view(), "a");
  EXPECT_FALSE(table->chains[2].hook);
  EXPECT_EQ(table->chains[2].references, 1u);
  EXPECT_EQ(table->chains[2].rules.size(), 1u);
  EXPECT_EQ(table->chains[3].references, 1u);
  EXPECT_TRUE(table->chains[3].rules.empty());

  const std::vector<Rule>& rules = prerouting.rules;
  ASSERT_EQ(rules.size(), 6u);
  EXPECT_EQ(rules[0].target_kind(), TargetKind::accept);
  EXPECT_EQ(rules[0].target_name(), "ACCEPT");
  EXPECT_EQ(rules[0].counters(), (Counters{3, 4}));
  const model::Part match = *model::matches(rules[0]).begin();
  EXPECT_EQ(match.name, "unheard_of");
  EXPECT_EQ(match.revision, 7);
  EXPECT_EQ(match.payload.size(), 16u);
  EXPECT_EQ(match.payload[8], std::byte{9});
  EXPECT_EQ(rules[1].target_kind(), TargetKind::extension);
  EXPECT_EQ(rules[1].target_name(), "NOT_KNOWN");
  EXPECT_EQ(model::target(rules[1]).payload[31], std::byte{0xaa});
  EXPECT_EQ(rules[2].target_kind(), TargetKind::none);
  EXPECT_EQ(rules[2].target_name(), "");
  EXPECT_EQ(rules[3].target_kind(), TargetKind::chain);
  EXPECT_EQ(rules[3].target_name(), "a");
  EXPECT_FALSE(model::read_selectors(GetParam(), rules[3].entry()).is_goto);
  EXPECT_EQ(rules[4].target_name(), "b");
  EXPECT_TRUE(model::read_selectors(GetParam(), rules[4].entry()).is_goto);
  EXPECT_EQ(rules[5].target_kind(), TargetKind::queue);
}

TEST_P(BlobTest, ARuleIsWhatTheBuilderMakes) {
  const Sample sample(GetParam());
  const Result<Table> table = read(sample.blob);
  ASSERT_TRUE(table);
  model::RuleBuilder builder(GetParam());
  builder.set_chain("a");
  const Rule built = *builder.finish();
  const Rule& was_read = table->chains[0].rules[3];
  ASSERT_EQ(was_read.entry().size(), built.entry().size());
  EXPECT_TRUE(std::equal(built.entry().begin(), built.entry().end(), was_read.entry().begin()));
}

TEST_P(BlobTest, SortsUserChainsThatAreNotSorted) {
  BlobBuilder blob(GetParam(), kRawHooks);
  blob.base(Hook::prerouting);
  const uint32_t jump = blob.entry(standard(0));
  blob.policy(Hook::prerouting, kAcceptVerdict);
  blob.base(Hook::output);
  blob.policy(Hook::output, kAcceptVerdict);
  const uint32_t z = blob.user("z");
  blob.end_user();
  blob.user("INPUT");  // no base chain of this table
  blob.end_user();
  blob.terminator();
  const uint32_t first = z + blob.size_of(error_target("z"));
  std::memcpy(blob.bytes.data() + jump + blob.header_size() + 32, &first, sizeof first);
  const Result<Table> table = read(blob);
  ASSERT_TRUE(table) << to_string(table.error());
  ASSERT_EQ(table->chains.size(), 4u);
  EXPECT_EQ(table->chains[2].name.view(), "INPUT");
  EXPECT_EQ(table->chains[3].name.view(), "z");
  EXPECT_EQ(table->chains[3].references, 1u);
  EXPECT_EQ(table->chains[0].rules[0].target_name(), "z");
}

TEST_P(BlobTest, EveryTruncationIsAnError) {
  const Sample sample(GetParam());
  for (size_t length = 0; length < sample.blob.bytes.size(); ++length) {
    BlobBuilder cut = sample.blob;
    cut.bytes.resize(length);
    EXPECT_FALSE(read(cut)) << length << " bytes with the old size";
    cut.info.size = static_cast<uint32_t>(length);
    EXPECT_FALSE(read(cut)) << length << " bytes with the new size";
  }
}

// One change to the sample; every one of them makes it wrong.
struct Corruption {
  const char* what;
  void (*apply)(Sample&);
};

void poke16(Sample& s, size_t at, uint16_t value) { std::memcpy(s.blob.bytes.data() + at, &value, sizeof value); }
size_t target_offset_field(const Sample& s) {
  return s.blob.header_size() == sizeof(ipt_entry) ? offsetof(ipt_entry, target_offset)
                                                   : offsetof(ip6t_entry, target_offset);
}
size_t next_offset_field(const Sample& s) { return target_offset_field(s) + 2; }

constexpr Corruption kCorruptions[] = {
    {"another entry count", [](Sample& s) { ++s.blob.info.entry_count; }},
    {"a hook too many", [](Sample& s) { s.blob.info.valid_hooks |= 0x02; }},
    {"a hook too few", [](Sample& s) { s.blob.info.valid_hooks = 0x01; }},
    {"hook entry between entries", [](Sample& s) { s.blob.info.hook_entry[3] += 8; }},
    {"hook entry outside", [](Sample& s) { s.blob.info.hook_entry[3] = 0xfffffff8; }},
    {"two hooks at one place", [](Sample& s) { s.blob.info.hook_entry[3] = s.blob.info.hook_entry[0]; }},
    {"hook entry at a chain head", [](Sample& s) { s.blob.info.hook_entry[3] = s.head_a; }},
    {"underflow outside", [](Sample& s) { s.blob.info.underflow[3] = 0xfffffff8; }},
    {"underflow at a jump", [](Sample& s) { s.blob.info.underflow[0] = s.jump; }},
    {"next offset 0", [](Sample& s) { poke16(s, next_offset_field(s), 0); }},
    {"next offset too small", [](Sample& s) { poke16(s, next_offset_field(s), 64); }},
    {"next offset unaligned", [](Sample& s) { poke16(s, next_offset_field(s), 201); }},
    {"next offset too large", [](Sample& s) { poke16(s, next_offset_field(s), 0xfff8); }},
    {"target offset too small", [](Sample& s) { poke16(s, target_offset_field(s), 8); }},
    {"target offset too large", [](Sample& s) { poke16(s, target_offset_field(s), 0xfff8); }},
    {"match size 0", [](Sample& s) { poke16(s, s.first_match, 0); }},
    {"match size unaligned", [](Sample& s) { poke16(s, s.first_match, 33); }},
    {"match size too large", [](Sample& s) { poke16(s, s.first_match, 0xfff8); }},
    {"match size too small", [](Sample& s) { poke16(s, s.first_match, 40); }},
    {"match name without end",
     [](Sample& s) { std::memset(s.blob.bytes.data() + s.first_match + 2, 'x', XT_EXTENSION_MAXNAMELEN); }},
    {"jump into a chain", [](Sample& s) { s.set_verdict(s.jump, s.head_a); }},
    {"jump between entries", [](Sample& s) { s.set_verdict(s.jump, s.head_a + 8); }},
    {"jump outside", [](Sample& s) { s.set_verdict(s.jump, 0x7ffffff8); }},
    {"verdict of no meaning", [](Sample& s) { s.set_verdict(s.jump, static_cast<uint32_t>(-3)); }},
    {"verdict far below", [](Sample& s) { s.set_verdict(s.jump, 0x80000000); }},
    {"user chain without RETURN",
     [](Sample& s) { s.set_verdict(s.head_b + s.blob.size_of(error_target("b")), static_cast<uint32_t>(-2)); }},
    {"chain name empty",
     [](Sample& s) { std::memset(s.blob.bytes.data() + s.head_a + s.blob.header_size() + 32, 0, 30); }},
    {"chain name too long",
     [](Sample& s) { std::memset(s.blob.bytes.data() + s.head_a + s.blob.header_size() + 32, 'x', 29); }},
    {"chain name without end",
     [](Sample& s) { std::memset(s.blob.bytes.data() + s.head_a + s.blob.header_size() + 32, 'x', 30); }},
    {"chain name twice", [](Sample& s) { s.blob.bytes[s.head_a + s.blob.header_size() + 32] = std::byte{'b'}; }},
    {"chain named as a base chain",
     [](Sample& s) { std::memcpy(s.blob.bytes.data() + s.head_a + s.blob.header_size() + 32, "OUTPUT", 6); }},
    {"chain head with a selector", [](Sample& s) { s.blob.bytes[s.head_a] = std::byte{1}; }},
};

TEST_P(BlobTest, EveryCorruptionIsAnError) {
  for (const Corruption& corruption : kCorruptions) {
    Sample sample(GetParam());
    corruption.apply(sample);
    const Result<Table> table = read(sample.blob);
    ASSERT_FALSE(table) << corruption.what;
    EXPECT_EQ(table.error().code, Code::kInvalidInput);
    EXPECT_EQ(table.error().table, "raw");
  }
}

TEST_P(BlobTest, EntriesOutsideOfChainsAreAnError) {
  BlobBuilder blob(GetParam(), kRawHooks);
  blob.base(Hook::prerouting);
  blob.policy(Hook::prerouting, kAcceptVerdict);
  blob.base(Hook::output);
  blob.policy(Hook::output, kAcceptVerdict);
  blob.entry(standard(kAcceptVerdict));
  blob.terminator();
  EXPECT_FALSE(read(blob));
}

TEST_P(BlobTest, AUserChainWithoutAnyEntryIsAnError) {
  BlobBuilder blob(GetParam(), kRawHooks);
  blob.base(Hook::prerouting);
  blob.policy(Hook::prerouting, kAcceptVerdict);
  blob.base(Hook::output);
  blob.policy(Hook::output, kAcceptVerdict);
  blob.user("a");
  blob.user("b");
  blob.end_user();
  blob.terminator();
  EXPECT_FALSE(read(blob));
}

TEST_P(BlobTest, FlippedBitsNeverReadOutside) {
  // What is read is bounded by an allocation of its own, so that a sanitizer sees every byte too many. Without one, the
  // test still shows that no flip makes a rule that is not well formed.
  const Sample sample(GetParam());
  std::mt19937 random(1);
  for (int round = 0; round < 20000; ++round) {
    BlobBuilder blob = sample.blob;
    for (int flips = 0; flips < 3; ++flips) blob.bytes[random() % blob.bytes.size()] ^= std::byte(1u << random() % 8);
    const Result<Table> table = read(blob);
    if (!table) continue;
    for (const Chain& chain : table->chains) {
      for (const Rule& rule : chain.rules) EXPECT_TRUE(model::check_entry(GetParam(), rule.entry()));
    }
  }
}

}  // namespace
}  // namespace ferrule::legacy
