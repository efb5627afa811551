// Expressions that iptables-nft never writes, but meets in rules that nft has put into its tables.
#include <fmt/format.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include <array>
#include <iterator>
#include <string_view>

#include "iptables/dump/nft_expression_text.hpp"

namespace ferrule::cli {
namespace {

template <size_t kSize>
std::string_view name_in(const std::array<std::string_view, kSize>& names, uint32_t number) {
  return number < kSize ? names[number] : "unknown";
}

std::string conntrack(const NftAttributes& of) {
  static constexpr std::array<std::string_view, 23> kKeys = {
      "state",  "direction", "status",   "mark",      "secmark",   "expiration", "helper",  "l3protocol",
      "src",    "dst",       "protocol", "proto_src", "proto_dst", "label",      "packets", "bytes",
      "avgpkt", "zone",      "event",    "src_ip",    "dst_ip",    "src_ip6",    "dst_ip6"};
  static constexpr std::array<std::string_view, 2> kDirections = {"original", "reply"};
  const std::string_view key = name_in(kKeys, of.be32(NFTA_CT_KEY));
  std::string text = of.has(NFTA_CT_SREG) ? fmt::format("set {} with reg {} ", key, of.be32(NFTA_CT_SREG))
                                          : fmt::format("load {} => reg {} ", key, of.be32(NFTA_CT_DREG));
  if (of.has(NFTA_CT_DIRECTION)) text += fmt::format(", dir {} ", name_in(kDirections, of.u8(NFTA_CT_DIRECTION)));
  return text;
}

std::string byteorder(const NftAttributes& of) {
  static constexpr std::array<std::string_view, 2> kOperators = {"ntoh", "hton"};
  return fmt::format("reg {} = {}(reg {}, {}, {}) ", of.be32(NFTA_BYTEORDER_DREG),
                     name_in(kOperators, of.be32(NFTA_BYTEORDER_OP)), of.be32(NFTA_BYTEORDER_SREG),
                     of.be32(NFTA_BYTEORDER_LEN), of.be32(NFTA_BYTEORDER_SIZE));
}

std::string option(const NftAttributes& of) {
  static constexpr std::array<std::string_view, 3> kKinds = {"ipv6", "tcpopt", "ipv4"};
  const uint32_t kind = of.be32(NFTA_EXTHDR_OP);
  std::string type;
  if (kind != NFT_EXTHDR_OP_IPV6 && kind < kKinds.size()) type = std::string(kKinds[kind]) + " ";
  const std::string field =
      fmt::format("{}b @ {} + {}", of.be32(NFTA_EXTHDR_LEN), of.u8(NFTA_EXTHDR_TYPE), of.be32(NFTA_EXTHDR_OFFSET));
  if (of.has(NFTA_EXTHDR_DREG)) {
    const bool presence = (of.be32(NFTA_EXTHDR_FLAGS) & NFT_EXTHDR_F_PRESENT) != 0;
    return fmt::format("load {}{}{} => reg {} ", type, field, presence ? " present" : "", of.be32(NFTA_EXTHDR_DREG));
  }
  if (of.has(NFTA_EXTHDR_SREG)) {
    return fmt::format("write {}reg {} => {} ", type, of.be32(NFTA_EXTHDR_SREG), field);
  }
  return fmt::format("reset {}{} ", type, of.u8(NFTA_EXTHDR_TYPE));
}

std::string quota(const NftAttributes& of) {
  return fmt::format("bytes {} consumed {} flags {} ", of.be64(NFTA_QUOTA_BYTES), of.be64(NFTA_QUOTA_CONSUMED),
                     of.be32(NFTA_QUOTA_FLAGS));
}

std::string reject(const NftAttributes& of) {
  return fmt::format("type {} code {} ", of.be32(NFTA_REJECT_TYPE), of.u8(NFTA_REJECT_ICMP_CODE));
}

std::string fib(const NftAttributes& of) {
  static constexpr std::array<std::string_view, 4> kResults = {"unknown", "oif", "oifname", "type"};
  static constexpr std::array<std::pair<uint32_t, std::string_view>, 5> kFields = {{{NFTA_FIB_F_SADDR, "saddr "},
                                                                                    {NFTA_FIB_F_DADDR, "daddr "},
                                                                                    {NFTA_FIB_F_MARK, "mark "},
                                                                                    {NFTA_FIB_F_IIF, "iif "},
                                                                                    {NFTA_FIB_F_OIF, "oif "}}};
  const uint32_t flags = of.be32(NFTA_FIB_FLAGS);
  std::string text;
  for (const auto& [flag, name] : kFields) {
    if ((flags & flag) == 0) continue;
    if (!text.empty()) text += ". ";
    text += name;
  }
  const bool presence = (flags & NFTA_FIB_F_PRESENT) != 0;
  return text + fmt::format("{}{} => reg {} ", name_in(kResults, of.be32(NFTA_FIB_RESULT)), presence ? " present" : "",
                            of.be32(NFTA_FIB_DREG));
}

std::string route(const NftAttributes& of) {
  static constexpr std::array<std::string_view, 5> kKeys = {"classid", "nexthop4", "nexthop6", "tcpmss", "ipsec"};
  return fmt::format("load {} => reg {} ", name_in(kKeys, of.be32(NFTA_RT_KEY)), of.be32(NFTA_RT_DREG));
}

std::string socket(const NftAttributes& of) {
  static constexpr std::array<std::string_view, 4> kKeys = {"transparent", "mark", "wildcard", "cgroupv2"};
  return fmt::format("load {} => reg {} ", name_in(kKeys, of.be32(NFTA_SOCKET_KEY)), of.be32(NFTA_SOCKET_DREG));
}

std::string fingerprint(const NftAttributes& of) { return fmt::format("dreg {} ", of.be32(NFTA_OSF_DREG)); }

std::string nothing(const NftAttributes&) { return {}; }

// The parts that are there, each with its value.
std::string numbers(const NftAttributes& of, std::span<const std::pair<uint16_t, std::string_view>> parts) {
  std::string text;
  for (const auto& [type, name] : parts) {
    if (of.has(type)) fmt::format_to(std::back_inserter(text), "{} {} ", name, of.be32(type));
  }
  return text;
}

std::string duplicate(const NftAttributes& of) {
  static constexpr std::array<std::pair<uint16_t, std::string_view>, 2> kParts = {
      {{NFTA_DUP_SREG_ADDR, "sreg_addr"}, {NFTA_DUP_SREG_DEV, "sreg_dev"}}};
  return numbers(of, kParts);
}

std::string connection_limit(const NftAttributes& of) {
  return fmt::format("count {} flags {:x} ", of.be32(NFTA_CONNLIMIT_COUNT), of.be32(NFTA_CONNLIMIT_FLAGS));
}

std::string synproxy(const NftAttributes& of) {
  return fmt::format("mss {} wscale {} ", of.be16(NFTA_SYNPROXY_MSS), of.u8(NFTA_SYNPROXY_WSCALE));
}

std::string transform(const NftAttributes& of) {
  static constexpr std::array<std::string_view, 7> kKeys = {"unknown", "daddr4", "daddr6", "saddr4",
                                                            "saddr6",  "reqid",  "spi"};
  static constexpr std::array<std::string_view, 3> kDirections = {"in", "fwd", "out"};
  return fmt::format("load {} {} {} => reg {} ", name_in(kDirections, of.u8(NFTA_XFRM_DIR)), of.be32(NFTA_XFRM_SPNUM),
                     name_in(kKeys, of.be32(NFTA_XFRM_KEY)), of.be32(NFTA_XFRM_DREG));
}

std::string hash(const NftAttributes& of) {
  const uint32_t offset = of.be32(NFTA_HASH_OFFSET);
  std::string text;
  if (of.be32(NFTA_HASH_TYPE) == NFT_HASH_SYM) {
    text = fmt::format("reg {} = symhash() % mod {} ", of.be32(NFTA_HASH_DREG), of.be32(NFTA_HASH_MODULUS));
  } else {
    text = fmt::format("reg {} = jhash(reg {}, {}, 0x{:x}) % mod {} ", of.be32(NFTA_HASH_DREG), of.be32(NFTA_HASH_SREG),
                       of.be32(NFTA_HASH_LEN), of.be32(NFTA_HASH_SEED), of.be32(NFTA_HASH_MODULUS));
  }
  return offset == 0 ? text : text + fmt::format("offset {} ", offset);
}

std::string number_generator(const NftAttributes& of) {
  static constexpr std::array<std::string_view, 2> kKinds = {"inc", "random"};
  const uint32_t offset = of.be32(NFTA_NG_OFFSET);
  std::string text = fmt::format("reg {} = {} mod {} ", of.be32(NFTA_NG_DREG), name_in(kKinds, of.be32(NFTA_NG_TYPE)),
                                 of.be32(NFTA_NG_MODULUS));
  return offset == 0 ? text : text + fmt::format("offset {} ", offset);
}

std::string_view family_word(uint32_t family) { return family == NFPROTO_IPV4 ? "ip" : "ip6"; }

std::string flags_of(const NftAttributes& of, uint16_t type) {
  return of.has(type) ? fmt::format("flags 0x{:x} ", of.be32(type)) : std::string();
}

std::string translation(const NftAttributes& of) {
  static constexpr std::array<std::pair<uint16_t, std::string_view>, 4> kParts = {
      {{NFTA_NAT_REG_ADDR_MIN, "addr_min reg"},
       {NFTA_NAT_REG_ADDR_MAX, "addr_max reg"},
       {NFTA_NAT_REG_PROTO_MIN, "proto_min reg"},
       {NFTA_NAT_REG_PROTO_MAX, "proto_max reg"}}};
  return fmt::format("{} {} ", of.be32(NFTA_NAT_TYPE) == NFT_NAT_SNAT ? "snat" : "dnat",
                     family_word(of.be32(NFTA_NAT_FAMILY))) +
         numbers(of, kParts) + flags_of(of, NFTA_NAT_FLAGS);
}

std::string masquerade(const NftAttributes& of) {
  static constexpr std::array<std::pair<uint16_t, std::string_view>, 2> kParts = {
      {{NFTA_MASQ_REG_PROTO_MIN, "proto_min reg"}, {NFTA_MASQ_REG_PROTO_MAX, "proto_max reg"}}};
  return numbers(of, kParts) + flags_of(of, NFTA_MASQ_FLAGS);
}

std::string redirection(const NftAttributes& of) {
  static constexpr std::array<std::pair<uint16_t, std::string_view>, 2> kParts = {
      {{NFTA_REDIR_REG_PROTO_MIN, "proto_min reg"}, {NFTA_REDIR_REG_PROTO_MAX, "proto_max reg"}}};
  return numbers(of, kParts) + flags_of(of, NFTA_REDIR_FLAGS);
}

std::string queue(const NftAttributes& of) {
  std::string text;
  if (of.has(NFTA_QUEUE_NUM)) {
    const unsigned first = of.be16(NFTA_QUEUE_NUM);
    const unsigned total = of.be16(NFTA_QUEUE_TOTAL);
    text = total > 1 ? fmt::format("num {}-{} ", first, first + total - 1) : fmt::format("num {} ", first);
  }
  if (of.has(NFTA_QUEUE_SREG_QNUM)) text += fmt::format("sreg_qnum {} ", of.be32(NFTA_QUEUE_SREG_QNUM));
  const unsigned flags = of.be16(NFTA_QUEUE_FLAGS);
  if ((flags & NFT_QUEUE_FLAG_BYPASS) != 0) text += "bypass ";
  if ((flags & NFT_QUEUE_FLAG_CPU_FANOUT) != 0) text += "fanout ";
  return text;
}

std::string object(const NftAttributes& of) {
  if (of.has(NFTA_OBJREF_SET_SREG)) {
    return fmt::format("sreg {} set {} ", of.be32(NFTA_OBJREF_SET_SREG), of.text(NFTA_OBJREF_SET_NAME));
  }
  return fmt::format("type {} name {} ", of.be32(NFTA_OBJREF_IMM_TYPE), of.text(NFTA_OBJREF_IMM_NAME));
}

std::string transparent_proxy(const NftAttributes& of) {
  static constexpr std::array<std::pair<uint16_t, std::string_view>, 2> kParts = {
      {{NFTA_TPROXY_REG_ADDR, "addr reg"}, {NFTA_TPROXY_REG_PORT, "port reg"}}};
  const uint32_t family = of.be32(NFTA_TPROXY_FAMILY);
  return (family == NFPROTO_UNSPEC ? "" : std::string(family_word(family)) + " ") + numbers(of, kParts);
}

std::string set_update(const NftAttributes& of) {
  static constexpr std::array<std::string_view, 3> kOperators = {"add", "update", "delete"};
  std::string text = fmt::format("{} reg_key {} set {} ", name_in(kOperators, of.be32(NFTA_DYNSET_OP)),
                                 of.be32(NFTA_DYNSET_SREG_KEY), of.text(NFTA_DYNSET_SET_NAME));
  if (of.has(NFTA_DYNSET_SREG_DATA)) text += fmt::format("sreg_data {} ", of.be32(NFTA_DYNSET_SREG_DATA));
  if (of.has(NFTA_DYNSET_TIMEOUT)) text += fmt::format("timeout {}ms ", of.be64(NFTA_DYNSET_TIMEOUT));
  if (of.has(NFTA_DYNSET_EXPR)) text += fmt::format("expr [ {}] ", nft_expression_text(of.bytes(NFTA_DYNSET_EXPR)));
  for (const NftAttribute& each : of.nest(NFTA_DYNSET_EXPRESSIONS)) {
    text += fmt::format("expr [ {}] ", nft_expression_text(each.value));
  }
  return text;
}

using Print = std::string (*)(const NftAttributes&);
constexpr std::array<std::pair<std::string_view, Print>, 24> kExpressions = {
    {{"ct", conntrack},      {"byteorder", byteorder},
     {"exthdr", option},     {"quota", quota},
     {"reject", reject},     {"fib", fib},
     {"rt", route},          {"socket", socket},
     {"osf", fingerprint},   {"notrack", nothing},
     {"dup", duplicate},     {"connlimit", connection_limit},
     {"synproxy", synproxy}, {"xfrm", transform},
     {"hash", hash},         {"numgen", number_generator},
     {"nat", translation},   {"masq", masquerade},
     {"redir", redirection}, {"queue", queue},
     {"objref", object},     {"tproxy", transparent_proxy},
     {"dynset", set_update}, {"last", nothing}}};

}  // namespace

std::string nft_foreign_expression_text(std::string_view name, const NftAttributes& attributes) {
  for (const auto& [known, print] : kExpressions) {
    if (known == name) return print(attributes);
  }
  return {};
}

}  // namespace ferrule::cli
