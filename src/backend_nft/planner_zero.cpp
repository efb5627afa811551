// Planner: -Z. Counters are part of a rule, so a rule that has counted is replaced by itself with zeros.
#include <linux/netfilter/nf_tables.h>

#include <algorithm>

#include "backend_nft/expression.hpp"
#include "backend_nft/planner.hpp"

namespace ferrule::nft {
using netlink::Attribute;
using netlink::AttributeRange;
namespace {

void clear(std::vector<std::byte>& all, Bytes part) {
  const auto offset = part.data() - all.data();
  std::fill_n(all.begin() + offset, part.size(), std::byte{0});
}

// Puts the counters in a rule's expressions to zero; false where all are.
bool clear_counters(std::vector<std::byte>& expressions) {
  bool changed = false;
  for (const Attribute& element : AttributeRange(expressions)) {
    const Expression expression = read_expression(element.value);
    const auto* counter = std::get_if<Counter>(&expression);
    if (counter == nullptr || counter->counters == Counters{}) continue;
    changed = true;
    for (const Attribute& part : AttributeRange(element.value)) {
      if (part.type != NFTA_EXPR_DATA) continue;
      for (const Attribute& number : AttributeRange(part.value)) {
        if (number.type == NFTA_COUNTER_BYTES || number.type == NFTA_COUNTER_PACKETS) clear(expressions, number.value);
      }
    }
  }
  return changed;
}

// The kernel keeps a rule's protocol in its expressions only, and wants it beside them again.
RawRule with_protocol(const FollowedRule& rule) {
  RawRule raw{.expressions = rule.expressions, .userdata = rule.userdata};
  uint32_t loaded_to = NFT_REG_VERDICT;
  for (const Attribute& element : AttributeRange(rule.expressions)) {
    const Expression expression = read_expression(element.value);
    if (const auto* load = std::get_if<MetaLoad>(&expression)) {
      loaded_to = load->key == NFT_META_L4PROTO ? load->reg : uint32_t{NFT_REG_VERDICT};
    } else if (const auto* field = std::get_if<PayloadLoad>(&expression)) {
      const bool protocol = field->base == NFT_PAYLOAD_NETWORK_HEADER && field->offset == 9 && field->length == 1;
      loaded_to = protocol ? field->reg : uint32_t{NFT_REG_VERDICT};
    } else if (const auto* compare = std::get_if<Compare>(&expression)) {
      if (loaded_to == NFT_REG_VERDICT || compare->reg != loaded_to || compare->data.size() != 1) continue;
      raw.protocol = std::to_integer<uint32_t>(compare->data[0]);
      raw.inverted_protocol = compare->op == NFT_CMP_NEQ;
      return raw;
    }
  }
  return raw;
}

}  // namespace

Result<void> Planner::zero(const At& at) {
  const ChainName& name = at.operation.chain;
  if (name.empty()) {
    const auto names = at.table.chain_names();
    if (!names) return tl::unexpected(names.error());
    for (const ChainName& each : *names) {
      const auto chain = at.table.chain(each);
      if (!chain) return tl::unexpected(chain.error());
      if (auto done = zero_chain(at, each, **chain); !done) return done;
    }
    return {};
  }
  const bool one_rule = at.operation.number != 0;
  const auto chain = existing_chain(at, one_rule ? kBadRule : kNoChain);
  if (!chain) return tl::unexpected(chain.error());
  if (!one_rule) return zero_chain(at, name, **chain);
  // A number beyond the last rule is no error in iptables-nft.
  if (at.operation.number > (*chain)->rules->size()) return {};
  return zero_rule(at, name, (*(*chain)->rules)[at.operation.number - 1]);
}

Result<void> Planner::zero_chain(const At& at, const ChainName& name, ChainPlan& chain) {
  if (chain.base != nullptr) {
    put_base_chain(batch_, at.table.target(), *chain.base, {.policy = {}, .counters = Counters{}},
                   at.step.as(Action::chain_zero));
  }
  for (FollowedRule& rule : *chain.rules) {
    if (auto done = zero_rule(at, name, rule); !done) return done;
  }
  return {};
}

Result<void> Planner::zero_rule(const At& at, const ChainName& name, FollowedRule& rule) {
  if (!clear_counters(rule.expressions)) return {};
  const RuleName old = rule.name;
  const Step step = at.step.as(Action::rule_replace);
  const Place place{.kind = old.handle != 0 ? Place::Kind::instead_of : Place::Kind::before, .other = old};
  rule.name = {.id = ++last_id_};
  put_raw_rule(batch_, at.table.target(), name.view(), with_protocol(rule), place, rule.name.id, step);
  if (old.handle == 0) delete_rule(batch_, at.table.target(), name.view(), old, step);
  rule.read.reset();
  rule.fingerprint = 0;
  return {};
}

}  // namespace ferrule::nft
