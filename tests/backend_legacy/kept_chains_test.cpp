// A table that came as bytes, changed in one chain (memory_table.cpp, blob_writer.cpp): the others stay bytes.
#include <gtest/gtest.h>
#include <linux/netfilter.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "backend_legacy/memory_table.hpp"
#include "model/entry.hpp"

namespace ferrule::legacy {
namespace {

Rule jump(std::string_view chain) {
  model::RuleBuilder builder(Family::ipv4);
  builder.set_chain(chain);
  return *builder.finish();
}

Rule verdict(TargetKind kind) {
  model::RuleBuilder builder(Family::ipv4);
  builder.set_verdict(kind);
  return *builder.finish();
}

Rule log() {
  model::RuleBuilder builder(Family::ipv4);
  const std::array<std::byte, 32> payload{};
  builder.add_match("unheard_of", 3, payload);
  builder.set_target("LOG", 0, payload);
  return *builder.finish();
}

// filter: chains that jump forth and back, fall through, and have targets of their own.
BlobChains sample() {
  BlobChains chains;
  for (const auto& [name, hook] :
       {std::pair("INPUT", Hook::input), std::pair("FORWARD", Hook::forward), std::pair("OUTPUT", Hook::output)}) {
    chains.add(ChainName(name))->hook = hook;
  }
  chains.find("INPUT")->rules = {jump("b"), log()};
  chains.add(ChainName("a"))->rules = {verdict(TargetKind::none), jump("c")};
  chains.add(ChainName("b"))->rules = {jump("a"), verdict(TargetKind::return_), log(), jump("c")};
  chains.add(ChainName("c"))->rules = {verdict(TargetKind::drop)};
  return chains;
}

TableBlob written(BlobChains chains) {
  auto out = write_blob(Family::ipv4, TableId::filter, chains);
  EXPECT_TRUE(out);
  return std::move(out->blob);
}

std::vector<std::byte> bytes_of(const TableBlob& blob) { return {blob.entries().begin(), blob.entries().end()}; }

class KeptChains : public testing::Test {
 protected:
  MemoryTable table(TableBlob blob) {
    return MemoryTable(*BlobLayout::of(Family::ipv4, std::move(blob)),
                       [this](const MemoryTable::Chains& chains, const BlobLayout& read) {
                         unread_ = 0;
                         for (const auto& [name, chain] : chains) unread_ += chain.unread.has_value() ? 1 : 0;
                         BlobChains out = chains_to_write(chains, read);
                         const auto result = write_blob(Family::ipv4, TableId::filter, out);
                         if (!result) return result.error().errno_value;
                         committed_ = bytes_of(result->blob);
                         return 0;
                       });
  }

  size_t unread_ = 0;
  std::vector<std::byte> committed_;
};

TEST_F(KeptChains, WhatNobodyTouchesIsWrittenAsItWas) {
  EXPECT_EQ(table(written(sample())).commit(), 0);
  EXPECT_EQ(unread_, 6u);
  EXPECT_EQ(committed_, bytes_of(written(sample())));
}

TEST_F(KeptChains, AppendingReadsOneChainAndSetsTheOthersJumpsRight) {
  MemoryTable memory = table(written(sample()));
  EXPECT_EQ(memory.append(ChainName("a"), log()), 0);
  EXPECT_EQ(memory.insert(ChainName("a"), jump("b"), 0), 0);
  EXPECT_EQ(memory.commit(), 0);
  EXPECT_EQ(unread_, 5u);
  BlobChains expected = sample();
  RuleSequence<Rule>& rules = expected.find("a")->rules;
  rules.push_back(log());
  rules.insert(0, jump("b"));
  EXPECT_EQ(committed_, bytes_of(written(std::move(expected))));
}

TEST_F(KeptChains, JumpsFollowARenamedChain) {
  MemoryTable memory = table(written(sample()));
  EXPECT_EQ(memory.rename_chain(ChainName("c"), ChainName("0")), 0);
  EXPECT_EQ(memory.commit(), 0);
  BlobChains expected;
  for (const BlobChain& chain : sample()) {
    BlobChain* made = expected.add(chain.name == ChainName("c") ? ChainName("0") : chain.name);
    made->hook = chain.hook;
    made->rules = chain.rules;
  }
  expected.find("a")->rules[expected.find("a")->rules.size() - 1] = jump("0");
  expected.find("b")->rules[expected.find("b")->rules.size() - 1] = jump("0");
  EXPECT_EQ(committed_, bytes_of(written(std::move(expected))));
}

TEST_F(KeptChains, ReferencesAreCountedInChainsThatNobodyRead) {
  MemoryTable memory = table(written(sample()));
  EXPECT_EQ(memory.flush(ChainName("c")), 0);
  EXPECT_EQ(memory.delete_chain(ChainName("c")), EMLINK);
  EXPECT_EQ(memory.flush(ChainName("a")), 0);
  EXPECT_EQ(memory.flush(ChainName("b")), 0);
  EXPECT_EQ(memory.delete_chain(ChainName("c")), 0);
  EXPECT_EQ(memory.delete_chain(ChainName("b")), EMLINK);
}

// Where the verdict of the rule at `offset` stands, which has no matches.
size_t verdict_at(uint32_t offset) { return offset + model::entry_header_size(Family::ipv4) + model::kPartHeaderSize; }

TEST_F(KeptChains, JumpsToNowhereAreRefused) {
  for (const int32_t nowhere : {8, 1 << 30}) {
    TableBlob blob = written(sample());
    std::memcpy(blob.entries().data() + verdict_at(blob.info().hook_entry[NF_INET_LOCAL_IN]), &nowhere, sizeof nowhere);
    MemoryTable memory = table(std::move(blob));
    EXPECT_EQ(memory.append(ChainName("a"), log()), 0);
    EXPECT_EQ(memory.commit(), EINVAL);
    EXPECT_EQ(memory.append(ChainName("INPUT"), log()), EINVAL);
  }
}

TEST_F(KeptChains, TargetsWithoutRoomForAVerdictAreRefused) {
  TableBlob blob = written(sample());
  const std::vector<std::byte> bytes = bytes_of(blob);
  // INPUT's LOG loses its name, and would be a verdict of another size.
  const std::string_view name = "LOG";
  const auto found = std::search(bytes.begin(), bytes.end(), reinterpret_cast<const std::byte*>(name.data()),
                                 reinterpret_cast<const std::byte*>(name.data() + name.size()));
  ASSERT_NE(found, bytes.end());
  std::memset(blob.entries().data() + (found - bytes.begin()), 0, name.size());
  MemoryTable memory = table(std::move(blob));
  EXPECT_EQ(memory.append(ChainName("a"), log()), 0);
  EXPECT_EQ(memory.commit(), EINVAL);
}

}  // namespace
}  // namespace ferrule::legacy
