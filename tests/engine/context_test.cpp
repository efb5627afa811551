// Covers src/engine/context.cpp.
#include "ferrule/context.hpp"

#include <gtest/gtest.h>

namespace ferrule {
namespace {

using Paths = std::vector<std::string>;

TEST(Context, SearchPathHasAbsoluteDirectoriesOnly) {
  EXPECT_EQ(split_search_path("/usr/sbin:/sbin"), (Paths{"/usr/sbin", "/sbin"}));
  EXPECT_EQ(split_search_path("bin:/a::.:/b:"), (Paths{"/a", "/b"}));
  EXPECT_EQ(split_search_path(""), Paths{});
  EXPECT_EQ(split_search_path(":"), Paths{});
  EXPECT_EQ(split_search_path("/with space:/ü"), (Paths{"/with space", "/ü"}));
}

TEST(Context, PresetsDifferInNamespaceAndLock) {
  const NetNs pod = NetNs::path("/run/netns/pod1");
  EXPECT_EQ(Context::cni_plugin(pod).netns.label(), pod.label());
  EXPECT_EQ(Context::agent_in_pod(pod).netns.label(), pod.label());
  EXPECT_EQ(Context::init_container().netns.label(), NetNs::current().label());
  EXPECT_EQ(Context::agent_on_host().netns.label(), NetNs::current().label());
  EXPECT_EQ(Context::cni_plugin(pod).lock.path(), "/proc/thread-self/ns/net");
  EXPECT_EQ(Context::init_container().lock.path(), "/proc/thread-self/ns/net");
  EXPECT_EQ(Context::agent_in_pod(pod).lock.path(), "/proc/thread-self/ns/net");
  EXPECT_EQ(Context::agent_on_host().lock.path(), "/run/xtables.lock");
  EXPECT_EQ(Context::in(pod).lock.path(), "/run/xtables.lock");
}

TEST(Context, LockFileGivenCountsMoreThanTheScope) {
  EXPECT_EQ((LockPolicy{.scope = LockScope::kNamespace, .file = "/tmp/lock"}.path()), "/tmp/lock");
}

}  // namespace
}  // namespace ferrule
