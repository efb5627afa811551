#include "backend_nft/messages.hpp"

#include <endian.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include <string>

#include "backend_nft/encode.hpp"

namespace ferrule::nft {
using netlink::Attribute;
using netlink::AttributeRange;
namespace {

constexpr size_t kSmall = 512;  // names and a few numbers

void put_text(nlmsghdr* message, uint16_t type, std::string_view text) {
  mnl_attr_put_strz(message, type, std::string(text).c_str());
}

void put_table(Batch& batch, uint16_t type, uint16_t flags, Target target, Step step) {
  put_text(batch.start(type, flags, target.family, kSmall, step), NFTA_TABLE_NAME, table_name(target.table));
}

nlmsghdr* start_chain(Batch& batch, uint16_t type, uint16_t flags, Target target, std::string_view name, Step step) {
  nlmsghdr* message = batch.start(type, flags, target.family, kSmall, step);
  put_text(message, NFTA_CHAIN_TABLE, table_name(target.table));
  put_text(message, NFTA_CHAIN_NAME, name);
  return message;
}

void put_hook(nlmsghdr* message, const BaseChain& base) {
  nlattr* hook = mnl_attr_nest_start(message, NFTA_CHAIN_HOOK);
  mnl_attr_put_u32(message, NFTA_HOOK_HOOKNUM, htobe32(static_cast<uint32_t>(base.hook)));
  mnl_attr_put_u32(message, NFTA_HOOK_PRIORITY, htobe32(static_cast<uint32_t>(base.priority)));
  mnl_attr_nest_end(message, hook);
}

void put_counters(nlmsghdr* message, const Counters& counters) {
  nlattr* nest = mnl_attr_nest_start(message, NFTA_CHAIN_COUNTERS);
  mnl_attr_put_u64(message, NFTA_COUNTER_PACKETS, htobe64(counters.packets));
  mnl_attr_put_u64(message, NFTA_COUNTER_BYTES, htobe64(counters.bytes));
  mnl_attr_nest_end(message, nest);
}

nlmsghdr* start_rule(Batch& batch, uint16_t type, uint16_t flags, Target target, std::string_view chain, size_t room,
                     Step step) {
  nlmsghdr* message = batch.start(type, flags, target.family, room, step);
  put_text(message, NFTA_RULE_TABLE, table_name(target.table));
  if (!chain.empty()) put_text(message, NFTA_RULE_CHAIN, chain);
  return message;
}

uint16_t flags_of(const Place& place) {
  switch (place.kind) {
    case Place::Kind::at_end:
      return NLM_F_CREATE | NLM_F_APPEND;
    case Place::Kind::instead_of:
      return NLM_F_CREATE | NLM_F_REPLACE;
    default:
      return NLM_F_CREATE;
  }
}

void put_place(nlmsghdr* message, const Place& place) {
  if (place.kind == Place::Kind::instead_of) {
    mnl_attr_put_u64(message, NFTA_RULE_HANDLE, htobe64(place.other.handle));
  } else if (place.kind == Place::Kind::before && place.other.handle != 0) {
    mnl_attr_put_u64(message, NFTA_RULE_POSITION, htobe64(place.other.handle));
  } else if (place.kind == Place::Kind::before) {
    mnl_attr_put_u32(message, NFTA_RULE_POSITION_ID, htobe32(place.other.id));
  }
}

}  // namespace

void add_table(Batch& batch, Target target, Step step) {
  put_table(batch, NFT_MSG_NEWTABLE, NLM_F_CREATE, target, step);
}

void delete_table(Batch& batch, Target target, Step step) { put_table(batch, NFT_MSG_DELTABLE, 0, target, step); }

// The attributes stand in the order in which iptables-nft sends them.
void put_base_chain(Batch& batch, Target target, const BaseChain& base, const BaseChainSettings& settings, Step step) {
  nlmsghdr* message = start_chain(batch, NFT_MSG_NEWCHAIN, NLM_F_CREATE, target, base.name, step);
  put_hook(message, base);
  if (settings.policy) {
    const uint32_t verdict = *settings.policy == Policy::drop ? NF_DROP : NF_ACCEPT;
    mnl_attr_put_u32(message, NFTA_CHAIN_POLICY, htobe32(verdict));
  }
  if (settings.counters) put_counters(message, *settings.counters);
  put_text(message, NFTA_CHAIN_TYPE, base.type);
}

void add_user_chain(Batch& batch, Target target, std::string_view chain, Step step) {
  start_chain(batch, NFT_MSG_NEWCHAIN, NLM_F_EXCL, target, chain, step);
}

void delete_chain(Batch& batch, Target target, std::string_view chain, Step step) {
  start_chain(batch, NFT_MSG_DELCHAIN, NLM_F_NONREC, target, chain, step);
}

void rename_chain(Batch& batch, Target target, uint64_t handle, std::string_view new_name, Step step) {
  nlmsghdr* message = start_chain(batch, NFT_MSG_NEWCHAIN, 0, target, new_name, step);
  mnl_attr_put_u64(message, NFTA_CHAIN_HANDLE, htobe64(handle));
}

Result<Bytes> put_rule(Batch& batch, Target target, std::string_view chain, const Rule& rule, const Place& place,
                       uint32_t id, Step step) {
  nlmsghdr* message =
      start_rule(batch, NFT_MSG_NEWRULE, flags_of(place), target, chain, message_room(rule) + kSmall, step);
  put_place(message, place);
  const size_t start = message->nlmsg_len;
  if (auto encoded = encode_rule(rule, message); !encoded) return tl::unexpected(encoded.error());
  const auto* expressions = reinterpret_cast<const std::byte*>(message) + start;
  const Attribute first = *AttributeRange({expressions, message->nlmsg_len - start}).begin();
  if (id != 0) mnl_attr_put_u32(message, NFTA_RULE_ID, htobe32(id));
  return first.value;
}

void put_raw_rule(Batch& batch, Target target, std::string_view chain, const RawRule& rule, const Place& place,
                  uint32_t id, Step step) {
  const size_t room = kSmall + rule.expressions.size() + rule.userdata.size();
  nlmsghdr* message = start_rule(batch, NFT_MSG_NEWRULE, flags_of(place), target, chain, room, step);
  put_place(message, place);
  mnl_attr_put(message, NFTA_RULE_EXPRESSIONS | NLA_F_NESTED, rule.expressions.size(), rule.expressions.data());
  nlattr* compat = mnl_attr_nest_start(message, NFTA_RULE_COMPAT);
  mnl_attr_put_u32(message, NFTA_RULE_COMPAT_PROTO, htobe32(rule.protocol));
  mnl_attr_put_u32(message, NFTA_RULE_COMPAT_FLAGS, htobe32(rule.inverted_protocol ? NFT_RULE_COMPAT_F_INV : 0));
  mnl_attr_nest_end(message, compat);
  if (!rule.userdata.empty()) mnl_attr_put(message, NFTA_RULE_USERDATA, rule.userdata.size(), rule.userdata.data());
  if (id != 0) mnl_attr_put_u32(message, NFTA_RULE_ID, htobe32(id));
}

void delete_rule(Batch& batch, Target target, std::string_view chain, RuleName rule, Step step) {
  nlmsghdr* message = start_rule(batch, NFT_MSG_DELRULE, 0, target, chain, kSmall, step);
  if (rule.handle != 0) {
    mnl_attr_put_u64(message, NFTA_RULE_HANDLE, htobe64(rule.handle));
  } else {
    mnl_attr_put_u32(message, NFTA_RULE_ID, htobe32(rule.id));
  }
}

void flush_rules(Batch& batch, Target target, std::string_view chain, Step step) {
  start_rule(batch, NFT_MSG_DELRULE, 0, target, chain, kSmall, step);
}

}  // namespace ferrule::nft
