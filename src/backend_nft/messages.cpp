#include "backend_nft/messages.hpp"

#include <endian.h>
#include <libnftnl/chain.h>
#include <libnftnl/table.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include <memory>
#include <string>

#include "backend_nft/encode.hpp"

namespace ferrule::nft {
namespace {

constexpr size_t kSmall = 512;  // names and a few numbers

using TableObject = std::unique_ptr<nftnl_table, void (*)(const nftnl_table*)>;
using ChainObject = std::unique_ptr<nftnl_chain, void (*)(const nftnl_chain*)>;

void put_table(Batch& batch, uint16_t type, uint16_t flags, Target target, Step step) {
  const TableObject table(nftnl_table_alloc(), nftnl_table_free);
  nftnl_table_set_str(table.get(), NFTNL_TABLE_NAME, std::string(table_name(target.table)).c_str());
  nftnl_table_nlmsg_build_payload(batch.start(type, flags, target.family, kSmall, step), table.get());
}

ChainObject chain_object(Target target, std::string_view name) {
  ChainObject chain(nftnl_chain_alloc(), nftnl_chain_free);
  nftnl_chain_set_str(chain.get(), NFTNL_CHAIN_TABLE, std::string(table_name(target.table)).c_str());
  nftnl_chain_set_str(chain.get(), NFTNL_CHAIN_NAME, std::string(name).c_str());
  return chain;
}

void put_chain(Batch& batch, uint16_t type, uint16_t flags, Target target, const nftnl_chain* chain, Step step) {
  nftnl_chain_nlmsg_build_payload(batch.start(type, flags, target.family, kSmall, step), chain);
}

void put_text(nlmsghdr* message, uint16_t type, std::string_view text) {
  mnl_attr_put_strz(message, type, std::string(text).c_str());
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

void put_base_chain(Batch& batch, Target target, const BaseChain& base, const BaseChainSettings& settings, Step step) {
  const ChainObject chain = chain_object(target, base.name);
  nftnl_chain_set_u32(chain.get(), NFTNL_CHAIN_HOOKNUM, static_cast<uint32_t>(base.hook));
  nftnl_chain_set_s32(chain.get(), NFTNL_CHAIN_PRIO, base.priority);
  nftnl_chain_set_str(chain.get(), NFTNL_CHAIN_TYPE, std::string(base.type).c_str());
  if (settings.policy) {
    nftnl_chain_set_u32(chain.get(), NFTNL_CHAIN_POLICY, *settings.policy == Policy::drop ? NF_DROP : NF_ACCEPT);
  }
  if (settings.counters) {
    nftnl_chain_set_u64(chain.get(), NFTNL_CHAIN_PACKETS, settings.counters->packets);
    nftnl_chain_set_u64(chain.get(), NFTNL_CHAIN_BYTES, settings.counters->bytes);
  }
  put_chain(batch, NFT_MSG_NEWCHAIN, NLM_F_CREATE, target, chain.get(), step);
}

void add_user_chain(Batch& batch, Target target, std::string_view chain, Step step) {
  put_chain(batch, NFT_MSG_NEWCHAIN, NLM_F_EXCL, target, chain_object(target, chain).get(), step);
}

void delete_chain(Batch& batch, Target target, std::string_view chain, Step step) {
  put_chain(batch, NFT_MSG_DELCHAIN, NLM_F_NONREC, target, chain_object(target, chain).get(), step);
}

void rename_chain(Batch& batch, Target target, uint64_t handle, std::string_view new_name, Step step) {
  const ChainObject chain = chain_object(target, new_name);
  nftnl_chain_set_u64(chain.get(), NFTNL_CHAIN_HANDLE, handle);
  put_chain(batch, NFT_MSG_NEWCHAIN, 0, target, chain.get(), step);
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
