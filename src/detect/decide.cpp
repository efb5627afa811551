#include "detect/decide.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "detect/evidence.hpp"

namespace ferrule::detect {
namespace {

constexpr const char* kWaitForEvidence =
    "rules, or a chain KUBE-IPTABLES-HINT or KUBE-KUBELET-CANARY in table mangle, of either backend";

constexpr const char* kWaitForBackend = "nf_tables or legacy iptables in this kernel, or a binary that can use either";

std::string_view interface_name(BackendKind backend) {
  return backend == BackendKind::nft ? "nf_tables" : "legacy iptables";
}

// How a backend can be used.
enum class Use : uint8_t { native, binary, none };

struct Choice {
  BackendKind backend;
  Basis basis;
  std::string reason;
};

// One family's side of the decision.
class FamilySide {
 public:
  FamilySide(const Wish& wish, Family family, const NamespaceFacts& facts, const Inventory& inventory)
      : wish_(wish),
        family_(family),
        facts_(facts.of(family)),
        nft_compat_(facts.nft_compat),
        inventory_(inventory),
        nft_(nft_evidence(facts_.nft)),
        legacy_(legacy_evidence(family, facts_.legacy)) {}

  Family family() const { return family_; }
  const BackendEvidence& nft() const { return nft_; }
  const BackendEvidence& legacy() const { return legacy_; }
  const BackendEvidence& of(BackendKind backend) const { return backend == BackendKind::nft ? nft_ : legacy_; }

  bool has_nft() const { return facts_.nft.presence == Presence::present; }
  bool has_evidence() const {
    return nft_.hint == Seen::yes || nft_.rules == Seen::yes || legacy_.hint == Seen::yes || legacy_.rules == Seen::yes;
  }
  // Whether something that the policy looks at could not be read.
  bool is_in_the_dark() const {
    switch (wish_.policy) {
      case DetectPolicy::kIstio:
        return legacy_.rules == Seen::unknown;
      case DetectPolicy::kKubernetes:
        return nft_.hint == Seen::unknown || legacy_.hint == Seen::unknown;
      case DetectPolicy::kRulesFirst:
        break;
    }
    return nft_.rules == Seen::unknown || legacy_.rules == Seen::unknown || nft_.hint == Seen::unknown ||
           legacy_.hint == Seen::unknown;
  }

  const Wish& wish() const { return wish_; }
  Use use_of(BackendKind backend) const;
  std::optional<Choice> choose_by_evidence() const;
  std::optional<Choice> choose_default() const;

 private:
  bool is_usable(BackendKind backend) const { return use_of(backend) != Use::none; }
  bool has_binary(Variant variant) const;
  std::optional<Choice> choose_by_hint() const;
  std::optional<Choice> choose_by_rules(BackendKind backend) const;
  std::optional<Choice> choose_by_system_binary() const;
  std::optional<Choice> choose_by_kernel() const;

  const Wish& wish_;
  Family family_;
  const FamilyFacts& facts_;
  Presence nft_compat_;
  const Inventory& inventory_;
  BackendEvidence nft_;
  BackendEvidence legacy_;
};

bool FamilySide::has_binary(Variant variant) const {
  const std::string_view prefix = family_ == Family::ipv4 ? "iptables" : "ip6tables";
  return std::any_of(inventory_.binaries.begin(), inventory_.binaries.end(), [&](const Binary& binary) {
    const std::string_view name = binary.name;
    // Rules are written through -restore.
    const bool fits = name.starts_with("xtables") || (name.starts_with(prefix) && name.ends_with("-restore"));
    return fits && binary.variant == variant;
  });
}

Use FamilySide::use_of(BackendKind backend) const {
  const Presence presence = backend == BackendKind::nft ? facts_.nft.presence : facts_.legacy.presence;
  const bool can_be_loaded = presence == Presence::loadable || presence == Presence::not_loaded;
  const bool is_there = presence == Presence::present || (can_be_loaded && wish_.loading == ModuleLoading::kAllowed);
  if (is_there && wish_.forced != BackendKind::exec) return Use::native;
  const Variant variant = backend == BackendKind::nft ? Variant::nft : Variant::legacy;
  return presence != Presence::absent && has_binary(variant) ? Use::binary : Use::none;
}

std::optional<Choice> FamilySide::choose_by_hint() const {
  for (const BackendKind backend : {BackendKind::nft, BackendKind::legacy}) {
    if (of(backend).hint != Seen::yes || !is_usable(backend)) continue;
    return Choice{backend, Basis::hint_chain,
                  "Kubernetes left its chain " + of(backend).hint_chain + " in table mangle of " +
                      std::string(interface_name(backend))};
  }
  return std::nullopt;
}

std::optional<Choice> FamilySide::choose_by_rules(BackendKind backend) const {
  if (of(backend).rules != Seen::yes || !is_usable(backend)) return std::nullopt;
  return Choice{backend, Basis::rules,
                "there are iptables rules in " + std::string(interface_name(backend)) + ", " + of(backend).where};
}

std::optional<Choice> FamilySide::choose_by_evidence() const {
  switch (wish_.policy) {
    case DetectPolicy::kIstio:
      return choose_by_rules(BackendKind::legacy);
    case DetectPolicy::kKubernetes:
      return choose_by_hint();
    case DetectPolicy::kRulesFirst:
      break;
  }
  if (auto choice = choose_by_hint()) return choice;
  if (auto choice = choose_by_rules(BackendKind::nft)) return choice;
  return choose_by_rules(BackendKind::legacy);
}

// One answer for both families: a node whose plain names differ in backend is not meant to be one.
std::optional<Choice> FamilySide::choose_by_system_binary() const {
  for (const std::string_view name : {"iptables", "ip6tables"}) {
    const Binary* binary = inventory_.find(name);
    if (binary == nullptr || binary->variant == Variant::unknown) continue;
    const BackendKind backend = binary->variant == Variant::nft ? BackendKind::nft : BackendKind::legacy;
    if (!is_usable(backend)) return std::nullopt;
    return Choice{
        backend, Basis::system_binary,
        "there are no rules to go by, and " + binary->path + " is " + std::string(variant_name(binary->variant))};
  }
  return std::nullopt;
}

std::optional<Choice> FamilySide::choose_by_kernel() const {
  const auto take = [&](BackendKind backend, Use use) -> std::optional<Choice> {
    if (use_of(backend) != use) return std::nullopt;
    return Choice{backend, Basis::kernel, "there are no rules to go by, and " + of(backend).state};
  };
  // Without nft_compat, nf_tables cannot hold most of what iptables can say.
  if (has_nft() && nft_compat_ == Presence::absent) {
    if (auto choice = take(BackendKind::legacy, Use::native)) {
      choice->reason += ", while nf_tables comes without nft_compat";
      return choice;
    }
  }
  for (const Use use : {Use::native, Use::binary}) {
    for (const BackendKind backend : {BackendKind::nft, BackendKind::legacy}) {
      if (auto choice = take(backend, use)) return choice;
    }
  }
  return std::nullopt;
}

std::optional<Choice> FamilySide::choose_default() const {
  const auto take = [&](BackendKind backend, const char* reason) {
    return is_usable(backend) ? std::optional(Choice{backend, Basis::policy_default, reason}) : std::nullopt;
  };
  if (wish_.policy == DetectPolicy::kIstio) {
    if (auto choice = take(BackendKind::nft, "legacy iptables has no rules, and nf_tables can be used")) return choice;
  } else if (wish_.policy == DetectPolicy::kKubernetes) {
    if (auto choice = take(BackendKind::nft, "Kubernetes left no hint chain, so it is nf_tables")) return choice;
  }
  if (auto choice = choose_by_system_binary()) return choice;
  return choose_by_kernel();
}

FamilyVerdict verdict_of(const FamilySide& side, Outcome outcome, const Choice& choice) {
  FamilyVerdict out{.outcome = outcome, .backend = choice.backend, .basis = choice.basis, .reason = choice.reason};
  out.native = side.use_of(choice.backend) == Use::native;
  if (side.wish().forced == BackendKind::exec) {
    out.reason += "; a binary was asked for";
  } else if (!out.native) {
    out.reason += "; only a binary can use it";
  }
  return out;
}

FamilyVerdict forced_verdict(const FamilySide& side, BackendKind backend) {
  const std::string asked = std::string(backend_name(backend)) + " was asked for";
  if (side.use_of(backend) != Use::none) return verdict_of(side, Outcome::decided, {backend, Basis::forced, asked});
  return {.outcome = Outcome::none, .basis = Basis::forced, .reason = asked + ", but " + side.of(backend).state};
}

FamilyVerdict verdict_without_choice(const FamilySide& side) {
  if (side.wish().forced == BackendKind::exec) {
    return {.outcome = Outcome::none,
            .basis = Basis::forced,
            .reason = "a binary was asked for, but none is known that this kernel could serve"};
  }
  return {.outcome = Outcome::none,
          .basis = Basis::nothing,
          .reason = "no backend can be used: " + side.nft().state + "; " + side.legacy().state,
          .wait_for = kWaitForBackend};
}

FamilyVerdict undetermined_verdict(const FamilySide& side) {
  FamilyVerdict out{.outcome = Outcome::undetermined, .basis = Basis::nothing};
  if (const auto guess = side.choose_default()) out = verdict_of(side, Outcome::undetermined, *guess);
  std::vector<std::string> dark;
  for (const BackendEvidence* backend : {&side.nft(), &side.legacy()}) {
    if (backend->rules == Seen::unknown || backend->hint == Seen::unknown) dark.push_back(backend->phrases.back());
  }
  out.reason = "whether there are rules could not be read";
  for (size_t i = 0; i < dark.size(); ++i) out.wait_for += (i == 0 ? "an answer where there was: " : "; ") + dark[i];
  return out;
}

// The choice of one family, once it is known what evidence the other one has.
FamilyVerdict settle(const FamilySide& side, const std::optional<Choice>& own, const FamilySide& other,
                     const std::optional<Choice>& others) {
  if (own) return verdict_of(side, Outcome::decided, *own);
  if (!side.has_evidence() && others && side.use_of(others->backend) != Use::none) {
    const Choice followed{others->backend, Basis::other_family,
                          std::string(family_name(side.family())) + " has neither rules nor hint chains, and for " +
                              std::string(family_name(other.family())) + " " + others->reason};
    return verdict_of(side, Outcome::decided, followed);
  }
  if (side.is_in_the_dark()) return undetermined_verdict(side);
  const auto choice = side.choose_default();
  if (!choice) return verdict_without_choice(side);
  FamilyVerdict out = verdict_of(side, Outcome::decided, *choice);
  out.wait_for = kWaitForEvidence;
  return out;
}

void add_evidence(const FamilySide& side, Presence nft_compat, const Inventory& inventory, FamilyVerdict& out) {
  for (const BackendEvidence* backend : {&side.nft(), &side.legacy()}) {
    out.evidence.insert(out.evidence.end(), backend->phrases.begin(), backend->phrases.end());
  }
  if (side.has_nft() && nft_compat == Presence::absent) {
    out.evidence.emplace_back("nft: no nft_compat, which most matches and targets need");
  }
  for (const std::string_view name : {"iptables", "ip6tables"}) {
    const Binary* binary = inventory.find(name);
    if (binary == nullptr) continue;
    out.evidence.push_back("binaries: " + binary->path + " is " + std::string(variant_name(binary->variant)));
  }
}

}  // namespace

Verdicts decide(const Wish& wish, const NamespaceFacts& facts, const Inventory& inventory) {
  const FamilySide ipv4(wish, Family::ipv4, facts, inventory);
  const FamilySide ipv6(wish, Family::ipv6, facts, inventory);
  Verdicts out;
  if (wish.forced && *wish.forced != BackendKind::exec) {
    out = {.ipv4 = forced_verdict(ipv4, *wish.forced), .ipv6 = forced_verdict(ipv6, *wish.forced)};
  } else {
    const auto choice4 = ipv4.choose_by_evidence();
    const auto choice6 = ipv6.choose_by_evidence();
    out = {.ipv4 = settle(ipv4, choice4, ipv6, choice6), .ipv6 = settle(ipv6, choice6, ipv4, choice4)};
  }
  add_evidence(ipv4, facts.nft_compat, inventory, out.ipv4);
  add_evidence(ipv6, facts.nft_compat, inventory, out.ipv6);
  return out;
}

bool binaries_matter(const Verdicts& verdicts) {
  return std::ranges::any_of(std::array{&verdicts.ipv4, &verdicts.ipv6}, [](const FamilyVerdict* verdict) {
    return !verdict->native || verdict->basis == Basis::kernel;
  });
}

}  // namespace ferrule::detect
