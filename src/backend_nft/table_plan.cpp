#include "backend_nft/table_plan.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "backend_nft/interface_names.hpp"

namespace ferrule::nft {
namespace {

FollowedRule followed(const RuleView& rule) {
  return {.name = {.handle = rule.handle},
          .expressions = {rule.expressions.begin(), rule.expressions.end()},
          .userdata = {rule.userdata.begin(), rule.userdata.end()}};
}

}  // namespace

TablePlan::TablePlan(Target target, KernelView& view, Followed followed_chains)
    : target_(target),
      view_(&view),
      followed_(std::move(followed_chains)),
      exists_(view.has_table(target.family, target.table)),
      in_kernel_(exists_),
      reader_(target.family, interface_name) {}

void TablePlan::set_deleted() {
  exists_ = false;
  in_kernel_ = false;
  for (auto& [name, chain] : chains_) {
    chain = {};
    if (followed_.has(name)) chain.rules.emplace();
  }
}

void TablePlan::set_flushed() {
  flushed_ = true;
  for (auto& [name, chain] : chains_) {
    chain.rule_count = 0;
    if (chain.rules) chain.rules->clear();
  }
}

Result<ChainPlan*> TablePlan::chain(const ChainName& name) {
  const auto [entry, added] = chains_.try_emplace(name);
  ChainPlan& chain = entry->second;
  if (!added) return &chain;
  if (!in_kernel_) {
    if (followed_.has(name)) chain.rules.emplace();
    return &chain;
  }
  const BaseChain* base = base_chain(target_.table, name.view());
  const auto info = view_->chain(target_.family, target_.table, name.view());
  if (!info) {
    chains_.erase(entry);
    return tl::unexpected(info.error());
  }
  // A name of iptables' base chains means that one and no other.
  const bool visible =
      *info != nullptr && (base == nullptr ? !(*info)->base : (*info)->is_iptables_base(target_.table));
  if (visible) {
    chain.exists = true;
    chain.handle = (*info)->handle;
    chain.base = base;
    if (base != nullptr) {
      chain.policy = (*info)->base->policy;
      chain.rule_count = flushed_ ? 0 : (*info)->use;
    }
  }
  if (!followed_.has(name)) return &chain;
  if (auto loaded = load_rules(name, chain); !loaded) {
    chains_.erase(entry);
    return tl::unexpected(loaded.error());
  }
  return &chain;
}

Result<void> TablePlan::load_rules(const ChainName& name, ChainPlan& chain) {
  chain.rules.emplace();
  if (!chain.exists || flushed_) return {};
  // One dump a chain, even for many: see snapshot.cpp.
  return view_->rules(target_.family, target_.table, name.view(),
                      [&](const RuleView& rule) { chain.rules->push_back(followed(rule)); });
}

Result<std::vector<ChainName>> TablePlan::chain_names() {
  std::vector<ChainName> names;
  std::vector<ChainName> users;  // in the order of their making, as the kernel has them
  if (in_kernel_) {
    const auto all = view_->chains(target_.family, target_.table);
    if (!all) return tl::unexpected(all.error());
    for (const ChainInfo& info : *all) {
      if (!ChainName::fits(info.name) || !info.is_visible(target_.table)) continue;
      const auto known = chain(ChainName(info.name));
      if (!known) return tl::unexpected(known.error());
      if ((*known)->exists && (*known)->base == nullptr) users.emplace_back(info.name);
    }
  }
  for (const BaseChain& base : base_chains(target_.table)) {
    const auto found = chains_.find(ChainName(base.name));
    if (found != chains_.end() && found->second.exists) names.push_back(found->first);
  }
  std::vector<ChainName> known = users;
  std::sort(known.begin(), known.end());
  const auto made_before = static_cast<std::ptrdiff_t>(users.size());
  for (const auto& [name, plan] : chains_) {
    if (!plan.exists || plan.base != nullptr) continue;
    if (!std::binary_search(known.begin(), known.end(), name)) users.push_back(name);
  }
  std::sort(users.begin() + made_before, users.end());
  names.insert(names.end(), users.begin(), users.end());
  return names;
}

const tl::expected<Rule, NoRule>& TablePlan::read(FollowedRule& rule) {
  if (!rule.read) rule.read = reader_.read(rule.expressions, rule.userdata);
  return *rule.read;
}

}  // namespace ferrule::nft
