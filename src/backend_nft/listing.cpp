#include "backend_nft/listing.hpp"

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include <array>
#include <span>

#include "backend_nft/expression.hpp"

namespace ferrule::nft {
using netlink::Attribute;
using netlink::AttributeRange;
namespace {

std::string number(uint64_t value) { return std::to_string(value); }
std::string reg(uint32_t number_of) { return "r" + number(number_of); }

// Trailing zeros of long data (payloads of extensions) are left out, with a mark.
std::string hex(Bytes data) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  size_t size = data.size();
  if (size > 16) {
    while (size > 1 && data[size - 1] == std::byte{0}) --size;
  }
  std::string out;
  for (const std::byte byte : data.first(size)) {
    out += kDigits[std::to_integer<size_t>(byte >> 4)];
    out += kDigits[std::to_integer<size_t>(byte & std::byte{15})];
  }
  if (size != data.size()) out += "+" + number(data.size() - size);
  return out;
}

template <size_t N>
std::string word(const std::array<std::string_view, N>& words, uint32_t index) {
  return index < N ? std::string(words[index]) : number(index);
}

struct Lister {
  std::string operator()(const PayloadLoad& e) const {
    static constexpr std::array<std::string_view, 3> kBases = {"link", "network", "transport"};
    return "payload " + word(kBases, e.base) + "+" + number(e.offset) + " " + number(e.length) + " -> " + reg(e.reg);
  }
  std::string operator()(const PayloadWrite&) const { return "payload write"; }
  std::string operator()(const MetaLoad& e) const { return "meta " + key(e.key) + " -> " + reg(e.reg); }
  std::string operator()(const MetaSet& e) const { return "meta set " + key(e.key) + " " + reg(e.reg); }
  std::string operator()(const Compare& e) const {
    static constexpr std::array<std::string_view, 6> kOps = {"eq", "neq", "lt", "lte", "gt", "gte"};
    return "cmp " + reg(e.reg) + " " + word(kOps, e.op) + " " + hex(e.data);
  }
  std::string operator()(const Bitwise& e) const {
    return "bitwise " + reg(e.to) + " = " + reg(e.from) + " & " + hex(e.mask) + " ^ " + hex(e.flip);
  }
  std::string operator()(const InRange& e) const {
    return "range " + reg(e.reg) + (e.op == NFT_RANGE_EQ ? " eq " : " neq ") + hex(e.low) + " " + hex(e.high);
  }
  std::string operator()(const Immediate& e) const { return "immediate " + reg(e.reg) + " " + hex(e.data); }
  std::string operator()(const Verdict& e) const {
    switch (e.code) {
      case NF_ACCEPT:
        return "verdict accept";
      case NF_DROP:
        return "verdict drop";
      case NFT_RETURN:
        return "verdict return";
      case NFT_JUMP:
        return "verdict jump " + std::string(e.chain);
      case NFT_GOTO:
        return "verdict goto " + std::string(e.chain);
      default:
        return "verdict " + std::to_string(e.code);
    }
  }
  std::string operator()(const Counter& e) const {
    return "counter " + number(e.counters.packets) + ":" + number(e.counters.bytes);
  }
  std::string operator()(const Limit& e) const {
    return "limit " + number(e.rate) + "/" + number(e.unit) + "s burst " + number(e.burst);
  }
  std::string operator()(const Log& e) const {
    std::string out = "log group " + number(e.group);
    if (!e.prefix.empty()) out += " prefix \"" + std::string(e.prefix) + "\"";
    if (e.snaplen) out += " snaplen " + number(*e.snaplen);
    if (e.qthreshold != 0) out += " qthreshold " + number(e.qthreshold);
    return out;
  }
  std::string operator()(const CompatMatch& e) const { return "match " + compat(e); }
  std::string operator()(const CompatTarget& e) const { return "target " + compat(e); }
  std::string operator()(const Lookup& e) const { return "lookup @" + std::string(e.set); }
  std::string operator()(const OtherExpression& e) const { return "other " + std::string(e.name); }
  std::string operator()(const UnreadableExpression& e) const { return "unreadable " + std::string(e.name); }

 private:
  static std::string key(uint32_t key) {
    switch (key) {
      case NFT_META_MARK:
        return "mark";
      case NFT_META_IIFNAME:
        return "iifname";
      case NFT_META_OIFNAME:
        return "oifname";
      case NFT_META_NFTRACE:
        return "nftrace";
      case NFT_META_L4PROTO:
        return "l4proto";
      default:
        return "key " + number(key);
    }
  }
  static std::string compat(const Compat& e) {
    return std::string(e.name) + " rev " + number(e.revision) + " " + hex(e.info);
  }
};

std::string_view kind_of(uint16_t type) {
  switch (type) {
    case NFNL_MSG_BATCH_BEGIN:
      return "begin";
    case NFNL_MSG_BATCH_END:
      return "end";
    case NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWTABLE:
      return "new table";
    case NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_DELTABLE:
      return "delete table";
    case NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWCHAIN:
      return "new chain";
    case NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_DELCHAIN:
      return "delete chain";
    case NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWRULE:
      return "new rule";
    case NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_DELRULE:
      return "delete rule";
    default:
      return "message";
  }
}

bool is_about_chain(uint16_t type) { return (type & 0xff) == NFT_MSG_NEWCHAIN || (type & 0xff) == NFT_MSG_DELCHAIN; }

std::string list_message(const nlmsghdr& message) {
  std::string out(kind_of(message.nlmsg_type));
  if (message.nlmsg_type == NFNL_MSG_BATCH_BEGIN || message.nlmsg_type == NFNL_MSG_BATCH_END) return out + "\n";
  const auto* generic = static_cast<const nfgenmsg*>(mnl_nlmsg_get_payload(&message));
  out += generic->nfgen_family == NFPROTO_IPV4 ? " ip" : " ip6";
  const auto* start = static_cast<const std::byte*>(mnl_nlmsg_get_payload_offset(&message, sizeof(nfgenmsg)));
  const bool is_chain = is_about_chain(message.nlmsg_type);
  const uint16_t name_within = is_chain ? uint16_t{NFTA_CHAIN_NAME} : uint16_t{NFTA_RULE_CHAIN};
  std::string rest;
  for (const Attribute& attribute : AttributeRange({start, mnl_nlmsg_get_payload_len(&message) - sizeof(nfgenmsg)})) {
    // The table's name has the same number in all three kinds of message.
    const bool is_name = attribute.type == NFTA_TABLE_NAME || attribute.type == name_within;
    if (is_name) {
      out += " " + std::string(attribute.text());
    } else if (!is_chain && attribute.type == NFTA_RULE_EXPRESSIONS) {
      rest = list_expressions(attribute.value);
    }
  }
  out += "\n";
  for (size_t at = 0; at < rest.size();) {
    const size_t end = rest.find('\n', at) + 1;
    out += "  " + rest.substr(at, end - at);
    at = end;
  }
  return out;
}

}  // namespace

std::string list_expressions(Bytes expressions) {
  std::string out;
  for (const Attribute& element : AttributeRange(expressions)) {
    out += std::visit(Lister{}, read_expression(element.value)) + "\n";
  }
  return out;
}

std::string list_messages(const Batch& batch) {
  std::string out;
  for (const iovec& piece : batch.pieces()) {
    const auto* bytes = static_cast<const std::byte*>(piece.iov_base);
    for (size_t at = 0; at < piece.iov_len;) {
      const auto& message = *reinterpret_cast<const nlmsghdr*>(bytes + at);
      out += list_message(message);
      at += MNL_ALIGN(message.nlmsg_len);
    }
  }
  return out;
}

}  // namespace ferrule::nft
