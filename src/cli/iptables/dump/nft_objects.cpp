#include "iptables/dump/nft_objects.hpp"

#include <fmt/format.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include <array>
#include <cstring>
#include <iterator>
#include <string_view>

#include "iptables/dump/nft_expression_text.hpp"

namespace ferrule::cli {
namespace {

std::string_view word_of(Family family) { return family == Family::ipv4 ? "ip" : "ip6"; }

std::string_view word_of_hook(uint32_t hook) {
  static constexpr std::array<std::string_view, 5> kHooks = {"prerouting", "input", "forward", "output", "postrouting"};
  return hook < kHooks.size() ? kHooks[hook] : "unknown";
}

std::vector<std::byte> vector_of(NftBytes bytes) { return {bytes.begin(), bytes.end()}; }

template <typename Number>
void add_number(std::string& text, const std::optional<Number>& number) {
  if (number) fmt::format_to(std::back_inserter(text), " {}", *number);
}

std::string with_expressions(std::string text, const NftRule& rule) {
  text += '\n';
  for (const NftAttribute& each : NftAttributes(rule.expressions)) {
    text += fmt::format("  [ {}]\n", nft_expression_text(each.value));
  }
  if (!rule.userdata.empty()) {
    text += "  userdata = { ";
    for (const std::byte byte : rule.userdata) {
      const auto each = std::to_integer<unsigned char>(byte);
      text += each >= 0x20 && each < 0x7f ? std::string(1, static_cast<char>(each)) : fmt::format("\\x{:02x}", each);
    }
    text += " }";
  }
  text += '\n';
  return text;
}

std::vector<std::byte> finished(NftWriter& writer) {
  auto size = static_cast<uint32_t>(writer.bytes().size());
  std::memcpy(writer.bytes().data(), &size, sizeof size);
  return std::move(writer.bytes());
}

NftWriter begun(const NftPlace& place, uint16_t type, uint32_t sequence) {
  const nlmsghdr header{.nlmsg_len = 0,
                        .nlmsg_type = static_cast<uint16_t>(NFNL_SUBSYS_NFTABLES << 8 | type),
                        .nlmsg_flags = NLM_F_REQUEST,
                        .nlmsg_seq = sequence,
                        .nlmsg_pid = 0};
  const nfgenmsg family{.nfgen_family = static_cast<uint8_t>(place.family), .version = NFNETLINK_V0, .res_id = 0};
  NftWriter writer;
  writer.append(&header, sizeof header);
  writer.append(&family, sizeof family);
  return writer;
}

}  // namespace

NftChain read_nft_chain(const NftAttributes& attributes) {
  NftChain chain{.name = std::string(attributes.text(NFTA_CHAIN_NAME))};
  if (attributes.has(NFTA_CHAIN_HOOK)) {
    const NftAttributes hook = attributes.nest(NFTA_CHAIN_HOOK);
    chain.base = {.hook = hook.be32(NFTA_HOOK_HOOKNUM),
                  .priority = static_cast<int32_t>(hook.be32(NFTA_HOOK_PRIORITY)),
                  .type = std::string(attributes.text(NFTA_CHAIN_TYPE))};
  }
  if (attributes.has(NFTA_CHAIN_HANDLE)) chain.handle = attributes.be64(NFTA_CHAIN_HANDLE);
  if (attributes.has(NFTA_CHAIN_POLICY)) chain.policy = attributes.be32(NFTA_CHAIN_POLICY);
  if (attributes.has(NFTA_CHAIN_USE)) chain.use = attributes.be32(NFTA_CHAIN_USE);
  if (attributes.has(NFTA_CHAIN_FLAGS)) chain.flags = attributes.be32(NFTA_CHAIN_FLAGS);
  if (attributes.has(NFTA_CHAIN_COUNTERS)) {
    const NftAttributes counters = attributes.nest(NFTA_CHAIN_COUNTERS);
    chain.counters = {.packets = counters.be64(NFTA_COUNTER_PACKETS), .bytes = counters.be64(NFTA_COUNTER_BYTES)};
  }
  return chain;
}

NftRule read_nft_rule(const NftAttributes& attributes) {
  NftRule rule{.chain = std::string(attributes.text(NFTA_RULE_CHAIN))};
  if (attributes.has(NFTA_RULE_HANDLE)) rule.handle = attributes.be64(NFTA_RULE_HANDLE);
  if (attributes.has(NFTA_RULE_POSITION)) rule.position = attributes.be64(NFTA_RULE_POSITION);
  rule.expressions = nft_expressions_in_order(attributes.bytes(NFTA_RULE_EXPRESSIONS));
  rule.userdata = vector_of(attributes.bytes(NFTA_RULE_USERDATA));
  if (attributes.has(NFTA_RULE_COMPAT)) {
    const NftAttributes compat = attributes.nest(NFTA_RULE_COMPAT);
    rule.compat = {.protocol = compat.be32(NFTA_RULE_COMPAT_PROTO), .flags = compat.be32(NFTA_RULE_COMPAT_FLAGS)};
  }
  return rule;
}

std::string nft_table_text(const NftPlace& place) {
  return fmt::format("table {} {} flags 0 use 0 handle 0\n", table_name(place.table), word_of(place.family));
}

std::string nft_chain_text(const NftPlace& place, const NftChain& chain) {
  std::string text =
      fmt::format("{} {} {} use {}", word_of(place.family), table_name(place.table), chain.name, chain.use.value_or(0));
  if (chain.base) {
    text +=
        fmt::format(" type {} hook {} prio {}", chain.base->type, word_of_hook(chain.base->hook), chain.base->priority);
    if (chain.policy) text += *chain.policy == NF_ACCEPT ? " policy accept" : " policy drop";
    const Counters counters = chain.counters.value_or(Counters{});
    text += fmt::format(" packets {} bytes {}", counters.packets, counters.bytes);
    if (chain.flags) text += fmt::format(" flags {}", *chain.flags);
  }
  return text + "\n";
}

std::string nft_rule_text(const NftPlace& place, const NftRule& rule) {
  std::string text = fmt::format("{} {} {}", word_of(place.family), table_name(place.table), rule.chain);
  add_number(text, rule.handle);
  add_number(text, rule.position);
  add_number(text, rule.id);
  add_number(text, rule.position_id);
  return with_expressions(std::move(text), rule);
}

std::string nft_flush_text(const NftPlace& place, const NftRule& rule) {
  std::string text(table_name(place.table));
  if (!rule.chain.empty()) text += " " + rule.chain;
  return with_expressions(std::move(text), rule);
}

std::vector<std::byte> nft_table_message(const NftPlace& place, uint16_t type, uint32_t sequence) {
  NftWriter writer = begun(place, type, sequence);
  writer.put_text(NFTA_TABLE_NAME, table_name(place.table));
  return finished(writer);
}

std::vector<std::byte> nft_chain_message(const NftPlace& place, const NftChain& chain, uint16_t type,
                                         uint32_t sequence) {
  NftWriter writer = begun(place, type, sequence);
  writer.put_text(NFTA_CHAIN_TABLE, table_name(place.table));
  writer.put_text(NFTA_CHAIN_NAME, chain.name);
  if (chain.handle) writer.put_be64(NFTA_CHAIN_HANDLE, *chain.handle);
  if (chain.base) {
    writer.nest(NFTA_CHAIN_HOOK, [&] {
      writer.put_be32(NFTA_HOOK_HOOKNUM, chain.base->hook);
      writer.put_be32(NFTA_HOOK_PRIORITY, static_cast<uint32_t>(chain.base->priority));
    });
  }
  if (chain.policy) writer.put_be32(NFTA_CHAIN_POLICY, *chain.policy);
  if (chain.use) writer.put_be32(NFTA_CHAIN_USE, *chain.use);
  if (chain.counters) {
    writer.nest(NFTA_CHAIN_COUNTERS, [&] {
      writer.put_be64(NFTA_COUNTER_PACKETS, chain.counters->packets);
      writer.put_be64(NFTA_COUNTER_BYTES, chain.counters->bytes);
    });
  }
  if (chain.base) writer.put_text(NFTA_CHAIN_TYPE, chain.base->type);
  if (chain.flags) writer.put_be32(NFTA_CHAIN_FLAGS, *chain.flags);
  return finished(writer);
}

std::vector<std::byte> nft_rule_message(const NftPlace& place, const NftRule& rule, uint16_t type, uint32_t sequence) {
  NftWriter writer = begun(place, type, sequence);
  writer.put_text(NFTA_RULE_TABLE, table_name(place.table));
  if (!rule.chain.empty()) writer.put_text(NFTA_RULE_CHAIN, rule.chain);
  if (rule.handle) writer.put_be64(NFTA_RULE_HANDLE, *rule.handle);
  if (rule.position) writer.put_be64(NFTA_RULE_POSITION, *rule.position);
  if (!rule.userdata.empty()) writer.put(NFTA_RULE_USERDATA, rule.userdata);
  if (!rule.expressions.empty()) {
    writer.nest(NFTA_RULE_EXPRESSIONS, [&] { writer.append(rule.expressions.data(), rule.expressions.size()); });
  }
  if (rule.compat) {
    writer.nest(NFTA_RULE_COMPAT, [&] {
      writer.put_be32(NFTA_RULE_COMPAT_PROTO, rule.compat->protocol);
      writer.put_be32(NFTA_RULE_COMPAT_FLAGS, rule.compat->flags);
    });
  }
  if (rule.id) writer.put_be32(NFTA_RULE_ID, *rule.id);
  if (rule.position_id) writer.put_be32(NFTA_RULE_POSITION_ID, *rule.position_id);
  return finished(writer);
}

}  // namespace ferrule::cli
