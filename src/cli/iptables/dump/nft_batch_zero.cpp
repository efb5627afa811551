// -Z as iptables-nft sends it: a rule that has counted is replaced by itself with zeros.
#include <linux/netfilter/nf_tables.h>

#include <algorithm>

#include "iptables/dump/nft_batch.hpp"

namespace ferrule::cli {
namespace {

bool is_counter(const NftAttributes& expression) { return expression.text(NFTA_EXPR_NAME) == "counter"; }

bool has_counted(const NftRule& rule) {
  const NftAttributes expressions(rule.expressions);
  return std::ranges::any_of(expressions, [](const NftAttribute& each) {
    const NftAttributes expression(each.value);
    const NftAttributes counter = expression.nest(NFTA_EXPR_DATA);
    return is_counter(expression) && (counter.be64(NFTA_COUNTER_PACKETS) != 0 || counter.be64(NFTA_COUNTER_BYTES) != 0);
  });
}

void clear(std::vector<std::byte>& all, NftBytes part) {
  std::fill_n(all.begin() + (part.data() - all.data()), part.size(), std::byte{0});
}

void clear_counters(std::vector<std::byte>& expressions) {
  for (const NftAttribute& each : NftAttributes(expressions)) {
    const NftAttributes expression(each.value);
    if (!is_counter(expression)) continue;
    const NftAttributes counter = expression.nest(NFTA_EXPR_DATA);
    clear(expressions, counter.bytes(NFTA_COUNTER_PACKETS));
    clear(expressions, counter.bytes(NFTA_COUNTER_BYTES));
  }
}

// Of the first comparison with a protocol. The kernel keeps none beside the expressions.
std::optional<NftRule::Compat> compat_of(const NftRule& rule) {
  bool loaded = false;
  for (const NftAttribute& each : NftAttributes(rule.expressions)) {
    const NftAttributes expression(each.value);
    const NftAttributes parts = expression.nest(NFTA_EXPR_DATA);
    const std::string_view name = expression.text(NFTA_EXPR_NAME);
    if (name == "meta") loaded = parts.be32(NFTA_META_KEY) == NFT_META_L4PROTO;
    if (name != "cmp" || !loaded) continue;
    const bool inverted = parts.be32(NFTA_CMP_OP) == NFT_CMP_NEQ;
    return NftRule::Compat{.protocol = parts.nest(NFTA_CMP_DATA).u8(NFTA_DATA_VALUE),
                           .flags = inverted ? uint32_t{NFT_RULE_COMPAT_F_INV} : 0};
  }
  return std::nullopt;
}

}  // namespace

void NftBatch::zero(NftRule& rule) {
  clear_counters(rule.expressions);
  rule.position.reset();
  rule.compat = compat_of(rule);
}

void NftBatch::zero(const Operation& operation, Naming naming) {
  const std::string_view name = operation.chain.view();
  if (operation.number != 0) {
    Known* known = find(name);
    if (known == nullptr || operation.number > known->rules.size()) return;
    make(name);
    RulePointer& rule = known->rules[operation.number - 1];
    rule = std::make_shared<NftRule>(*rule);
    zero(*rule);
    // The rule is written out anew.
    rule->userdata.clear();
    if (!rule->compat) rule->compat = NftRule::Compat();
    return send(NFT_MSG_NEWRULE, rule);
  }
  for (Known* each : all(naming)) {
    if (!name.empty() && each->chain->name != name) continue;
    if (each->chain->base) {
      each->chain->counters = Counters{};
      send(NFT_MSG_NEWCHAIN, each->chain);
    }
    for (const RulePointer& rule : each->rules) {
      if (!has_counted(*rule)) continue;
      zero(*rule);
      send(NFT_MSG_NEWRULE, rule);
    }
  }
}

}  // namespace ferrule::cli
