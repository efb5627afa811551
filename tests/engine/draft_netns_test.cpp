// Engine::draft: what would be sent, and nothing is.
#include <gtest/gtest.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netlink.h>

#include <cstring>
#include <string>
#include <vector>

#include "ferrule/engine.hpp"
#include "ferrule/text.hpp"
#include "support/netns_fixture.hpp"

namespace ferrule {
namespace {

Result<std::vector<DraftMessage>> draft(const test::FreshNetns& netns, BackendKind backend, std::string_view rules) {
  const auto parsed = parse_restore(Family::ipv4, rules, {.existing = Existing::kKeep});
  if (!parsed) return tl::unexpected(parsed.error());
  return Engine({.forced_backend = backend}).draft(Context::in(NetNs::fd(netns.fd())), *parsed);
}

std::vector<unsigned> types_of(const std::vector<DraftMessage>& messages) {
  std::vector<unsigned> types;
  for (const DraftMessage& message : messages) {
    nlmsghdr header;
    std::memcpy(&header, message.bytes.data(), sizeof header);
    EXPECT_EQ(header.nlmsg_len, message.bytes.size());
    types.push_back(header.nlmsg_type & 0xff);
  }
  return types;
}

TEST(Draft, HasEachMessageWithItsOperationAndSendsNone) {
  const test::FreshNetns netns;
  const auto messages =
      draft(netns, BackendKind::nft, "*filter\n-A INPUT -j DROP\n-N a\nCOMMIT\n*nat\n-A OUTPUT -j RETURN\nCOMMIT\n");
  ASSERT_TRUE(messages) << to_string(messages.error());
  EXPECT_EQ(types_of(*messages),
            (std::vector<unsigned>{NFT_MSG_NEWTABLE, NFT_MSG_NEWCHAIN, NFT_MSG_NEWRULE, NFT_MSG_NEWCHAIN,
                                   NFT_MSG_NEWTABLE, NFT_MSG_NEWCHAIN, NFT_MSG_NEWRULE}));
  EXPECT_EQ(messages->at(2).operation, 0U);
  EXPECT_EQ(messages->at(3).operation, 1U);
  EXPECT_EQ(messages->at(3).change, 0U);
  EXPECT_EQ(messages->at(6).change, 1U);
  EXPECT_EQ(netns.command({"nft", "list", "ruleset"}).out, "");
}

TEST(Draft, FailsAsTheChangeWould) {
  const test::FreshNetns netns;
  const auto messages = draft(netns, BackendKind::nft, "*filter\n-N a\n-D a 1\nCOMMIT\n");
  ASSERT_FALSE(messages);
  EXPECT_EQ(messages.error().origin.line, 3U);
}

TEST(Draft, IsOfNfTablesOnly) {
  const test::FreshNetns netns;
  const auto messages = draft(netns, BackendKind::legacy, "*filter\n-A INPUT -j DROP\nCOMMIT\n");
  ASSERT_FALSE(messages);
  EXPECT_EQ(messages.error().code, Code::kUnsupported);
}

}  // namespace
}  // namespace ferrule
