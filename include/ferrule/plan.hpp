// Plan: a transaction written out beforehand, to be applied to any number of network namespaces.
//
//   auto plan = engine.compile(ferrule::Context::agent_in_pod(ferrule::NetNs::current()), *std::move(change));
//   auto report = plan->apply(ferrule::NetNs::named("pod1"));
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "ferrule/engine.hpp"
#include "ferrule/error.hpp"
#include "ferrule/netns.hpp"
#include "ferrule/transaction.hpp"

#pragma GCC visibility push(default)
namespace ferrule {

namespace engine {
struct PlanContents;
}  // namespace engine

// What `apply` leaves in a namespace, and what it refuses, is what Engine::apply does; a plan only is faster where the
// namespace holds no rules yet, as a pod's does when it is new. Nobody need know whether it does: where rules, chains
// or policies are found, or something else is not as the plan takes it, the transaction goes the ordinary way. Which
// backend a namespace without rules gets was decided when the plan was compiled: compile anew when the system's default
// (what `iptables` in the search path is) may have changed.
//
// A transaction cannot be written out beforehand where it names ipsets, whose indexes differ from namespace to
// namespace; where only a binary understands a rule; where it is refused when there is nothing (`-D` of a rule); and,
// on legacy, where it does more than make chains, set policies and add rules. It then always goes the ordinary way.
//
// Immutable. Copies are cheap and share what they hold; any number of threads may use one plan, or copies of it, at the
// same time. Holds the transaction beside the bytes made of it.
class Plan {
 public:
  // Carries out the transaction in `netns`. Errors and all-or-nothing as for Engine::apply. Report::prebuilt says
  // whether the bytes were written as they are.
  Result<Report> apply(const NetNs& netns) const;

  // The same for many namespaces, with up to `threads` of them at once (0: as many as there are processors). The
  // answers are in the order of `namespaces`; an error in one does not keep the others from being tried. Starts threads
  // for the time of the call, fewer where the system has no more to give.
  std::vector<Result<Report>> apply_all(std::span<const NetNs> namespaces, unsigned threads) const;

  // What it holds, for people: for each table the backend, sizes and the rules, on nft each message of the batch; or
  // why nothing could be written out.
  std::string dump() const;

  const Transaction& transaction() const;
  // Whether there are bytes for namespaces without rules.
  bool is_prebuilt() const;

 private:
  friend class Engine;
  explicit Plan(std::shared_ptr<const engine::PlanContents> contents) : contents_(std::move(contents)) {}

  std::shared_ptr<const engine::PlanContents> contents_;
};

}  // namespace ferrule
#pragma GCC visibility pop
