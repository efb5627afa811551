#include "iptables/dump/nft_cache.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace ferrule::cli {

void NftReading::add_chain(std::string_view chain) {
  if (chain.empty()) {
    all_ = true;
  } else {
    chains_.emplace(chain);
  }
}

void NftReading::add_rules_of(std::string_view chain) {
  rules_ = true;
  add_chain(chain);
}

void NftReading::add(const Operation& operation) {
  using Kind = Operation::Kind;
  add_chain(operation.chain.view());
  if (operation.rule && operation.rule->target_kind() == TargetKind::chain) add_chain(operation.rule->target_name());
  if (operation.kind == Kind::rename_chain) add_chain(operation.new_name.view());
  switch (operation.kind) {
    case Kind::insert:
      rules_ = rules_ || operation.number > 1;
      break;
    case Kind::replace:
    case Kind::delete_rule:
    case Kind::delete_number:
    case Kind::check:
    case Kind::zero:
      rules_ = true;
      break;
    case Kind::delete_chain:
      rules_ = rules_ || operation.chain.empty();
      break;
    default:
      break;
  }
}

std::string NftReading::text(const NftPlace& place, const NftKernelTable& table) const {
  if (!rules_) return {};
  std::vector<std::string_view> base;
  std::vector<std::string_view> others;
  for (const Hook hook : {Hook::prerouting, Hook::input, Hook::forward, Hook::output, Hook::postrouting}) {
    for (const NftChain& chain : table.chains) {
      if (own_hook_of(place.table, chain) == hook) base.push_back(chain.name);
    }
  }
  for (const NftChain& chain : table.chains) {
    if (!chain.base && (all_ || chains_.contains(chain.name))) others.push_back(chain.name);
  }
  if (!all_) std::ranges::sort(others);
  std::string text;
  for (const auto* names : {&base, &others}) {
    for (const std::string_view name : *names) {
      for (const NftRule& rule : table.rules_of(name)) text += nft_rule_text(place, rule);
    }
  }
  return text;
}

NftChain::Base nft_base_of(TableId table, Hook hook) {
  const auto number = static_cast<uint32_t>(hook);
  constexpr int32_t kRaw = -300;
  constexpr int32_t kMangle = -150;
  constexpr int32_t kDestinationNat = -100;
  constexpr int32_t kSourceNat = 100;
  constexpr int32_t kSecurity = 150;
  const bool for_destination = hook == Hook::prerouting || hook == Hook::output;
  switch (table) {
    case TableId::raw:
      return {.hook = number, .priority = kRaw, .type = "filter"};
    case TableId::mangle:
      return {.hook = number, .priority = kMangle, .type = hook == Hook::output ? "route" : "filter"};
    case TableId::nat:
      return {.hook = number, .priority = for_destination ? kDestinationNat : kSourceNat, .type = "nat"};
    case TableId::security:
      return {.hook = number, .priority = kSecurity, .type = "filter"};
    default:
      return {.hook = number, .priority = 0, .type = "filter"};
  }
}

std::optional<Hook> own_hook_of(TableId table, const NftChain& chain) {
  const auto hook = hook_of_chain(chain.name);
  if (!chain.base || !hook || !table_has_hook(table, *hook)) return std::nullopt;
  const NftChain::Base own = nft_base_of(table, *hook);
  const bool same =
      chain.base->hook == own.hook && chain.base->priority == own.priority && chain.base->type == own.type;
  return same ? hook : std::nullopt;
}

}  // namespace ferrule::cli
