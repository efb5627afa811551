// Planner: Transaction → one batch, for the state that a KernelView shows. What iptables-nft 1.8.9 checks before it
// sends anything is checked here, with its messages; the rest is the kernel's to refuse.
//
// The batch leaves the kernel as iptables-nft's messages would, with fewer of them: a table or chain is looked up once,
// and made with its policy and counters at once.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "backend/sets.hpp"
#include "backend_nft/batch.hpp"
#include "backend_nft/kernel_view.hpp"
#include "backend_nft/messages.hpp"
#include "backend_nft/table_plan.hpp"
#include "ferrule/error.hpp"
#include "ferrule/transaction.hpp"

namespace ferrule::nft {

// Errors have their origin, table and chain. kBusy: the rules changed while they were read, plan again.
class Planner {
 public:
  // Both must outlive the planner.
  Planner(const Transaction& transaction, KernelView& view);
  // To be called once. The batch is not finished yet.
  Result<Batch> run();

 private:
  // The operation at hand.
  struct At {
    TablePlan& table;
    const Operation& operation;
    Step step;
  };
  using TableKey = std::pair<Family, TableId>;

  Result<void> plan_change(const TableChange& change, uint32_t index);
  Result<void> plan_operation(const At& at);
  // planner_rules.cpp
  Result<void> append(const At& at);
  Result<void> insert(const At& at);
  Result<void> replace(const At& at);
  Result<void> delete_by_rule(const At& at);
  Result<void> delete_by_number(const At& at);
  Result<void> check(const At& at);
  // planner_chains.cpp
  Result<void> flush(const At& at);
  Result<void> flush_all(const At& at);
  Result<void> make_chain(const At& at);
  Result<void> delete_one_chain(const At& at);
  Result<void> delete_all_chains(const At& at);
  Result<void> rename(const At& at);
  Result<void> set_policy(const At& at);
  Result<void> declare(const At& at);
  // planner_zero.cpp
  Result<void> zero(const At& at);
  Result<void> zero_chain(const At& at, const ChainName& name, ChainPlan& chain);
  Result<void> zero_rule(const At& at, const ChainName& name, FollowedRule& rule);

  void ensure_table(const At& at);
  // The chain of the operation, made first where it is one of iptables' base chains.
  Result<ChainPlan*> chain_to_fill(const At& at);
  // The same without making any.
  static Result<ChainPlan*> existing_chain(const At& at, const char* otherwise);
  // Whether the rule may jump where it does, and its bytes for this namespace.
  static Result<void> check_jump(const At& at);
  Result<const Rule*> prepared(const Rule& rule);
  // Writes the operation's rule and keeps account of it.
  Result<void> write_rule(const At& at, Action action, ChainPlan& chain, const Place& place, size_t number);
  // Counts from 0, as `number` everywhere here.
  Result<size_t> find_rule(const At& at);
  static Result<size_t> find_as_written(const At& at, ChainPlan& chain, const FollowedRule& wanted);
  void erase_rule(const At& at, ChainPlan& chain, size_t number);
  // For fingerprints.
  uint64_t seed();
  static void forget_rule(ChainPlan& chain, size_t number);
  static void make_base_chain(ChainPlan& chain, const BaseChain& base);

  const Transaction& transaction_;
  KernelView& view_;
  Batch batch_;
  std::map<TableKey, TablePlan> tables_;
  SetNames sets_;
  std::optional<Rule> with_indexes_;  // the rule that `prepared` answered last, when it had to be changed
  std::optional<uint64_t> seed_;
  uint32_t last_id_ = 0;  // NFTA_RULE_ID
};

}  // namespace ferrule::nft
