// Which backend a network namespace uses, why, and what was seen there. All of it values; looking changes nothing.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ferrule/inventory.hpp"
#include "ferrule/netns.hpp"
#include "ferrule/types.hpp"

#pragma GCC visibility push(default)
namespace ferrule {

// How facts become a choice where the caller does not force one. Under all of them, a family in which there are neither
// rules nor hint chains follows the other one, if that has some.
enum class DetectPolicy : uint8_t {
  // Kubernetes' hint chains, else rules of iptables-nft, else rules of legacy, else the system's default: what
  // `iptables`
  // in the search path is, else what the kernel has, nft before legacy.
  kRulesFirst,
  // As Istio does: legacy where it has rules, else nft where it is usable, else what `iptables` is.
  kIstio,
  // As Kubernetes' iptables wrapper does: hint chains in nft, then in legacy, else nft.
  kKubernetes,
};
inline constexpr std::array<DetectPolicy, 3> kAllDetectPolicies = {DetectPolicy::kRulesFirst, DetectPolicy::kIstio,
                                                                   DetectPolicy::kKubernetes};
// "rules_first", "istio" or "kubernetes".
std::string_view detect_policy_name(DetectPolicy policy);
std::optional<DetectPolicy> detect_policy_by_name(std::string_view name);

// Whether kernel modules may be loaded that are on disk and not loaded.
enum class ModuleLoading : uint8_t {
  kForbidden,  // a backend that is not loaded is not there, natively
  // It counts as there, and its module is loaded when something is read or written through it; detecting never loads.
  kAllowed,
};

// Whether this kernel has something.
enum class Presence : uint8_t {
  present,     // here and now
  loadable,    // as a module on disk, not loaded; it was not touched
  not_loaded,  // not loaded, and it cannot be seen from here whether it could be
  absent,      // not at all
  blocked,     // the caller may not ask: a capability is missing, or a filter is in the way
  unknown,     // asking might have loaded a module
};
// The word above, e.g. "not_loaded".
std::string_view presence_name(Presence presence);

// A number of rules. Counting stops where it has served its purpose.
struct RuleCount {
  uint32_t at_least = 0;
  bool exact = true;
  friend bool operator==(const RuleCount&, const RuleCount&) = default;
};

// One table as one backend has it.
struct TableFacts {
  TableId table = TableId::filter;
  bool readable = true;      // false: it exists, but what is in it could not be read; the rest means nothing then
  RuleCount rules = {};      // in chains that iptables made or could have made
  uint32_t user_chains = 0;  // 0 where the table was too large to look through and has rules anyway
  std::vector<Hook> dropping = {};               // base chains with policy DROP
  std::vector<std::string> hint_chains = {};     // KUBE-IPTABLES-HINT, KUBE-KUBELET-CANARY; in mangle only
  std::vector<std::string> foreign_chains = {};  // nft: base chains that are not iptables'
  friend bool operator==(const TableFacts&, const TableFacts&) = default;
};

// Legacy xtables of one family. Only tables that were instantiated already are looked into, because asking the kernel
// about another one would instantiate it.
struct LegacyFacts {
  Presence presence = Presence::unknown;
  std::string obstacle = {};  // why something could not be read: one phrase; empty when nothing was in the way
  bool tables_known = false;  // whether `tables` is all there are
  std::vector<TableFacts> tables = {};  // instantiated in this namespace, newest first
  // By TableId: whether the kernel has the table, instantiated or not. Read for explanations only, else `unknown`.
  std::array<Presence, kAllTables.size()> table_support = {Presence::unknown, Presence::unknown, Presence::unknown,
                                                           Presence::unknown, Presence::unknown};
  friend bool operator==(const LegacyFacts&, const LegacyFacts&) = default;
};

// nf_tables of one family, as far as iptables-nft is concerned.
struct NftFacts {
  Presence presence = Presence::unknown;
  std::string obstacle = {};
  bool told_by_binary = false;  // `tables` comes from an iptables-nft-save, since the kernel may not be asked from here
  // Tables with a name that iptables knows and whose base chains, if any, include one that iptables-nft made. In the
  // kernel's order.
  std::vector<TableFacts> tables = {};
  friend bool operator==(const NftFacts&, const NftFacts&) = default;
};

struct FamilyFacts {
  LegacyFacts legacy = {};
  NftFacts nft = {};
  friend bool operator==(const FamilyFacts&, const FamilyFacts&) = default;
};

// An nf_tables table that is not iptables'.
struct OtherTable {
  std::string family;  // as nft says it: ip, ip6, inet, arp, bridge, netdev
  std::string name;
  friend bool operator==(const OtherTable&, const OtherTable&) = default;
};

// What one network namespace holds, and what the kernel has for it.
struct NamespaceFacts {
  FamilyFacts ipv4 = {};
  FamilyFacts ipv6 = {};
  Presence nft_compat = Presence::unknown;  // what the nft backend writes most matches and targets through
  std::vector<OtherTable> other_nft_tables = {};
  std::optional<NamespaceOwner> owner = {};  // read for explanations only

  const FamilyFacts& of(Family family) const { return family == Family::ipv4 ? ipv4 : ipv6; }
};

// What a verdict rests on, strongest first.
enum class Basis : uint8_t {
  forced,          // the caller said so
  hint_chain,      // Kubernetes' hint chains
  rules,           // rules, or a policy other than ACCEPT
  other_family,    // the other family's hint chains or rules
  policy_default,  // what the policy takes where nothing else speaks
  system_binary,   // what `iptables` in the search path is
  kernel,          // what the kernel has
  nothing,         // there is nothing to choose from
};
// The word above, e.g. "hint_chain".
std::string_view basis_name(Basis basis);

enum class Outcome : uint8_t {
  decided,
  undetermined,  // what would decide it could not be read
  none,          // no backend, or not the one that was forced, can be used here
};

// The choice for one family.
struct FamilyVerdict {
  Outcome outcome = Outcome::none;
  // legacy or nft. Where it is undetermined, what to use when something must be; absent where there is none.
  std::optional<BackendKind> backend = {};
  // Whether the kernel's own interface of that backend can be used; otherwise only a binary can.
  bool native = false;
  Basis basis = Basis::nothing;
  std::string reason = {};                 // one sentence without a full stop
  std::vector<std::string> evidence = {};  // what speaks for it and against it, one phrase each, nft before legacy
  // What would make the choice certain; empty where it is.
  std::string wait_for = {};
  friend bool operator==(const FamilyVerdict&, const FamilyVerdict&) = default;
};
// "legacy", "nft", "undetermined" or "none": what `ferrule detect` calls the backend.
std::string_view verdict_name(const FamilyVerdict& verdict);

struct Verdicts {
  FamilyVerdict ipv4 = {};
  FamilyVerdict ipv6 = {};
  const FamilyVerdict& of(Family family) const { return family == Family::ipv4 ? ipv4 : ipv6; }
  friend bool operator==(const Verdicts&, const Verdicts&) = default;
};

// What one policy says.
struct PolicyVerdicts {
  DetectPolicy policy = DetectPolicy::kRulesFirst;
  Verdicts verdicts = {};
};

// What `inspect` answers: the choice of one policy, and the facts behind it.
struct Inspection {
  DetectPolicy policy = DetectPolicy::kRulesFirst;
  Verdicts verdicts = {};
  NamespaceFacts facts = {};
  // Explanations only, else empty: what each policy says of the same facts where nothing is forced, in the order of
  // kAllDetectPolicies, and the binaries of the search path.
  std::vector<PolicyVerdicts> policies = {};
  Inventory binaries = {};
};

// Whether nothing that may still come would change the choice for either family: both `wait_for` are empty.
bool is_certain(const Inspection& inspection);

}  // namespace ferrule
#pragma GCC visibility pop
