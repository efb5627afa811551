#include "backend_nft/expression.hpp"

#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>

#include <array>

namespace ferrule::nft {
using netlink::Attribute;
using netlink::AttributeRange;
namespace {

// The attributes of one expression by type, as far as they matter here.
class Fields {
 public:
  explicit Fields(Bytes data) {
    for (const Attribute& attribute : AttributeRange(data)) {
      if (attribute.type < by_type_.size()) by_type_[attribute.type] = attribute;
    }
  }
  bool has(uint16_t type) const { return by_type_[type].type != 0; }
  const Attribute& operator[](uint16_t type) const { return by_type_[type]; }
  std::optional<uint32_t> be32(uint16_t type) const { return by_type_[type].be32(); }
  // The bytes in a nested NFTA_DATA_VALUE; empty when there are none.
  Bytes data(uint16_t type) const {
    for (const Attribute& inner : AttributeRange(by_type_[type].value)) {
      if (inner.type == NFTA_DATA_VALUE) return inner.value;
    }
    return {};
  }

 private:
  std::array<Attribute, 12> by_type_{};
};

using Reader = Expression (*)(std::string_view name, const Fields&);

Expression read_payload(std::string_view name, const Fields& fields) {
  if (fields.has(NFTA_PAYLOAD_SREG)) return PayloadWrite{};
  const auto reg = fields.be32(NFTA_PAYLOAD_DREG);
  const auto base = fields.be32(NFTA_PAYLOAD_BASE);
  const auto offset = fields.be32(NFTA_PAYLOAD_OFFSET);
  const auto length = fields.be32(NFTA_PAYLOAD_LEN);
  if (!reg || !base || !offset || !length) return UnreadableExpression{name};
  return PayloadLoad{.reg = *reg, .base = *base, .offset = *offset, .length = *length};
}

Expression read_meta(std::string_view name, const Fields& fields) {
  const auto key = fields.be32(NFTA_META_KEY);
  const auto from = fields.be32(NFTA_META_SREG);
  const auto to = fields.be32(NFTA_META_DREG);
  if (!key) return UnreadableExpression{name};
  if (from) return MetaSet{.reg = *from, .key = *key};
  if (to) return MetaLoad{.reg = *to, .key = *key};
  return UnreadableExpression{name};
}

Expression read_compare(std::string_view name, const Fields& fields) {
  const auto reg = fields.be32(NFTA_CMP_SREG);
  const auto op = fields.be32(NFTA_CMP_OP);
  const Bytes data = fields.data(NFTA_CMP_DATA);
  if (!reg || !op || data.empty()) return UnreadableExpression{name};
  return Compare{.reg = *reg, .op = *op, .data = data};
}

Expression read_bitwise(std::string_view name, const Fields& fields) {
  if (fields.be32(NFTA_BITWISE_OP).value_or(NFT_BITWISE_BOOL) != NFT_BITWISE_BOOL) return UnreadableExpression{name};
  const auto from = fields.be32(NFTA_BITWISE_SREG);
  const auto to = fields.be32(NFTA_BITWISE_DREG);
  const Bytes mask = fields.data(NFTA_BITWISE_MASK);
  const Bytes flip = fields.data(NFTA_BITWISE_XOR);
  if (!from || !to || mask.empty() || flip.size() != mask.size()) return UnreadableExpression{name};
  return Bitwise{.from = *from, .to = *to, .mask = mask, .flip = flip};
}

Expression read_range(std::string_view name, const Fields& fields) {
  const auto reg = fields.be32(NFTA_RANGE_SREG);
  const auto op = fields.be32(NFTA_RANGE_OP);
  const Bytes low = fields.data(NFTA_RANGE_FROM_DATA);
  const Bytes high = fields.data(NFTA_RANGE_TO_DATA);
  if (!reg || !op || low.empty() || low.size() != high.size()) return UnreadableExpression{name};
  return InRange{.reg = *reg, .op = *op, .low = low, .high = high};
}

Expression read_verdict(std::string_view name, Bytes data) {
  for (const Attribute& inner : AttributeRange(data)) {
    if (inner.type != NFTA_DATA_VERDICT) continue;
    std::optional<uint32_t> code;
    std::string_view chain;
    for (const Attribute& part : AttributeRange(inner.value)) {
      if (part.type == NFTA_VERDICT_CODE) code = part.be32();
      if (part.type == NFTA_VERDICT_CHAIN) chain = part.text();
    }
    if (code) return Verdict{.code = static_cast<int32_t>(*code), .chain = chain};
  }
  return UnreadableExpression{name};
}

Expression read_immediate(std::string_view name, const Fields& fields) {
  const auto reg = fields.be32(NFTA_IMMEDIATE_DREG);
  if (!reg) return UnreadableExpression{name};
  if (*reg == NFT_REG_VERDICT) return read_verdict(name, fields[NFTA_IMMEDIATE_DATA].value);
  const Bytes data = fields.data(NFTA_IMMEDIATE_DATA);
  if (data.empty()) return UnreadableExpression{name};
  return Immediate{.reg = *reg, .data = data};
}

Expression read_counter(std::string_view, const Fields& fields) {
  return Counter{{.packets = fields[NFTA_COUNTER_PACKETS].be64().value_or(0),
                  .bytes = fields[NFTA_COUNTER_BYTES].be64().value_or(0)}};
}

Expression read_limit(std::string_view name, const Fields& fields) {
  if (fields.be32(NFTA_LIMIT_TYPE).value_or(NFT_LIMIT_PKTS) != NFT_LIMIT_PKTS ||
      fields.be32(NFTA_LIMIT_FLAGS).value_or(0) != 0) {
    return OtherExpression{name};
  }
  const auto rate = fields[NFTA_LIMIT_RATE].be64();
  const auto unit = fields[NFTA_LIMIT_UNIT].be64();
  if (!rate || !unit) return UnreadableExpression{name};
  return Limit{.rate = *rate, .unit = *unit, .burst = fields.be32(NFTA_LIMIT_BURST).value_or(0)};
}

Expression read_log(std::string_view name, const Fields& fields) {
  const auto group = fields[NFTA_LOG_GROUP].be16();
  if (!group) return OtherExpression{name};
  return Log{.group = *group,
             .prefix = fields[NFTA_LOG_PREFIX].text(),
             .snaplen = fields.be32(NFTA_LOG_SNAPLEN),
             .qthreshold = fields[NFTA_LOG_QTHRESHOLD].be16().value_or(0)};
}

static_assert(+NFTA_MATCH_NAME == +NFTA_TARGET_NAME && +NFTA_MATCH_REV == +NFTA_TARGET_REV &&
              +NFTA_MATCH_INFO == +NFTA_TARGET_INFO);
template <typename Kind>
Expression read_compat(std::string_view name, const Fields& fields) {
  const std::string_view extension = fields[NFTA_MATCH_NAME].text();
  const auto revision = fields.be32(NFTA_MATCH_REV);
  if (extension.empty() || !revision || !fields.has(NFTA_MATCH_INFO)) return UnreadableExpression{name};
  return Kind{{.name = extension, .revision = *revision, .info = fields[NFTA_MATCH_INFO].value}};
}

Expression read_lookup(std::string_view, const Fields& fields) { return Lookup{fields[NFTA_LOOKUP_SET].text()}; }

struct Row {
  std::string_view name;
  Reader read;
};
// The commonest first.
constexpr std::array kReaders = {
    Row{"cmp", read_compare},
    Row{"payload", read_payload},
    Row{"meta", read_meta},
    Row{"counter", read_counter},
    Row{"match", read_compat<CompatMatch>},
    Row{"immediate", read_immediate},
    Row{"target", read_compat<CompatTarget>},
    Row{"bitwise", read_bitwise},
    Row{"range", read_range},
    Row{"limit", read_limit},
    Row{"log", read_log},
    Row{"lookup", read_lookup},
};

}  // namespace

Expression read_expression(Bytes element) {
  std::string_view name;
  Bytes data;
  for (const Attribute& attribute : AttributeRange(element)) {
    if (attribute.type == NFTA_EXPR_NAME) name = attribute.text();
    if (attribute.type == NFTA_EXPR_DATA) data = attribute.value;
  }
  for (const Row& row : kReaders) {
    if (row.name == name) return row.read(name, Fields(data));
  }
  return OtherExpression{name};
}

}  // namespace ferrule::nft
