#include "iptables/dump/nft_expression_text.hpp"

#include <fmt/format.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_log.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>

#include <array>
#include <cstring>
#include <iterator>
#include <string_view>

namespace ferrule::cli {
namespace {

template <size_t kSize>
std::string_view name_in(const std::array<std::string_view, kSize>& names, uint32_t number) {
  return number < kSize ? names[number] : "unknown";
}

std::string payload(const NftAttributes& of) {
  static constexpr std::array<std::string_view, 4> kBases = {"link", "network", "transport", "inner"};
  const std::string field = fmt::format("{}b @ {} header + {} ", of.be32(NFTA_PAYLOAD_LEN),
                                        name_in(kBases, of.be32(NFTA_PAYLOAD_BASE)), of.be32(NFTA_PAYLOAD_OFFSET));
  if (of.be32(NFTA_PAYLOAD_SREG) == 0) return fmt::format("load {}=> reg {} ", field, of.be32(NFTA_PAYLOAD_DREG));
  return fmt::format("write reg {} => {}csum_type {} csum_off {} csum_flags 0x{:x} ", of.be32(NFTA_PAYLOAD_SREG), field,
                     of.be32(NFTA_PAYLOAD_CSUM_TYPE), of.be32(NFTA_PAYLOAD_CSUM_OFFSET),
                     of.be32(NFTA_PAYLOAD_CSUM_FLAGS));
}

std::string compare(const NftAttributes& of) {
  static constexpr std::array<std::string_view, 6> kOperators = {"eq", "neq", "lt", "lte", "gt", "gte"};
  return fmt::format("{} reg {} {}", name_in(kOperators, of.be32(NFTA_CMP_OP)), of.be32(NFTA_CMP_SREG),
                     nft_data_text(of.nest(NFTA_CMP_DATA).bytes(NFTA_DATA_VALUE)));
}

std::string range(const NftAttributes& of) {
  static constexpr std::array<std::string_view, 2> kOperators = {"eq", "neq"};
  return fmt::format("{} reg {} {}{}", name_in(kOperators, of.be32(NFTA_RANGE_OP)), of.be32(NFTA_RANGE_SREG),
                     nft_data_text(of.nest(NFTA_RANGE_FROM_DATA).bytes(NFTA_DATA_VALUE)),
                     nft_data_text(of.nest(NFTA_RANGE_TO_DATA).bytes(NFTA_DATA_VALUE)));
}

std::string bitwise(const NftAttributes& of) {
  const uint32_t to = of.be32(NFTA_BITWISE_DREG);
  const uint32_t from = of.be32(NFTA_BITWISE_SREG);
  const auto data = [&](uint16_t type) { return nft_data_text(of.nest(type).bytes(NFTA_DATA_VALUE)); };
  switch (of.be32(NFTA_BITWISE_OP)) {
    case NFT_BITWISE_BOOL:
      return fmt::format("reg {} = ( reg {} & {}) ^ {}", to, from, data(NFTA_BITWISE_MASK), data(NFTA_BITWISE_XOR));
    case NFT_BITWISE_LSHIFT:
      return fmt::format("reg {} = ( reg {} << {}) ", to, from, data(NFTA_BITWISE_DATA));
    default:
      return fmt::format("reg {} = ( reg {} >> {}) ", to, from, data(NFTA_BITWISE_DATA));
  }
}

std::string meta(const NftAttributes& of) {
  static constexpr std::array<std::string_view, 36> kKeys = {
      "len",     "protocol",    "priority",    "mark",    "iif",         "oif",           "iifname",  "oifname",
      "iiftype", "oiftype",     "skuid",       "skgid",   "nftrace",     "rtclassid",     "secmark",  "nfproto",
      "l4proto", "bri_iifname", "bri_oifname", "pkttype", "cpu",         "iifgroup",      "oifgroup", "cgroup",
      "prandom", "secpath",     "iifkind",     "oifkind", "bri_iifpvid", "bri_iifvproto", "time",     "day",
      "hour",    "sdif",        "sdifname",    "broute"};
  const std::string_view key = name_in(kKeys, of.be32(NFTA_META_KEY));
  if (of.has(NFTA_META_SREG)) return fmt::format("set {} with reg {} ", key, of.be32(NFTA_META_SREG));
  return fmt::format("load {} => reg {} ", key, of.be32(NFTA_META_DREG));
}

std::string_view verdict_name(int code) {
  switch (code) {
    case NF_ACCEPT:
      return "accept";
    case NF_DROP:
      return "drop";
    case NF_STOLEN:
      return "stolen";
    case NF_QUEUE:
      return "queue";
    case NF_REPEAT:
      return "repeat";
    case NF_STOP:
      return "stop";
    case NFT_RETURN:
      return "return";
    case NFT_JUMP:
      return "jump";
    case NFT_GOTO:
      return "goto";
    case NFT_CONTINUE:
      return "continue";
    case NFT_BREAK:
      return "break";
    default:
      return "unknown";
  }
}

std::string immediate(const NftAttributes& of) {
  const NftAttributes data = of.nest(NFTA_IMMEDIATE_DATA);
  std::string text = fmt::format("reg {} ", of.be32(NFTA_IMMEDIATE_DREG));
  if (!data.has(NFTA_DATA_VERDICT)) return text + nft_data_text(data.bytes(NFTA_DATA_VALUE));
  const NftAttributes verdict = data.nest(NFTA_DATA_VERDICT);
  text.append(verdict_name(static_cast<int>(verdict.be32(NFTA_VERDICT_CODE)))).append(" ");
  if (verdict.has(NFTA_VERDICT_CHAIN)) text.append("-> ").append(verdict.text(NFTA_VERDICT_CHAIN)).append(" ");
  return text;
}

std::string counter(const NftAttributes& of) {
  return fmt::format("pkts {} bytes {} ", of.be64(NFTA_COUNTER_PACKETS), of.be64(NFTA_COUNTER_BYTES));
}

std::string_view unit_name(uint64_t seconds) {
  constexpr uint64_t kMinute = 60;
  constexpr uint64_t kHour = 60 * kMinute;
  constexpr uint64_t kDay = 24 * kHour;
  if (seconds == 1) return "second";
  if (seconds == kMinute) return "minute";
  if (seconds == kHour) return "hour";
  if (seconds == kDay) return "day";
  return seconds == 7 * kDay ? "week" : "error";
}

std::string limit(const NftAttributes& of) {
  static constexpr std::array<std::string_view, 2> kTypes = {"packets", "bytes"};
  return fmt::format("rate {}/{} burst {} type {} flags 0x{:x} ", of.be64(NFTA_LIMIT_RATE),
                     unit_name(of.be64(NFTA_LIMIT_UNIT)), of.be32(NFTA_LIMIT_BURST),
                     name_in(kTypes, of.be32(NFTA_LIMIT_TYPE)), of.be32(NFTA_LIMIT_FLAGS));
}

std::string log(const NftAttributes& of) {
  std::string text;
  if (of.has(NFTA_LOG_PREFIX)) text = fmt::format("prefix {} ", of.text(NFTA_LOG_PREFIX));
  if (of.has(NFTA_LOG_GROUP)) {
    return text + fmt::format("group {} snaplen {} qthreshold {} ", of.be16(NFTA_LOG_GROUP), of.be32(NFTA_LOG_SNAPLEN),
                              of.be16(NFTA_LOG_QTHRESHOLD));
  }
  if (of.has(NFTA_LOG_LEVEL)) text += fmt::format("level {} ", of.be32(NFTA_LOG_LEVEL));
  constexpr std::array<std::pair<uint32_t, std::string_view>, 5> kFlags = {{{NF_LOG_TCPSEQ, "tcpseq "},
                                                                            {NF_LOG_TCPOPT, "tcpopt "},
                                                                            {NF_LOG_IPOPT, "ipopt "},
                                                                            {NF_LOG_UID, "uid "},
                                                                            {NF_LOG_MACDECODE, "macdecode "}}};
  for (const auto& [flag, name] : kFlags) {
    if ((of.be32(NFTA_LOG_FLAGS) & flag) != 0) text += name;
  }
  return text;
}

std::string lookup(const NftAttributes& of) {
  std::string text = fmt::format("reg {} set {} ", of.be32(NFTA_LOOKUP_SREG), of.text(NFTA_LOOKUP_SET));
  if (of.has(NFTA_LOOKUP_DREG)) text += fmt::format("dreg {} ", of.be32(NFTA_LOOKUP_DREG));
  if (of.has(NFTA_LOOKUP_FLAGS)) text += fmt::format("0x{:x} ", of.be32(NFTA_LOOKUP_FLAGS));
  return text;
}

std::string match(const NftAttributes& of) {
  return fmt::format("name {} rev {} ", of.text(NFTA_MATCH_NAME), of.be32(NFTA_MATCH_REV));
}

std::string target(const NftAttributes& of) {
  return fmt::format("name {} rev {} ", of.text(NFTA_TARGET_NAME), of.be32(NFTA_TARGET_REV));
}

using Print = std::string (*)(const NftAttributes&);
constexpr std::array<std::pair<std::string_view, Print>, 12> kExpressions = {{{"payload", payload},
                                                                              {"cmp", compare},
                                                                              {"range", range},
                                                                              {"bitwise", bitwise},
                                                                              {"meta", meta},
                                                                              {"immediate", immediate},
                                                                              {"counter", counter},
                                                                              {"limit", limit},
                                                                              {"log", log},
                                                                              {"lookup", lookup},
                                                                              {"match", match},
                                                                              {"target", target}}};

}  // namespace

std::string nft_data_text(NftBytes data) {
  std::string text;
  for (; !data.empty(); data = data.subspan(std::min<size_t>(sizeof(uint32_t), data.size()))) {
    uint32_t word = 0;
    std::memcpy(&word, data.data(), std::min<size_t>(sizeof word, data.size()));
    fmt::format_to(std::back_inserter(text), "0x{:08x} ", word);
  }
  return text;
}

std::string nft_expression_text(NftBytes expression) {
  const NftAttributes parts(expression);
  const std::string_view name = parts.text(NFTA_EXPR_NAME);
  const NftAttributes data = parts.nest(NFTA_EXPR_DATA);
  std::string text = std::string(name) + " ";
  for (const auto& [known, print] : kExpressions) {
    if (known == name) return text + print(data);
  }
  return text + nft_foreign_expression_text(name, data);
}

}  // namespace ferrule::cli
