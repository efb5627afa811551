#include <gtest/gtest.h>

#include "backend_legacy/revisions.hpp"
#include "backend_nft/nft_namespaces.hpp"
#include "backend_nft/revisions.hpp"
#include "extensions/registry.hpp"

namespace ferrule::test {
namespace {

TEST(NftRevisions, AreWhatLegacyXtablesSays) {
  const FreshNetns ns;
  ns.run([] {
    for (const Family family : kFamilies) {
      nft::CompatRevisions nft(family);
      legacy::KernelRevisions legacy(family);
      for (const ext::Extension* each : ext::all_extensions()) {
        if (!ext::has_family(each->families, family)) continue;
        SCOPED_TRACE(each->kernel_name);
        const auto kind = each->kind == ext::Kind::match ? legacy::PartKind::match : legacy::PartKind::target;
        const auto ours = nft.highest(each->kind, each->kernel_name, each->revision);
        const auto theirs = legacy.highest(kind, each->kernel_name, each->revision);
        ASSERT_TRUE(ours) << ours.error().message;
        ASSERT_TRUE(theirs) << theirs.error().message;
        EXPECT_EQ(*ours, *theirs);
      }
    }
  });
}

TEST(NftRevisions, TellKnownFromUnknown) {
  const FreshNetns ns;
  ns.run([] {
    nft::CompatRevisions revisions(Family::ipv4);
    EXPECT_TRUE(revisions.has(ext::Kind::match, "mark", 1).value());
    EXPECT_TRUE(revisions.has(ext::Kind::match, "mark", 1).value()) << "remembered";
    EXPECT_FALSE(revisions.has(ext::Kind::match, "mark", 9).value());
    EXPECT_FALSE(revisions.has(ext::Kind::match, "MARK", 2).value()) << "a target";
    EXPECT_TRUE(revisions.has(ext::Kind::target, "MARK", 2).value());
    EXPECT_FALSE(revisions.has(ext::Kind::match, "nosuchmatch", 0).value());
    EXPECT_FALSE(revisions.has(ext::Kind::match, std::string(200, 'x'), 0).value());
    EXPECT_EQ(revisions.highest(ext::Kind::match, "mark", 9).value(), std::optional<uint8_t>(1));
  });
}

}  // namespace
}  // namespace ferrule::test
