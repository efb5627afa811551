// Covers what holds for every extension in src/extensions/registry.cpp, whatever its bytes mean.
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "extensions/codec.hpp"
#include "extensions/registry.hpp"

namespace ferrule::ext {
namespace {

std::string label(const Extension& e) { return std::string(e.name) + " r" + std::to_string(e.revision); }

TEST(AllExtensions, HaveSoundOptionTables) {
  for (const Extension* e : all_extensions()) {
    SCOPED_TRACE(label(*e));
    EXPECT_FALSE(e->summary.empty());
    EXPECT_LE(e->compared, e->size);
    ASSERT_LE(e->options.size(), 64u);
    std::set<std::string_view> names;
    for (size_t id = 0; id < e->options.size(); ++id) {
      const Option& option = e->options[id];
      SCOPED_TRACE(option.name);
      EXPECT_TRUE(names.insert(option.name).second) << "twice in the table";
      EXPECT_FALSE(option.help.empty());
      EXPECT_EQ(option.arg == Arg::kNone, option.metavar.empty());
      EXPECT_EQ(option.excludes & bit(id), 0u) << "excludes itself";
      EXPECT_TRUE(option.offset == kNoOffset || option.offset < e->size);
    }
  }
}

TEST(AllExtensions, AreFoundByNameAndByPayload) {
  for (const Extension* e : all_extensions()) {
    SCOPED_TRACE(label(*e));
    for (const Family family : {Family::ipv4, Family::ipv6}) {
      if (!has_family(e->families, family)) continue;
      EXPECT_EQ(find_by_name(e->kind, family, e->name, e->revision), e);
      const Extension* printed = find_by_payload(e->kind, family, e->kernel_name, e->revision, e->padded_size());
      ASSERT_NE(printed, nullptr);
      EXPECT_TRUE(printed == e || e->name != e->kernel_name);
    }
  }
}

// Rules of other programs hold whatever bytes they like; printing them must end, and stay inside the payload (which
// the sanitizers watch).
TEST(AllExtensions, PrintAnyBytes) {
  std::mt19937 random(20240229);  // NOLINT(cert-msc32-c,cert-msc51-cpp): a failure is to come again
  Names names(NameLookup::kNone);
  for (const Extension* e : all_extensions()) {
    SCOPED_TRACE(label(*e));
    for (int round = 0; round < 300; ++round) {
      std::vector<std::byte> payload(e->padded_size());
      for (std::byte& b : payload) {
        b = round == 0 ? std::byte{0xff} : static_cast<std::byte>(round == 1 ? 0 : random() >> (random() % 8));
      }
      for (const Family family : {Family::ipv4, Family::ipv6}) {
        if (!has_family(e->families, family)) continue;
        std::string out;
        Text text(out);
        PrintCall call{.family = family, .protocol = 6, .names = names, .attachments = {}};
        if (e->printed_name != nullptr) out.append(e->printed_name(payload.data()));
        if (e->save != nullptr) e->save(call, payload.data(), text);
        if (e->print != nullptr) e->print(call, payload.data(), text);
        call.numbers = Numbers::kNames;
        if (e->print != nullptr) e->print(call, payload.data(), text);
        EXPECT_LT(out.size(), 100000u);
      }
    }
  }
}

}  // namespace
}  // namespace ferrule::ext
