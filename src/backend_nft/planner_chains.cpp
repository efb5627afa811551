// Planner: operations on chains.
#include <algorithm>
#include <array>
#include <cerrno>
#include <string>
#include <string_view>

#include "backend_nft/planner.hpp"

namespace ferrule::nft {
namespace {

// What iptables-nft minds on a restore's `:CHAIN` lines, where legacy takes nearly any name.
Result<void> check_declared_name(std::string_view name) {
  static constexpr std::array<std::string_view, 4> kVerdicts = {"ACCEPT", "DROP", "QUEUE", "RETURN"};
  if (name.starts_with('-') || name.starts_with('!')) {
    return fail(Code::kInvalidInput, "chain name not allowed to start with `" + std::string(name.substr(0, 1)) + "'");
  }
  if (std::find(kVerdicts.begin(), kVerdicts.end(), name) != kVerdicts.end()) {
    return fail(Code::kInvalidInput, "chain name may not clash with target name");
  }
  constexpr std::string_view kBlanks = " \t\n\v\f\r";
  if (name.find_first_of(kBlanks) != std::string_view::npos) {
    return fail(Code::kInvalidInput, "Invalid chain name `" + std::string(name) + "'");
  }
  return {};
}

}  // namespace

Result<ChainPlan*> Planner::existing_chain(const At& at, const char* otherwise) {
  auto chain = at.table.chain(at.operation.chain);
  if (chain && !(*chain)->exists) return missing(otherwise);
  return chain;
}

Result<ChainPlan*> Planner::chain_to_fill(const At& at) {
  const BaseChain* base = base_chain(at.table.target().table, at.operation.chain.view());
  if (base == nullptr) return existing_chain(at, kNoChain);
  auto chain = at.table.chain(at.operation.chain);
  if (!chain || (*chain)->exists) return chain;
  ensure_table(at);
  put_base_chain(batch_, at.table.target(), *base, {.policy = Policy::accept, .counters = {}},
                 at.step.as(Action::chain_add));
  make_base_chain(**chain, *base);
  return chain;
}

void Planner::make_base_chain(ChainPlan& chain, const BaseChain& base) {
  chain.exists = true;
  chain.base = &base;
  chain.policy = Policy::accept;
  chain.handle = 0;
  chain.rule_count = 0;
}

Result<void> Planner::flush(const At& at) {
  const auto chain = chain_to_fill(at);
  if (!chain) return tl::unexpected(chain.error());
  flush_rules(batch_, at.table.target(), at.operation.chain.view(), at.step.as(Action::rule_flush));
  (*chain)->rule_count = 0;
  if ((*chain)->rules) (*chain)->rules->clear();
  return {};
}

Result<void> Planner::flush_all(const At& at) {
  if (!at.table.exists()) return {};
  flush_rules(batch_, at.table.target(), {}, at.step.as(Action::rule_flush));
  at.table.set_flushed();
  return {};
}

Result<void> Planner::make_chain(const At& at) {
  const ChainName& name = at.operation.chain;
  const auto chain = at.table.chain(name);
  if (!chain) return tl::unexpected(chain.error());
  if ((*chain)->exists || base_chain(at.table.target().table, name.view()) != nullptr) {
    return tl::unexpected(Error{.code = Code::kExists, .message = "Chain already exists", .errno_value = EEXIST});
  }
  ensure_table(at);
  add_user_chain(batch_, at.table.target(), name.view(), at.step.as(Action::chain_user_add));
  (*chain)->exists = true;
  return {};
}

Result<void> Planner::delete_one_chain(const At& at) {
  const auto chain = existing_chain(at, kNoChain);
  if (!chain) return tl::unexpected(chain.error());
  if ((*chain)->base != nullptr && (*chain)->policy != Policy::accept) {
    return tl::unexpected(Error{.code = Code::kInUse, .message = "Directory not empty", .errno_value = ENOTEMPTY});
  }
  delete_chain(batch_, at.table.target(), at.operation.chain.view(), at.step.as(Action::chain_del));
  (*chain)->exists = false;
  return {};
}

Result<void> Planner::delete_all_chains(const At& at) {
  const auto names = at.table.chain_names();
  if (!names) return tl::unexpected(names.error());
  for (const ChainName& name : *names) {
    const auto chain = at.table.chain(name);
    if (!chain) return tl::unexpected(chain.error());
    if ((*chain)->base != nullptr && ((*chain)->policy != Policy::accept || (*chain)->rule_count != 0)) continue;
    delete_chain(batch_, at.table.target(), name.view(), at.step.as(Action::chain_del));
    (*chain)->exists = false;
  }
  return {};
}

Result<void> Planner::rename(const At& at) {
  const auto other = at.table.chain(at.operation.new_name);
  if (!other) return tl::unexpected(other.error());
  // A base chain is there even before it is made.
  if ((*other)->exists || base_chain(at.table.target().table, at.operation.new_name.view()) != nullptr) {
    return tl::unexpected(Error{.code = Code::kExists, .message = "File exists", .errno_value = EEXIST});
  }
  const auto chain = existing_chain(at, kNoChain);
  if (!chain) return tl::unexpected(chain.error());
  if ((*chain)->handle == 0) {
    return tl::unexpected(Error{.code = Code::kUnsupported,
                                .message = "nf_tables cannot rename a chain in the transaction that makes it",
                                .errno_value = ENOENT,
                                .chain = at.operation.new_name.str()});
  }
  rename_chain(batch_, at.table.target(), (*chain)->handle, at.operation.new_name.view(),
               at.step.as(Action::chain_rename));
  // The kernel knows it by its new name only once the batch is through, so the new one does not exist here either.
  (*chain)->exists = false;
  return {};
}

Result<void> Planner::set_policy(const At& at) {
  const BaseChain* base = base_chain(at.table.target().table, at.operation.chain.view());
  if (base == nullptr) return missing("Bad built-in chain name");
  const auto chain = at.table.chain(at.operation.chain);
  if (!chain) return tl::unexpected(chain.error());
  ensure_table(at);
  const Action action = (*chain)->exists ? Action::chain_update : Action::chain_add;
  const Policy policy = at.operation.policy.value_or(Policy::accept);
  put_base_chain(batch_, at.table.target(), *base, {.policy = policy, .counters = Counters{}}, at.step.as(action));
  if (!(*chain)->exists) make_base_chain(**chain, *base);
  (*chain)->policy = policy;
  return {};
}

Result<void> Planner::declare(const At& at) {
  const Operation& operation = at.operation;
  const BaseChain* base = base_chain(at.table.target().table, operation.chain.view());
  const auto chain = at.table.chain(operation.chain);
  if (!chain) return tl::unexpected(chain.error());
  ensure_table(at);
  if (base == nullptr) {
    if ((*chain)->exists) {
      flush_rules(batch_, at.table.target(), operation.chain.view(), at.step.as(Action::chain_user_flush));
    } else {
      if (auto good = check_declared_name(operation.chain.view()); !good) return good;
      add_user_chain(batch_, at.table.target(), operation.chain.view(), at.step.as(Action::chain_user_add));
    }
    (*chain)->exists = true;
    if ((*chain)->rules) (*chain)->rules->clear();
    return {};
  }
  const Action action = (*chain)->exists ? Action::chain_update : Action::chain_add;
  put_base_chain(batch_, at.table.target(), *base,
                 {.policy = operation.policy, .counters = operation.counters.value_or(Counters{})}, at.step.as(action));
  if (!(*chain)->exists) make_base_chain(**chain, *base);
  if (operation.policy) (*chain)->policy = *operation.policy;
  return {};
}

}  // namespace ferrule::nft
