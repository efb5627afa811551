// Covers src/backend_exec/choose.cpp: every subset of the names, against a rule written down a second time.
#include "backend_exec/choose.hpp"

#include <gtest/gtest.h>

#include <array>

namespace ferrule::exec {
namespace {

using detect::Binary;
using detect::Inventory;
using detect::ToolVersion;
using detect::Variant;

Binary binary(std::string_view name, Variant variant) {
  return {.name = std::string(name),
          .path = "/sbin/" + std::string(name),
          .real_path = "/lib/" + std::string(name),
          .variant = variant,
          .version = ToolVersion{1, 8, 9}};
}

std::string chosen(const Inventory& inventory, Family family, std::optional<Variant> variant, Tool tool) {
  const auto program = choose(inventory, family, variant, tool);
  if (program) return program->path + " as " + program->called;
  EXPECT_EQ(program.error().code, Code::kUnsupported);
  return "";
}

// The names that save and restore go by, of both families. Bit n of a subset is name n.
constexpr std::array<std::string_view, 12> kNames = {
    "iptables-save",           "iptables-legacy-save", "iptables-nft-save",        "iptables-restore",
    "iptables-legacy-restore", "iptables-nft-restore", "ip6tables-save",           "ip6tables-legacy-save",
    "ip6tables-nft-save",      "ip6tables-restore",    "ip6tables-legacy-restore", "ip6tables-nft-restore"};

// By hand: in a subset where the plain names are `plain`, which of the names serves.
std::string expected(unsigned subset, Variant plain, Family family, std::optional<Variant> wanted, Tool tool) {
  const unsigned first = (family == Family::ipv6 ? 6U : 0U) + (tool == Tool::restore ? 3U : 0U);
  const bool has_plain = (subset >> first & 1U) != 0;
  const bool has_legacy = (subset >> (first + 1) & 1U) != 0;
  const bool has_nft = (subset >> (first + 2) & 1U) != 0;
  const auto path = [&](unsigned offset) {
    const std::string name(kNames[first + offset]);
    return "/sbin/" + name + " as " + name;
  };
  if (!wanted) {
    if (has_plain) return path(0);
    if (has_nft) return path(2);
    return has_legacy ? path(1) : "";
  }
  if (*wanted == Variant::legacy && has_legacy) return path(1);
  if (*wanted == Variant::nft && has_nft) return path(2);
  return has_plain && plain == *wanted ? path(0) : "";
}

TEST(Choose, AllSubsetsOfTheTwelveNames) {
  for (const Variant plain : {Variant::legacy, Variant::nft}) {
    for (unsigned subset = 0; subset < 1U << kNames.size(); ++subset) {
      Inventory inventory{.directories = {"/sbin"}};
      for (unsigned i = 0; i < kNames.size(); ++i) {
        if ((subset >> i & 1U) == 0) continue;
        const Variant named = kNames[i].find("legacy") != std::string_view::npos ? Variant::legacy : Variant::nft;
        inventory.binaries.push_back(binary(kNames[i], i % 3 == 0 ? plain : named));
      }
      for (const Family family : {Family::ipv4, Family::ipv6}) {
        for (const Tool tool : {Tool::save, Tool::restore}) {
          for (const std::optional<Variant> wanted :
               {std::optional<Variant>(), std::optional(Variant::legacy), std::optional(Variant::nft)}) {
            ASSERT_EQ(chosen(inventory, family, wanted, tool), expected(subset, plain, family, wanted, tool))
                << "subset " << subset << " " << family_name(family) << " tool " << static_cast<int>(tool);
          }
        }
      }
    }
  }
}

TEST(Choose, TheCommandItself) {
  Inventory inventory{.binaries = {binary("iptables", Variant::nft), binary("iptables-legacy", Variant::legacy)}};
  EXPECT_EQ(chosen(inventory, Family::ipv4, {}, Tool::command), "/sbin/iptables as iptables");
  EXPECT_EQ(chosen(inventory, Family::ipv4, Variant::legacy, Tool::command),
            "/sbin/iptables-legacy as iptables-legacy");
  EXPECT_EQ(chosen(inventory, Family::ipv6, {}, Tool::command), "");
}

TEST(Choose, WhatABinarySaysCountsNotItsName) {
  const Inventory inventory{.binaries = {binary("iptables-nft-restore", Variant::legacy)}};
  EXPECT_EQ(chosen(inventory, Family::ipv4, Variant::legacy, Tool::restore),
            "/sbin/iptables-nft-restore as iptables-nft-restore");
  EXPECT_EQ(chosen(inventory, Family::ipv4, Variant::nft, Tool::restore), "");
}

TEST(Choose, UnknownVariantServesOnlyWhereAnyDoes) {
  const Inventory inventory{.binaries = {binary("iptables-restore", Variant::unknown)}};
  EXPECT_EQ(chosen(inventory, Family::ipv4, {}, Tool::restore), "/sbin/iptables-restore as iptables-restore");
  EXPECT_EQ(chosen(inventory, Family::ipv4, Variant::nft, Tool::restore), "");
  EXPECT_EQ(chosen(inventory, Family::ipv4, Variant::legacy, Tool::restore), "");
}

TEST(Choose, AllInOneFileIsTheLastResort) {
  Inventory inventory{.binaries = {binary("xtables-nft-multi", Variant::nft)}};
  EXPECT_EQ(chosen(inventory, Family::ipv6, Variant::nft, Tool::save), "/lib/xtables-nft-multi as ip6tables-save");
  EXPECT_EQ(chosen(inventory, Family::ipv6, {}, Tool::restore), "/lib/xtables-nft-multi as ip6tables-restore");
  EXPECT_EQ(chosen(inventory, Family::ipv6, Variant::legacy, Tool::save), "");
  inventory.binaries.push_back(binary("ip6tables-save", Variant::nft));
  EXPECT_EQ(chosen(inventory, Family::ipv6, Variant::nft, Tool::save), "/sbin/ip6tables-save as ip6tables-save");
}

TEST(Choose, BelowARootTheResolvedPathIsRun) {
  const Inventory inventory{.root = "/host", .binaries = {binary("iptables-save", Variant::nft)}};
  EXPECT_EQ(chosen(inventory, Family::ipv4, {}, Tool::save), "/lib/iptables-save as iptables-save");
}

TEST(Choose, ErrorSaysWhatWasLookedForWhereAndWhatWasThere) {
  const Inventory inventory{
      .directories = {"/usr/sbin", "/sbin"},
      .root = "/host",
      .binaries = {binary("iptables-restore", Variant::nft)},
      .unusable = {{"iptables-legacy-restore", "/host/sbin/iptables-legacy-restore", "exit status 127"},
                   {"ip6tables-restore", "/host/sbin/ip6tables-restore", "exit status 1"}}};
  EXPECT_EQ(choose(inventory, Family::ipv4, Variant::legacy, Tool::restore).error().message,
            "no iptables-restore of the legacy variant to run: looked for iptables-legacy-restore, iptables-restore, "
            "iptables-nft-restore, xtables-legacy-multi, xtables-nft-multi in /usr/sbin:/sbin below /host; "
            "/host/sbin/iptables-legacy-restore does not run (exit status 127); "
            "/sbin/iptables-restore is of the nft variant");
  EXPECT_EQ(choose({}, Family::ipv6, {}, Tool::save).error().message,
            "no ip6tables-save to run: looked for ip6tables-save, ip6tables-nft-save, ip6tables-legacy-save, "
            "xtables-nft-multi, xtables-legacy-multi in an empty search path");
}

}  // namespace
}  // namespace ferrule::exec
