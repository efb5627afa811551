// Covers src/detect/decide.cpp and evidence.cpp: facts in, verdicts out, no kernel asked.
#include "detect/decide.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ferrule::detect {
namespace {

using enum BackendKind;

// What one family holds.
enum class Holds : uint8_t {
  nothing,
  empty_tables,
  nft_rules,
  legacy_rules,
  both_rules,
  nft_hint,
  legacy_hint,
  both_hints,
  nft_rules_legacy_hint,
  legacy_rules_nft_hint,
};
constexpr Holds kAllHolds[] = {Holds::nothing,
                               Holds::empty_tables,
                               Holds::nft_rules,
                               Holds::legacy_rules,
                               Holds::both_rules,
                               Holds::nft_hint,
                               Holds::legacy_hint,
                               Holds::both_hints,
                               Holds::nft_rules_legacy_hint,
                               Holds::legacy_rules_nft_hint};

bool has(Holds holds, std::initializer_list<Holds> set) {
  return std::find(set.begin(), set.end(), holds) != set.end();
}
bool nft_rules(Holds h) { return has(h, {Holds::nft_rules, Holds::both_rules, Holds::nft_rules_legacy_hint}); }
bool legacy_rules(Holds h) { return has(h, {Holds::legacy_rules, Holds::both_rules, Holds::legacy_rules_nft_hint}); }
bool nft_hint(Holds h) { return has(h, {Holds::nft_hint, Holds::both_hints, Holds::legacy_rules_nft_hint}); }
bool legacy_hint(Holds h) { return has(h, {Holds::legacy_hint, Holds::both_hints, Holds::nft_rules_legacy_hint}); }

std::vector<TableFacts> tables(bool with_rules, bool with_hint, bool with_empty) {
  std::vector<TableFacts> out;
  if (with_rules) out.push_back({.table = TableId::nat, .rules = {.at_least = 2, .exact = true}});
  if (with_hint) {
    out.push_back({.table = TableId::mangle, .user_chains = 1, .hint_chains = {"KUBE-IPTABLES-HINT"}});
  }
  if (with_empty) out.push_back({.table = TableId::filter, .user_chains = 3});
  return out;
}

struct Kernel {
  Presence legacy = Presence::present;
  Presence nft = Presence::present;
  Presence compat = Presence::present;
};

FamilyFacts family_facts(Holds holds, const Kernel& kernel = {}) {
  const bool empty = holds == Holds::empty_tables;
  FamilyFacts out;
  out.legacy = {.presence = kernel.legacy,
                .tables_known = true,
                .tables = tables(legacy_rules(holds), legacy_hint(holds), empty)};
  out.nft = {.presence = kernel.nft, .tables = tables(nft_rules(holds), nft_hint(holds), empty)};
  return out;
}

NamespaceFacts facts(Holds ipv4, Holds ipv6, const Kernel& kernel = {}) {
  NamespaceFacts out;
  out.ipv4 = family_facts(ipv4, kernel);
  out.ipv6 = family_facts(ipv6, kernel);
  out.nft_compat = kernel.compat;
  return out;
}

// A search path in which these names are binaries of these variants.
Inventory inventory(std::initializer_list<std::pair<const char*, Variant>> binaries) {
  Inventory out{.directories = {"/usr/sbin"}};
  for (const auto& [name, variant] : binaries) {
    out.binaries.push_back(
        {.name = name, .path = std::string("/usr/sbin/") + name, .real_path = {}, .variant = variant});
  }
  return out;
}

Inventory debian(Variant variant) {
  return inventory({{"iptables", variant},
                    {"iptables-restore", variant},
                    {"ip6tables", variant},
                    {"ip6tables-restore", variant},
                    {"xtables-legacy-multi", Variant::legacy},
                    {"xtables-nft-multi", Variant::nft}});
}

std::string shown(const Verdicts& verdicts) {
  return std::string(verdict_name(verdicts.ipv4)) + " " + std::string(verdict_name(verdicts.ipv6));
}

// --- the rules_first policy against a table written from its description, all combinations -------------------------

std::optional<BackendKind> by_own_evidence(Holds h) {
  if (nft_hint(h)) return nft;
  if (legacy_hint(h)) return legacy;
  if (nft_rules(h)) return nft;
  if (legacy_rules(h)) return legacy;
  return std::nullopt;
}

TEST(DecideRulesFirst, AllCombinationsOfContentsAndPaths) {
  struct Path {
    const char* name;
    Inventory inventory;
    BackendKind fallback;
  };
  const Path paths[] = {
      {"unknown", {}, nft},
      {"no binaries", inventory({}), nft},
      {"iptables is nft", debian(Variant::nft), nft},
      {"iptables is legacy", debian(Variant::legacy), legacy},
      {"only ip6tables, which is legacy", inventory({{"ip6tables", Variant::legacy}}), legacy},
      {"iptables is nft, ip6tables legacy", inventory({{"iptables", Variant::nft}, {"ip6tables", Variant::legacy}}),
       nft},
      {"only names with a variant", inventory({{"iptables-legacy", Variant::legacy}}), nft},
      {"a name that lies", inventory({{"iptables-nft", Variant::legacy}, {"iptables", Variant::legacy}}), legacy},
      {"a variant nobody knows", inventory({{"iptables", Variant::unknown}}), nft},
  };
  for (const Path& path : paths) {
    for (const Holds ipv4 : kAllHolds) {
      for (const Holds ipv6 : kAllHolds) {
        SCOPED_TRACE(testing::Message() << path.name << " " << int(ipv4) << " " << int(ipv6));
        const auto own4 = by_own_evidence(ipv4);
        const auto own6 = by_own_evidence(ipv6);
        const BackendKind expected4 = own4 ? *own4 : own6.value_or(path.fallback);
        const BackendKind expected6 = own6 ? *own6 : own4.value_or(path.fallback);
        const Verdicts verdicts = decide({}, facts(ipv4, ipv6), path.inventory);
        for (const auto& [verdict, expected, own, other] :
             {std::tuple(verdicts.ipv4, expected4, own4, own6), std::tuple(verdicts.ipv6, expected6, own6, own4)}) {
          EXPECT_EQ(verdict.outcome, Outcome::decided);
          EXPECT_EQ(verdict.backend, expected);
          EXPECT_TRUE(verdict.native);
          EXPECT_FALSE(verdict.reason.empty());
          EXPECT_FALSE(verdict.evidence.empty());
          EXPECT_EQ(verdict.basis == Basis::other_family, !own && other);
          EXPECT_EQ(verdict.basis == Basis::hint_chain || verdict.basis == Basis::rules, own.has_value());
          // Only what rests on evidence is certain.
          EXPECT_EQ(verdict.wait_for.empty(), own.has_value() || other.has_value());
        }
      }
    }
  }
}

TEST(DecideRulesFirst, GivesItsReasons) {
  struct Row {
    Holds ipv4, ipv6;
    Basis basis;
    Inventory inventory;
    const char* reason;
  };
  const Row rows[] = {
      {Holds::nft_rules, Holds::nothing, Basis::rules, {}, "there are iptables rules in nf_tables, table nat"},
      {Holds::both_rules, Holds::legacy_rules, Basis::rules, {}, "there are iptables rules in nf_tables, table nat"},
      {Holds::legacy_rules, Holds::nothing, Basis::rules, {}, "there are iptables rules in legacy iptables, table nat"},
      {Holds::legacy_hint,
       Holds::nft_rules,
       Basis::hint_chain,
       {},
       "Kubernetes left its chain KUBE-IPTABLES-HINT in table mangle of legacy iptables"},
      {Holds::nothing, Holds::legacy_rules, Basis::other_family, debian(Variant::nft),
       "ipv4 has neither rules nor hint chains, and for ipv6 there are iptables rules in legacy iptables, table nat"},
      {Holds::empty_tables, Holds::nothing, Basis::system_binary, debian(Variant::legacy),
       "there are no rules to go by, and /usr/sbin/iptables is legacy"},
      {Holds::nothing, Holds::nothing, Basis::kernel, {}, "there are no rules to go by, and this kernel has nf_tables"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.reason);
    const FamilyVerdict verdict = decide({}, facts(row.ipv4, row.ipv6), row.inventory).ipv4;
    EXPECT_EQ(verdict.basis, row.basis);
    EXPECT_EQ(verdict.reason, row.reason);
  }
}

TEST(DecideRulesFirst, ListsTheEvidence) {
  NamespaceFacts facts_here = facts(Holds::both_rules, Holds::empty_tables);
  facts_here.ipv4.nft.tables.push_back(
      {.table = TableId::filter, .rules = {.at_least = 1, .exact = false}, .dropping = {Hook::forward}});
  const Verdicts verdicts = decide({}, facts_here, debian(Variant::nft));
  EXPECT_EQ(verdicts.ipv4.evidence,
            (std::vector<std::string>{"nft: table nat has 2 rules", "nft: table filter has at least 1 rule",
                                      "nft: policy DROP of FORWARD in table filter", "legacy: table nat has 2 rules",
                                      "binaries: /usr/sbin/iptables is nft", "binaries: /usr/sbin/ip6tables is nft"}));
  EXPECT_EQ(verdicts.ipv6.evidence,
            (std::vector<std::string>{"nft: no rules in filter", "legacy: no rules in filter",
                                      "binaries: /usr/sbin/iptables is nft", "binaries: /usr/sbin/ip6tables is nft"}));
  EXPECT_EQ(decide({}, facts(Holds::nothing, Holds::nothing), {}).ipv4.evidence,
            (std::vector<std::string>{"nft: no table of iptables", "legacy: no table is instantiated"}));
}

TEST(DecideRulesFirst, APolicyOtherThanAcceptIsEvidence) {
  NamespaceFacts dropping = facts(Holds::nothing, Holds::nothing);
  dropping.ipv6.legacy.tables = {{.table = TableId::filter, .dropping = {Hook::input}}};
  const Verdicts verdicts = decide({}, dropping, debian(Variant::nft));
  EXPECT_EQ(shown(verdicts), "legacy legacy");
  EXPECT_EQ(verdicts.ipv6.basis, Basis::rules);
  EXPECT_EQ(verdicts.ipv4.basis, Basis::other_family);
}

// --- the other policies --------------------------------------------------------------------------------------------

TEST(DecideIstio, LegacyRulesElseNft) {
  struct Row {
    Holds ipv4, ipv6;
    const char* verdicts;
  };
  static constexpr Row kRows[] = {
      {Holds::nothing, Holds::nothing, "nft nft"},
      {Holds::empty_tables, Holds::empty_tables, "nft nft"},
      {Holds::nft_rules, Holds::nothing, "nft nft"},
      {Holds::legacy_rules, Holds::nothing, "legacy legacy"},
      {Holds::nothing, Holds::legacy_rules, "legacy legacy"},
      {Holds::both_rules, Holds::nothing, "legacy legacy"},
      // Another backend's evidence keeps a family from following.
      {Holds::legacy_rules, Holds::nft_rules, "legacy nft"},
      {Holds::nft_hint, Holds::legacy_rules, "nft legacy"},
      // Hint chains are no rules.
      {Holds::legacy_hint, Holds::legacy_hint, "nft nft"},
      {Holds::legacy_rules_nft_hint, Holds::nothing, "legacy legacy"},
  };
  for (const Row& row : kRows) {
    SCOPED_TRACE(testing::Message() << int(row.ipv4) << " " << int(row.ipv6));
    for (const Inventory& path : {Inventory{}, debian(Variant::legacy), debian(Variant::nft)}) {
      EXPECT_EQ(shown(decide({.policy = DetectPolicy::kIstio}, facts(row.ipv4, row.ipv6), path)), row.verdicts);
    }
  }
}

TEST(DecideKubernetes, HintsElseNft) {
  struct Row {
    Holds ipv4, ipv6;
    const char* verdicts;
  };
  static constexpr Row kRows[] = {
      {Holds::nothing, Holds::nothing, "nft nft"},
      {Holds::nft_hint, Holds::nothing, "nft nft"},
      {Holds::legacy_hint, Holds::nothing, "legacy legacy"},
      {Holds::nothing, Holds::legacy_hint, "legacy legacy"},
      {Holds::both_hints, Holds::legacy_hint, "nft legacy"},
      {Holds::legacy_hint, Holds::nft_rules, "legacy nft"},
      {Holds::nft_rules_legacy_hint, Holds::nothing, "legacy legacy"},
      {Holds::legacy_rules, Holds::legacy_rules, "nft nft"},
  };
  for (const Row& row : kRows) {
    SCOPED_TRACE(testing::Message() << int(row.ipv4) << " " << int(row.ipv6));
    for (const Inventory& path : {Inventory{}, debian(Variant::legacy), debian(Variant::nft)}) {
      EXPECT_EQ(shown(decide({.policy = DetectPolicy::kKubernetes}, facts(row.ipv4, row.ipv6), path)), row.verdicts);
    }
  }
}

// --- what the kernel has -------------------------------------------------------------------------------------------

TEST(Decide, AChoiceMustBeUsable) {
  const Inventory nothing = inventory({});
  const Inventory only_legacy = inventory({{"iptables", Variant::legacy},
                                           {"iptables-restore", Variant::legacy},
                                           {"ip6tables", Variant::legacy},
                                           {"ip6tables-restore", Variant::legacy}});
  const Inventory only_printing = inventory({{"iptables-save", Variant::legacy}, {"iptables-nft-save", Variant::nft}});
  struct Row {
    const char* name;
    const char* verdict;
    Inventory inventory;
    Kernel kernel;
    DetectPolicy policy;
    bool native;
    Basis basis;
  };
  using enum Presence;
  using enum DetectPolicy;
  const Row rows[] = {
      {"nft only", "nft", nothing, {absent, present}, kRulesFirst, true, Basis::kernel},
      {"legacy only", "legacy", nothing, {present, absent}, kRulesFirst, true, Basis::kernel},
      {"neither", "none", debian(Variant::nft), {absent, absent}, kRulesFirst, false, Basis::nothing},
      {"iptables is what the kernel lacks",
       "legacy",
       debian(Variant::nft),
       {present, absent},
       kRulesFirst,
       true,
       Basis::kernel},
      {"the same the other way round",
       "nft",
       debian(Variant::legacy),
       {absent, present},
       kRulesFirst,
       true,
       Basis::kernel},
      {"legacy loaded, nft on disk", "legacy", nothing, {present, loadable}, kRulesFirst, true, Basis::kernel},
      {"legacy loaded, nft on disk, iptables nft",
       "nft",
       debian(Variant::nft),
       {present, loadable},
       kRulesFirst,
       false,
       Basis::system_binary},
      {"both on disk",
       "legacy",
       debian(Variant::legacy),
       {loadable, loadable},
       kRulesFirst,
       false,
       Basis::system_binary},
      {"both on disk, no plain name",
       "nft",
       inventory({{"xtables-nft-multi", Variant::nft}, {"xtables-legacy-multi", Variant::legacy}}),
       {loadable, not_loaded},
       kRulesFirst,
       false,
       Basis::kernel},
      {"both on disk, no binary", "none", nothing, {loadable, loadable}, kRulesFirst, false, Basis::nothing},
      {"a binary that only prints", "none", only_printing, {loadable, loadable}, kRulesFirst, false, Basis::nothing},
      {"no nft_compat", "legacy", nothing, {present, present, absent}, kRulesFirst, true, Basis::kernel},
      {"no nft_compat, iptables nft",
       "nft",
       debian(Variant::nft),
       {present, present, absent},
       kRulesFirst,
       true,
       Basis::system_binary},
      {"no nft_compat, no legacy", "nft", nothing, {absent, present, absent}, kRulesFirst, true, Basis::kernel},
      {"nft_compat on disk", "nft", nothing, {present, present, loadable}, kRulesFirst, true, Basis::kernel},
      {"istio, nft only on disk",
       "nft",
       debian(Variant::legacy),
       {present, loadable},
       kIstio,
       false,
       Basis::policy_default},
      {"istio, no nft", "legacy", debian(Variant::legacy), {present, absent}, kIstio, true, Basis::system_binary},
      {"istio, no nft binary", "legacy", only_legacy, {present, loadable}, kIstio, true, Basis::system_binary},
      {"kubernetes, no nft", "legacy", debian(Variant::nft), {present, absent}, kKubernetes, true, Basis::kernel},
      {"kubernetes, neither", "none", debian(Variant::nft), {absent, absent}, kKubernetes, false, Basis::nothing},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    const Verdicts verdicts =
        decide({.policy = row.policy}, facts(Holds::nothing, Holds::nothing, row.kernel), row.inventory);
    for (const FamilyVerdict& verdict : {verdicts.ipv4, verdicts.ipv6}) {
      // What only prints, prints IPv4 alone; neither family gets a backend from it.
      EXPECT_EQ(verdict_name(verdict), row.verdict) << verdict.reason;
      EXPECT_EQ(verdict.native, row.native);
      EXPECT_EQ(verdict.basis, row.basis);
    }
  }
}

TEST(Decide, AFamilyDoesNotFollowWhereItCannot) {
  NamespaceFacts here = facts(Holds::legacy_rules, Holds::nothing);
  here.ipv6.legacy.presence = Presence::absent;
  const Verdicts verdicts = decide({}, here, {});
  EXPECT_EQ(shown(verdicts), "legacy nft");
  EXPECT_EQ(verdicts.ipv6.basis, Basis::kernel);
}

TEST(Decide, ModulesAreLoadedOnlyWhenAllowed) {
  const NamespaceFacts here =
      facts(Holds::nothing, Holds::nothing, {.legacy = Presence::absent, .nft = Presence::not_loaded});
  EXPECT_EQ(shown(decide({}, here, {})), "none none");
  const Verdicts verdicts = decide({.loading = ModuleLoading::kAllowed}, here, {});
  EXPECT_EQ(shown(verdicts), "nft nft");
  EXPECT_TRUE(verdicts.ipv4.native);
}

TEST(Decide, NoneSaysWhatIsMissing) {
  const Verdicts verdicts =
      decide({}, facts(Holds::nothing, Holds::nothing, {.legacy = Presence::loadable, .nft = Presence::absent}), {});
  EXPECT_EQ(
      verdicts.ipv4.reason,
      "no backend can be used: this kernel has no nf_tables; legacy iptables is not loaded, though its module is on "
      "disk");
  EXPECT_EQ(verdicts.ipv4.backend, std::nullopt);
  EXPECT_EQ(verdicts.ipv6.reason.find("ip6tables") != std::string::npos, true) << verdicts.ipv6.reason;
}

// --- forced --------------------------------------------------------------------------------------------------------

TEST(DecideForced, ThatBackendOrNone) {
  for (const BackendKind forced : {legacy, nft}) {
    for (const Holds ipv4 : kAllHolds) {
      for (const DetectPolicy policy : kAllDetectPolicies) {
        const Verdicts verdicts =
            decide({.policy = policy, .forced = forced}, facts(ipv4, Holds::nothing), debian(Variant::nft));
        for (const FamilyVerdict& verdict : {verdicts.ipv4, verdicts.ipv6}) {
          EXPECT_EQ(verdict.outcome, Outcome::decided);
          EXPECT_EQ(verdict.backend, forced);
          EXPECT_TRUE(verdict.native);
          EXPECT_EQ(verdict.basis, Basis::forced);
          EXPECT_EQ(verdict.wait_for, "");
        }
      }
    }
  }
  const NamespaceFacts here = facts(Holds::nothing, Holds::nothing, {.legacy = Presence::absent});
  const Verdicts verdicts = decide({.forced = legacy}, here, debian(Variant::legacy));
  EXPECT_EQ(shown(verdicts), "none none");
  EXPECT_EQ(verdicts.ipv4.reason, "legacy was asked for, but this kernel has no legacy iptables");
}

TEST(DecideForced, AForcedBackendMayBeSpawned) {
  const NamespaceFacts here = facts(Holds::nothing, Holds::nothing, {.legacy = Presence::loadable});
  const Verdicts verdicts = decide({.forced = legacy}, here, debian(Variant::nft));
  EXPECT_EQ(shown(verdicts), "legacy legacy");
  EXPECT_FALSE(verdicts.ipv4.native);
  EXPECT_EQ(verdicts.ipv4.reason, "legacy was asked for; only a binary can use it");
}

TEST(DecideForced, ExecFollowsThePolicyThroughABinary) {
  const Wish wish{.forced = exec};
  struct Row {
    Holds ipv4;
    Inventory inventory;
    const char* verdicts;
  };
  const Row rows[] = {
      {Holds::legacy_rules, debian(Variant::nft), "legacy legacy"},
      {Holds::nft_rules, debian(Variant::legacy), "nft nft"},
      {Holds::nothing, debian(Variant::legacy), "legacy legacy"},
      {Holds::nothing, debian(Variant::nft), "nft nft"},
      // Rules there, but nothing that could write beside them.
      {Holds::legacy_rules, inventory({{"iptables-nft-restore", Variant::nft}}), "nft none"},
      {Holds::nft_rules, inventory({}), "none none"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.verdicts);
    const Verdicts verdicts = decide(wish, facts(row.ipv4, Holds::nothing), row.inventory);
    EXPECT_EQ(shown(verdicts), row.verdicts);
    EXPECT_FALSE(verdicts.ipv4.native);
    EXPECT_FALSE(verdicts.ipv6.native);
  }
}

// --- what could not be read ----------------------------------------------------------------------------------------

NamespaceFacts blocked_nft(Holds holds) {
  NamespaceFacts out = facts(holds, holds, {.nft = Presence::blocked});
  for (FamilyFacts* family : {&out.ipv4, &out.ipv6}) {
    family->nft.obstacle = "nf_tables: Operation not permitted";
    family->nft.tables.clear();
  }
  return out;
}

NamespaceFacts blocked_legacy(Holds holds) {
  NamespaceFacts out = facts(holds, holds, {.legacy = Presence::blocked});
  for (FamilyFacts* family : {&out.ipv4, &out.ipv6}) {
    family->legacy.obstacle = "legacy iptables: Operation not permitted";
    for (TableFacts& table : family->legacy.tables) table = {.table = table.table, .readable = false};
  }
  return out;
}

TEST(DecideInTheDark, IsUndeterminedOnlyWhereItMatters) {
  struct Row {
    const char* name;
    NamespaceFacts facts;
    const char* verdict;
    DetectPolicy policy;
    std::optional<BackendKind> guess;
  };
  using enum DetectPolicy;
  const Row rows[] = {
      {"nft blocked, nothing in legacy", blocked_nft(Holds::nothing), "undetermined", kRulesFirst, legacy},
      {"nft blocked, legacy rules", blocked_nft(Holds::legacy_rules), "legacy", kRulesFirst, legacy},
      {"nft blocked, legacy hint", blocked_nft(Holds::legacy_hint), "legacy", kRulesFirst, legacy},
      {"nft blocked, istio does not look there", blocked_nft(Holds::nothing), "legacy", kIstio, legacy},
      {"nft blocked, kubernetes looks for hints", blocked_nft(Holds::nothing), "undetermined", kKubernetes, legacy},
      {"legacy blocked, nft rules", blocked_legacy(Holds::nft_rules), "nft", kRulesFirst, nft},
      // No instantiated table, so no rules, whatever may be asked.
      {"legacy blocked, but without tables", blocked_legacy(Holds::nothing), "nft", kRulesFirst, nft},
      {"legacy blocked, with a table", blocked_legacy(Holds::legacy_rules), "undetermined", kRulesFirst, nft},
      {"legacy blocked, with a table, istio", blocked_legacy(Holds::legacy_rules), "undetermined", kIstio, nft},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    const FamilyVerdict verdict = decide({.policy = row.policy}, row.facts, {}).ipv4;
    EXPECT_EQ(verdict_name(verdict), row.verdict) << verdict.reason;
    EXPECT_EQ(verdict.backend, row.guess);
    if (verdict.outcome == Outcome::undetermined) {
      EXPECT_EQ(verdict.reason, "whether there are rules could not be read");
      EXPECT_NE(verdict.wait_for, "");
    }
  }
}

TEST(DecideInTheDark, TablesThatCannotBeListedAreUnknown) {
  NamespaceFacts here = facts(Holds::nothing, Holds::nothing);
  here.ipv4.legacy.tables_known = here.ipv6.legacy.tables_known = false;
  here.ipv4.legacy.obstacle = "/proc/thread-self/net/ip_tables_names: No such file or directory";
  const Verdicts verdicts = decide({}, here, {});
  EXPECT_EQ(shown(verdicts), "undetermined undetermined");
  EXPECT_EQ(verdicts.ipv4.wait_for,
            "an answer where there was: legacy: /proc/thread-self/net/ip_tables_names: No such file or directory");
  // Rules in nft would settle it, and one family's settle it for both.
  here.ipv6.nft.tables = tables(true, false, false);
  EXPECT_EQ(shown(decide({}, here, {})), "nft nft");
}

TEST(DecideInTheDark, EverythingBlockedIsLeftToABinary) {
  NamespaceFacts here = blocked_nft(Holds::nothing);
  for (FamilyFacts* family : {&here.ipv4, &here.ipv6}) {
    family->legacy = {.presence = Presence::blocked, .obstacle = "legacy iptables: Operation not permitted"};
  }
  const Verdicts without = decide({}, here, {});
  EXPECT_EQ(shown(without), "undetermined undetermined");
  EXPECT_EQ(without.ipv4.backend, std::nullopt);
  const Verdicts with = decide({}, here, debian(Variant::legacy));
  EXPECT_EQ(shown(with), "undetermined undetermined");
  EXPECT_EQ(with.ipv4.backend, legacy);
  EXPECT_FALSE(with.ipv4.native);
}

// --- whether binaries are worth looking for ------------------------------------------------------------------------

TEST(BinariesMatter, OnlyWhereTheyCouldChangeSomething) {
  EXPECT_FALSE(binaries_matter(decide({}, facts(Holds::nft_rules, Holds::nothing), {})));
  EXPECT_FALSE(binaries_matter(decide({}, facts(Holds::legacy_rules, Holds::nft_rules), {})));
  EXPECT_FALSE(binaries_matter(decide({.forced = nft}, facts(Holds::nothing, Holds::nothing), {})));
  EXPECT_FALSE(binaries_matter(decide({.policy = DetectPolicy::kIstio}, facts(Holds::nothing, Holds::nothing), {})));
  EXPECT_TRUE(binaries_matter(decide({}, facts(Holds::nothing, Holds::nothing), {})));
  EXPECT_TRUE(binaries_matter(decide({.forced = exec}, facts(Holds::nft_rules, Holds::nothing), {})));
  EXPECT_TRUE(
      binaries_matter(decide({.forced = nft}, facts(Holds::nothing, Holds::nothing, {.nft = Presence::loadable}), {})));
  EXPECT_TRUE(binaries_matter(decide({}, blocked_nft(Holds::nothing), {})));
}

// Nothing but facts goes into a decision: the same in, the same out.
TEST(Decide, IsPure) {
  for (const Holds holds : kAllHolds) {
    const NamespaceFacts here = facts(holds, Holds::nothing);
    const Verdicts first = decide({}, here, debian(Variant::nft));
    for (int i = 0; i < 3; ++i) EXPECT_EQ(decide({}, here, debian(Variant::nft)), first);
  }
}

}  // namespace
}  // namespace ferrule::detect
