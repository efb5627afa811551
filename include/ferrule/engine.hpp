// Engine: detects, applies and reads back. What most programs need of ferrule is this header and text.hpp.
//
//   ferrule::Engine engine;
//   auto pod = ferrule::Context::in(*ferrule::NetNs::named("pod1"));
//   auto change = ferrule::parse_restore(ferrule::Family::ipv4, text, {.file = "mesh.rules"});
//   auto report = engine.apply(pod, *std::move(change));
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ferrule/context.hpp"
#include "ferrule/detect.hpp"
#include "ferrule/error.hpp"
#include "ferrule/ruleset.hpp"
#include "ferrule/transaction.hpp"
#include "ferrule/types.hpp"

#pragma GCC visibility push(default)

namespace ferrule {

// Whether more calls follow. A command that ends with its only call has nothing from putting work off to a thread.
enum class EngineUse : uint8_t { kRepeated, kOnce };

struct EngineOptions {
  DetectPolicy policy = DetectPolicy::kRulesFirst;
  // That backend or an error, never another. exec: the one that the policy says, but through a binary.
  std::optional<BackendKind> forced_backend = {};
  // Unless it is allowed, nothing here loads a kernel module. (The kernel itself loads the modules of extensions that
  // rules use, as it does for iptables, and an iptables binary loads what it needs.)
  ModuleLoading module_loading = ModuleLoading::kForbidden;
  EngineUse use = EngineUse::kRepeated;
};

// How much `inspect` finds out: what the decision needs, or also what an explanation shows.
enum class InspectDepth : uint8_t { kDecide, kExplain };

// What `apply` did.
struct Report {
  std::vector<FamilyReport> families = {};  // those that the transaction touches, IPv4 first
  uint32_t tables = 0;                      // tables written
  uint32_t rules = 0;                       // rules in the operations carried out
  bool prebuilt = false;                    // the bytes of a Plan were written as they are
  uint32_t retries = 0;                     // times it started over because somebody else changed the rules
  std::chrono::nanoseconds detect_time{};   // to choose the backend
  std::chrono::nanoseconds commit_time{};   // to read what was needed and write
};

class Plan;

namespace engine {
class Work;
}  // namespace engine

// Thread-safe: any number of threads may call it at once, for the same or different namespaces. Every call works in the
// namespace of its Context and leaves the calling thread in the one it was in. Opens no socket before the first call
// and keeps none between calls.
//
// A network namespace may belong to another user namespace than the caller's (a pod's with `hostUsers: false`). The
// kernel takes some rules, as those with `-m owner`, only from inside of it: `apply` and `check` fork a process that
// joins both, does the work and ends; results and errors are the same. No handler of the caller's runs in it.
//
// Never ends or hangs the process: threads of its own have all signals blocked, and where no thread or process can be
// started the call does without or fails. Nothing throws but std::bad_alloc.
//
// fork(2). The child of a process that has an Engine may destroy it and must not call it: a mutex may have been held by
// a thread that the child does not have. A child that goes on to work makes an Engine of its own.
class Engine {
 public:
  explicit Engine(EngineOptions options = {});
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Which backend is in use there, per family, and why. Changes nothing.
  Result<Inspection> inspect(const Context& context, InspectDepth depth = InspectDepth::kDecide) const;

  // Waits until the choice is certain, that is until there are hint chains or rules to go by (is_certain), but no
  // longer than `timeout`; then answers what `inspect` does. Whether something came, is_certain says. nf_tables tells
  // of its changes; legacy tables, and whatever cannot tell, are looked at again a few times a second. The thread that
  // waits is in the namespace and keeps it alive meanwhile. Changes nothing. Errors are those of NetNs::run.
  Result<Inspection> wait_for_evidence(const Context& context, std::chrono::milliseconds timeout) const;

  // Carries out a transaction through the backend in use. On nft all of it is one atomic batch; on legacy each table is
  // replaced at once, and when a later one fails the earlier ones are put back. On error nothing has changed, unless
  // its code is kOutcomeUnknown or kThreadLost, and Error::origin names the line at fault. A process that is killed in
  // the middle leaves all or nothing on nft; on legacy it may leave some tables new and the others old, which `ensure`
  // completes, and so does `apply` again of input that may be applied twice (a replacing restore, or `:CHAIN` lines).
  // The rvalue form frees rules as it goes, for very large transactions.
  Result<Report> apply(const Context& context, const Transaction& transaction) const;
  Result<Report> apply(const Context& context, Transaction&& transaction) const;

  // Makes it so: reads the transaction as a state to be in, and carries out only what is missing. Where nothing is,
  // nothing is written, and Report::tables is 0; doing it again does nothing. What is there already keeps its counters.
  //
  // - A change that keeps what is there (--noflush): a rule of -A or -I is there, wherever it stands in its chain, as
  //   often as it is named; where it is not, it is added as the line says. A rule of -D is not there. A chain of
  //   `:CHAIN` or -F holds just the rules named for it, in their order (`:CHAIN` of a base chain only sets its policy);
  //   -N: it exists; -X: it does not; -P: so is its policy. What comes later counts where two lines contradict.
  // - A change that replaces the table: the table holds this and nothing else. Policies that are not named stay.
  //
  // Rules are compared as -C compares them, counters aside. Chains that hold something else are refilled, others are
  // not touched. As atomic as `apply`, and nobody else's change comes between looking and writing, where others keep to
  // the xtables lock on legacy; but not where a binary is spawned.
  //
  // kInvalidInput for operations that say what to do, not what to have: -R, -D by number, -Z, -E, -C. kUnsupported for
  // rules with an extension that is not known here, since whether they are there cannot be told.
  Result<Report> ensure(const Context& context, const Transaction& wanted) const;

  // What `ensure` would carry out: empty when all is as it should be. Changes nothing.
  Result<Transaction> missing(const Context& context, const Transaction& wanted) const;

  // Whether `apply` would go through, as far as can be told without changing anything.
  Result<Report> check(const Context& context, const Transaction& transaction) const;

  // The messages that `apply` would send to nf_tables now, without begin and end of the batch: for whoever shows them.
  // Sends nothing. kUnsupported where the backend in use is another one.
  Result<std::vector<DraftMessage>> draft(const Context& context, const Transaction& transaction) const;

  // Writes the transaction out beforehand, for namespaces that hold no rules yet: see plan.hpp. `context` gives the
  // search path, the lock policy and the rest for all of them; its own namespace is only asked what the kernel has, and
  // is not changed. What the plan keeps of this engine outlives it. Errors are those of NetNs::run.
  Result<Plan> compile(const Context& context, Transaction transaction) const;

  // What the namespace holds, read through the backend in use for `family`. Creates nothing.
  Result<Ruleset> snapshot(const Context& context, Family family, std::optional<TableId> only = {}) const;

  // One chain, without reading what the backend can spare itself of the others: a table that holds this chain alone,
  // with Foreign only of it. No chain where there is none of that name; base chains are always there. Creates nothing.
  Result<Table> chain(const Context& context, Family family, TableId table, const ChainName& name) const;

 private:
  std::shared_ptr<engine::Work> work_;
};

}  // namespace ferrule

#pragma GCC visibility pop
