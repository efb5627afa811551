#include "engine/choice.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "backend_exec/exec_backend.hpp"
#include "backend_legacy/legacy_backend.hpp"
#include "backend_nft/nft_backend.hpp"
#include "engine/module_loading.hpp"
#include "engine/spawned_facts.hpp"

namespace ferrule::engine {
namespace {

bool is_in_the_dark(const FamilyVerdict* verdict) { return verdict->outcome == Outcome::undetermined; }

// The caller may administer the namespace and sees all that nf_tables has there; only the list of legacy tables is not
// readable, which is so in a namespace that an ordinary user made together with a user namespace (`unshare -Urn`).
// Without /proc it is another matter: there it may be anybody's namespace.
bool only_legacy_list_is_hidden(const FamilyFacts& facts) {
  return facts.legacy.presence == Presence::present && !facts.legacy.tables_known &&
         facts.nft.presence == Presence::present && facts.nft.obstacle.empty() &&
         access("/proc/thread-self/net", F_OK) == 0;
}

// What is here will be here as long as the kernel runs, or nearly.
bool has_everything(const NamespaceFacts& facts) {
  return std::ranges::all_of(std::array{&facts.ipv4, &facts.ipv6},
                             [](const FamilyFacts* family) {
                               return family->nft.presence == Presence::present && family->nft.obstacle.empty() &&
                                      family->legacy.presence == Presence::present && family->legacy.obstacle.empty() &&
                                      family->legacy.tables_known;
                             }) &&
         facts.nft_compat == Presence::present;
}

// What kept the caller away from either kernel interface; empty where nothing did.
std::string obstacles(const FamilyFacts& facts) {
  std::string out;
  for (const std::string* obstacle : {&facts.legacy.obstacle, &facts.nft.obstacle}) {
    if (!obstacle->empty()) out += "; " + *obstacle;
  }
  return out;
}

Presence presence_of(const FamilyFacts& facts, BackendKind backend) {
  return backend == BackendKind::nft ? facts.nft.presence : facts.legacy.presence;
}

bool is_on_disk_only(Presence presence) { return presence == Presence::loadable || presence == Presence::not_loaded; }

bool was_blocked(const FamilyFacts& facts) {
  return facts.legacy.presence == Presence::blocked || facts.nft.presence == Presence::blocked ||
         !facts.legacy.obstacle.empty() || !facts.nft.obstacle.empty();
}

// The same said of several paths.
struct Said {
  std::string what;
  std::string first_path;
  size_t count = 0;
};

void say(std::vector<Said>& all, const std::string& path, const std::string& what) {
  auto said = std::ranges::find(all, what, &Said::what);
  if (said == all.end()) said = all.insert(all.end(), {.what = what, .first_path = path});
  ++said->count;
}

// What came of looking for binaries.
std::string binaries_tried(const detect::Inventory& inventory) {
  std::vector<Said> all;
  for (const UnusableBinary& binary : inventory.unusable) say(all, binary.path, "cannot be used: " + binary.reason);
  for (const Binary& binary : inventory.binaries) {
    say(all, binary.path, "for " + std::string(binary_variant_name(binary.variant)));
  }
  std::string out;
  for (const Said& said : all) {
    out += out.empty() ? "binaries: " : ", ";
    out +=
        said.first_path + (said.count > 1 ? " and " + std::to_string(said.count - 1) + " more" : "") + " " + said.what;
  }
  if (!out.empty()) return out;
  for (const std::string& directory : inventory.directories) out += (out.empty() ? "no binary in " : ":") + directory;
  if (out.empty()) return "no search path was given to find a binary in";
  return out + (inventory.root.empty() ? "" : " below " + inventory.root);
}

// Says all that was tried, and what to do.
tl::unexpected<Error> no_backend(const FamilyVerdict& verdict, const FamilyFacts& facts, Family family,
                                 const detect::Inventory& inventory) {
  std::string message =
      std::string(family_name(family)) + ": " + verdict.reason + obstacles(facts) + "; " + binaries_tried(inventory);
  if (is_on_disk_only(facts.legacy.presence) || is_on_disk_only(facts.nft.presence)) {
    message += "; load a module, or allow that it is loaded (--allow-module-load, EngineOptions::module_loading)";
  }
  if (!was_blocked(facts)) return fail(Code::kUnsupported, std::move(message));
  return fail(Code::kPermission, message +
                                     "; get CAP_NET_ADMIN in the user namespace that owns the network namespace, "
                                     "without a filter that keeps netlink and socket options away, or put an iptables "
                                     "binary that has it into the search path");
}

// What is in a namespace that may belong to the other backend is not guessed at: rules in both would both act.
tl::unexpected<Error> undetermined(const FamilyVerdict& verdict, Family family) {
  return fail(Code::kPermission, std::string(family_name(family)) + ": " + verdict.reason +
                                     (verdict.wait_for.empty() ? "" : "; waiting for " + verdict.wait_for) +
                                     "; get CAP_NET_ADMIN in the user namespace that owns the network namespace, or "
                                     "say which backend to use");
}

// Whether the native interface can be read, whoever writes.
bool is_readable(const FamilyFacts& facts, BackendKind backend) {
  if (backend == BackendKind::nft) return facts.nft.presence == Presence::present && facts.nft.obstacle.empty();
  return facts.legacy.presence == Presence::present && facts.legacy.obstacle.empty();
}

}  // namespace

bool same_backend(const Choice& a, const Choice& b) {
  return a.native == b.native && (!a.native || a.backend == b.backend);
}

bool is_obstacle(const Error& error) {
  // A lock that cannot be opened is in the way of a binary as well.
  if (error.kind == ErrorKind::kLockUnavailable) return false;
  return error.code == Code::kPermission || error.code == Code::kUnsupported;
}

std::optional<Choice> Chooser::presume(Family family) const {
  if (!options_.forced_backend || *options_.forced_backend == BackendKind::exec) return std::nullopt;
  // The kernel loads a module for who only tries.
  if (options_.module_loading != ModuleLoading::kAllowed) return std::nullopt;
  return Choice{.family = family,
                .backend = *options_.forced_backend,
                .reason = std::string(backend_name(*options_.forced_backend)) + " was asked for"};
}

detect::Inventory Chooser::inventory(const Context& context) {
  return binaries_.inventory({.directories = context.search_path, .root = context.root});
}

detect::Inventory Chooser::inventory_for_looking(const Context& context) {
  const exec::SearchPath search{.directories = context.search_path, .root = context.root};
  return modules_.may_ask("nfnetlink") ? binaries_.inventory(search) : binaries_.inventory_by_names(search);
}

Inspection Chooser::inspect(const Context& context, detect::Depth depth) {
  Inspection out{.policy = options_.policy, .facts = detect::read_facts(modules_, depth)};
  if (depth == detect::Depth::kDecide && !has_learned_) (void)learn(out.facts);
  decide(context, out);
  if (depth == detect::Depth::kExplain) {
    out.binaries = inventory_for_looking(context);
    for (const DetectPolicy policy : kAllDetectPolicies) {
      const detect::Wish wish{.policy = policy, .forced = {}, .loading = options_.module_loading};
      out.policies.push_back({.policy = policy, .verdicts = detect::decide(wish, out.facts, out.binaries)});
    }
  }
  return out;
}

Inspection Chooser::inspect_as_empty(const Context& context) {
  Inspection out{.policy = options_.policy, .facts = learn(detect::read_facts(modules_, detect::Depth::kDecide))};
  decide(context, out);
  return out;
}

NamespaceFacts Chooser::learn(NamespaceFacts facts) {
  for (FamilyFacts* family : {&facts.ipv4, &facts.ipv6}) {
    family->legacy.tables.clear();
    family->nft.tables.clear();
  }
  facts.other_nft_tables.clear();
  if (has_everything(facts)) {
    const std::lock_guard lock(mutex_);
    if (!empty_facts_) empty_facts_ = facts;
    has_learned_ = true;
  }
  return facts;
}

std::optional<Inspection> Chooser::known_as_empty(const Context& context) {
  Inspection out{.policy = options_.policy};
  {
    const std::lock_guard lock(mutex_);
    if (!empty_facts_) return std::nullopt;
    out.facts = *empty_facts_;
  }
  decide(context, out);
  return out;
}

void Chooser::decide(const Context& context, Inspection& out) {
  const detect::Wish wish{
      .policy = options_.policy, .forced = options_.forced_backend, .loading = options_.module_loading};
  out.verdicts = detect::decide(wish, out.facts, {});
  const exec::SearchPath search{.directories = context.search_path, .root = context.root};
  const bool hidden = only_legacy_list_is_hidden(out.facts.ipv4) && only_legacy_list_is_hidden(out.facts.ipv6);
  if (!hidden && std::ranges::any_of(std::array{&out.verdicts.ipv4, &out.verdicts.ipv6}, is_in_the_dark)) {
    const detect::Inventory binaries = binaries_.inventory(search);
    ask_binaries(binaries, context, out.facts);
    out.verdicts = detect::decide(wish, out.facts, binaries);
    return;
  }
  if (!detect::binaries_matter(out.verdicts)) return;
  const bool native = out.verdicts.ipv4.native && out.verdicts.ipv6.native;
  out.verdicts =
      detect::decide(wish, out.facts, native ? binaries_.plain_names(search) : inventory_for_looking(context));
}

legacy::LockOptions Chooser::lock_options(const LockPolicy& policy) {
  return {.path = policy.path(), .wait = policy.wait};
}

Result<Choice> Chooser::choose(const Context& context, const Inspection& inspection, Family family, Need need) {
  const FamilyVerdict& verdict = inspection.verdicts.of(family);
  if (!verdict.backend || verdict.outcome == Outcome::none) {
    return no_backend(verdict, inspection.facts.of(family), family, inventory_for_looking(context));
  }
  // A binary that is the only way there is may be used all the same: nothing else could have been chosen.
  const bool hidden = only_legacy_list_is_hidden(inspection.facts.of(family));
  if (is_in_the_dark(&verdict) && verdict.native && !hidden) return undetermined(verdict, family);
  Choice choice{.family = family,
                .backend = *verdict.backend,
                .native = verdict.native && need == Need::kNative && options_.forced_backend != BackendKind::exec,
                .readable = is_readable(inspection.facts.of(family), *verdict.backend),
                .reason = verdict.reason};
  if (choice.native && is_on_disk_only(presence_of(inspection.facts.of(family), choice.backend))) {
    if (auto loaded = load_modules_of(choice.backend, family); !loaded) return tl::unexpected(loaded.error());
  }
  if (!choice.native) choice.inventory = inventory(context);
  if (!verdict.native) choice.obstacle = obstacles(inspection.facts.of(family));
  if (verdict.native && need == Need::kBinary) choice.reason += "; a rule needs a binary that knows its extension";
  return choice;
}

std::unique_ptr<Backend> Chooser::open_native(const Context& context, BackendKind kind) {
  if (kind == BackendKind::nft) {
    return std::make_unique<nft::NftBackend>([this](netlink::Socket socket) { closer_.take(std::move(socket)); });
  }
  return std::make_unique<legacy::LegacyBackend>(lock_options(context.lock));
}

std::unique_ptr<Backend> Chooser::open(const Context& context, std::span<const Choice> choices) {
  const Choice& first = choices.front();
  if (first.native) return open_native(context, first.backend);
  exec::ExecOptions options{.inventory = first.inventory,
                            .lock_path = context.lock.path(),
                            .lock_wait = context.lock.wait,
                            .deadline = context.spawn_deadline};
  for (const Choice& choice : choices) {
    (choice.family == Family::ipv4 ? options.ipv4 : options.ipv6) =
        choice.backend == BackendKind::nft ? detect::Variant::nft : detect::Variant::legacy;
  }
  if (std::ranges::all_of(choices, &Choice::readable)) {
    options.read_state = [this, &context, choices](Family family) -> Result<Ruleset> {
      const auto choice = std::ranges::find(choices, family, &Choice::family);
      return open_native(context, choice->backend)->snapshot(family, std::nullopt);
    };
  }
  return std::make_unique<exec::ExecBackend>(std::move(options));
}

}  // namespace ferrule::engine
