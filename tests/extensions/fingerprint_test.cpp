// Covers src/extensions/fingerprint.hpp.
#include "extensions/fingerprint.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "extensions/registry.hpp"
#include "ferrule/text.hpp"
#include "model/entry.hpp"

namespace ferrule::ext {
namespace {

uint32_t fingerprint(const Rule& rule) { return ext::fingerprint(rule, 0x0123456789abcdef); }

Rule rule(const std::string& text) {
  const auto parsed = parse_restore(Family::ipv4, "*filter\n:a - [0:0]\n:b - [0:0]\n-A INPUT " + text + "\nCOMMIT\n");
  if (!parsed) throw std::runtime_error(text + ": " + parsed.error().message);
  return *parsed->changes.front().operations.back().rule;
}

TEST(Fingerprint, DiffersWithWhatARuleSays) {
  std::set<uint32_t> all;
  size_t count = 0;
  for (int port = 1; port <= 500; ++port) {
    for (const std::string& text :
         {"-p tcp --dport " + std::to_string(port), "-p udp --dport " + std::to_string(port),
          "-p tcp --sport " + std::to_string(port),
          "-s 10.0." + std::to_string(port / 250) + "." + std::to_string(port % 250),
          "-j MARK --set-mark " + std::to_string(port), "-j CONNMARK --set-mark " + std::to_string(port)}) {
      all.insert(fingerprint(rule(text)));
      ++count;
    }
  }
  EXPECT_GT(all.size() + 5, count);
}

TEST(Fingerprint, IsThatOfTheSameRule) {
  EXPECT_EQ(fingerprint(rule("-s 10.1.2.3 -p tcp")), fingerprint(rule("--source 10.1.2.3/32 -p 6")));
  ASSERT_TRUE(same_rule(rule("-i +"), rule("")));
  EXPECT_EQ(fingerprint(rule("-i +")), fingerprint(rule("")));
}

TEST(Fingerprint, IsKeptWhereTheTargetIsRenamed) {
  EXPECT_EQ(fingerprint(rule("-p tcp -j a")), fingerprint(rule("-p tcp -j b")));
}

TEST(Fingerprint, LeavesOutWhatTheKernelKeepsForItself) {
  size_t tried = 0;
  for (const Extension* extension : all_extensions()) {
    if (extension->compared >= extension->padded_size() || extension->name != extension->kernel_name) continue;
    if (!find_by_payload(extension->kind, Family::ipv4, extension->kernel_name, extension->revision,
                         extension->padded_size()))
      continue;
    std::vector<std::byte> payload(extension->padded_size());
    model::RuleBuilder builder(Family::ipv4);
    const auto built = [&] {
      builder.clear();
      if (extension->kind == Kind::match) {
        builder.add_match(extension->kernel_name, extension->revision, payload);
      } else {
        builder.set_target(extension->kernel_name, extension->revision, payload);
      }
      return *builder.finish();
    };
    const Rule before = built();
    std::fill(payload.begin() + extension->compared, payload.end(), std::byte{0x55});
    const Rule after = built();
    ASSERT_TRUE(same_rule(before, after)) << extension->name;
    EXPECT_EQ(fingerprint(before), fingerprint(after)) << extension->name;
    payload.front() ^= std::byte{1};
    EXPECT_EQ(fingerprint(built()) != fingerprint(after), extension->compared != 0) << extension->name;
    ++tried;
  }
  EXPECT_GT(tried, 10u);
}

}  // namespace
}  // namespace ferrule::ext
