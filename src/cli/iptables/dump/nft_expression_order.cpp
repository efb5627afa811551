#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "iptables/dump/nft_objects.hpp"

namespace ferrule::cli {
namespace {

struct Order {
  std::string_view expression;
  std::array<uint16_t, 9> types;  // up to the first 0
  // Bits: which of them hold NFTA_DATA_ attributes; an expression, or a list of some; a name without its NUL; or a
  // number that is left out where it is 0.
  uint32_t data = 0;
  uint32_t inner = 0;
  uint32_t bare_names = 0;
  uint32_t unless_zero = 0;
};

constexpr uint32_t bit(uint16_t type) { return uint32_t{1} << type; }

constexpr std::array<Order, 19> kOrders = {
    {{"payload",
      {NFTA_PAYLOAD_SREG, NFTA_PAYLOAD_DREG, NFTA_PAYLOAD_BASE, NFTA_PAYLOAD_OFFSET, NFTA_PAYLOAD_LEN,
       NFTA_PAYLOAD_CSUM_TYPE, NFTA_PAYLOAD_CSUM_OFFSET, NFTA_PAYLOAD_CSUM_FLAGS}},
     {"cmp", {NFTA_CMP_SREG, NFTA_CMP_OP, NFTA_CMP_DATA}, bit(NFTA_CMP_DATA)},
     {"range",
      {NFTA_RANGE_SREG, NFTA_RANGE_OP, NFTA_RANGE_FROM_DATA, NFTA_RANGE_TO_DATA},
      bit(NFTA_RANGE_FROM_DATA) | bit(NFTA_RANGE_TO_DATA)},
     {"bitwise",
      {NFTA_BITWISE_SREG, NFTA_BITWISE_DREG, NFTA_BITWISE_OP, NFTA_BITWISE_LEN, NFTA_BITWISE_MASK, NFTA_BITWISE_XOR,
       NFTA_BITWISE_DATA},
      bit(NFTA_BITWISE_MASK) | bit(NFTA_BITWISE_XOR) | bit(NFTA_BITWISE_DATA)},
     {"meta", {NFTA_META_KEY, NFTA_META_DREG, NFTA_META_SREG}},
     {"immediate", {NFTA_IMMEDIATE_DREG, NFTA_IMMEDIATE_DATA}, bit(NFTA_IMMEDIATE_DATA)},
     {"counter", {NFTA_COUNTER_BYTES, NFTA_COUNTER_PACKETS}},
     {"limit", {NFTA_LIMIT_RATE, NFTA_LIMIT_UNIT, NFTA_LIMIT_BURST, NFTA_LIMIT_TYPE, NFTA_LIMIT_FLAGS}},
     {"log", {NFTA_LOG_PREFIX, NFTA_LOG_GROUP, NFTA_LOG_SNAPLEN, NFTA_LOG_QTHRESHOLD, NFTA_LOG_LEVEL, NFTA_LOG_FLAGS}},
     {"lookup", {NFTA_LOOKUP_SREG, NFTA_LOOKUP_DREG, NFTA_LOOKUP_SET, NFTA_LOOKUP_SET_ID, NFTA_LOOKUP_FLAGS}},
     {"match", {NFTA_MATCH_NAME, NFTA_MATCH_REV, NFTA_MATCH_INFO}},
     {"target", {NFTA_TARGET_NAME, NFTA_TARGET_REV, NFTA_TARGET_INFO}},
     // What only nft writes; of the rest of that, the kernel's order is the same.
     {"ct", {NFTA_CT_KEY, NFTA_CT_DREG, NFTA_CT_DIRECTION, NFTA_CT_SREG}},
     {"exthdr",
      {NFTA_EXTHDR_DREG, NFTA_EXTHDR_SREG, NFTA_EXTHDR_TYPE, NFTA_EXTHDR_OFFSET, NFTA_EXTHDR_LEN, NFTA_EXTHDR_OP,
       NFTA_EXTHDR_FLAGS}},
     {"fib", {NFTA_FIB_FLAGS, NFTA_FIB_RESULT, NFTA_FIB_DREG}},
     {"osf", {NFTA_OSF_DREG, NFTA_OSF_TTL, NFTA_OSF_FLAGS}, 0, 0, 0, bit(NFTA_OSF_FLAGS)},
     {"xfrm", {NFTA_XFRM_KEY, NFTA_XFRM_DIR, NFTA_XFRM_SPNUM, NFTA_XFRM_DREG}},
     {"objref",
      {NFTA_OBJREF_IMM_TYPE, NFTA_OBJREF_IMM_NAME, NFTA_OBJREF_SET_SREG, NFTA_OBJREF_SET_NAME, NFTA_OBJREF_SET_ID},
      0,
      0,
      bit(NFTA_OBJREF_IMM_NAME) | bit(NFTA_OBJREF_SET_NAME)},
     {"dynset",
      {NFTA_DYNSET_SREG_KEY, NFTA_DYNSET_SREG_DATA, NFTA_DYNSET_OP, NFTA_DYNSET_TIMEOUT, NFTA_DYNSET_SET_NAME,
       NFTA_DYNSET_SET_ID, NFTA_DYNSET_EXPR, NFTA_DYNSET_EXPRESSIONS, NFTA_DYNSET_FLAGS},
      0,
      bit(NFTA_DYNSET_EXPR) | bit(NFTA_DYNSET_EXPRESSIONS)}}};

void put_data(NftWriter& writer, uint16_t type, NftBytes data) {
  writer.nest(type, [&] {
    for (const NftAttribute& part : NftAttributes(data)) {
      if (part.type != NFTA_DATA_VERDICT) {
        writer.put(part.type, part.value);
        continue;
      }
      writer.nest(part.type, [&] {
        for (const NftAttribute& each : NftAttributes(part.value)) writer.put(each.type, each.value);
      });
    }
  });
}

void put_inner(NftWriter& writer, uint16_t type, NftBytes value);

void put_in_order(NftWriter& writer, const NftAttributes& parts, const Order& order) {
  for (const uint16_t type : order.types) {
    if (type == 0) break;
    if (!parts.has(type)) continue;
    const NftBytes value = parts.bytes(type);
    if ((order.unless_zero & bit(type)) != 0 && parts.be32(type) == 0) continue;
    if ((order.data & bit(type)) != 0) {
      put_data(writer, type, value);
    } else if ((order.inner & bit(type)) != 0) {
      put_inner(writer, type, value);
    } else {
      writer.put(type, (order.bare_names & bit(type)) != 0 ? value.first(parts.text(type).size()) : value);
    }
  }
}

void put_expression(NftWriter& writer, uint16_t type, NftBytes expression) {
  const NftAttributes of(expression);
  const std::string_view name = of.text(NFTA_EXPR_NAME);
  writer.nest(type, [&] {
    writer.put_text(NFTA_EXPR_NAME, name);
    if (!of.has(NFTA_EXPR_DATA)) return;
    writer.nest(NFTA_EXPR_DATA, [&] {
      const NftAttributes parts = of.nest(NFTA_EXPR_DATA);
      const auto* order = std::ranges::find(kOrders, name, &Order::expression);
      if (order != kOrders.end()) return put_in_order(writer, parts, *order);
      for (const NftAttribute& part : parts) writer.put(part.type, part.value);
    });
  });
}

void put_expressions(NftWriter& writer, NftBytes expressions) {
  for (const NftAttribute& element : NftAttributes(expressions)) {
    put_expression(writer, NFTA_LIST_ELEM, element.value);
  }
}

void put_inner(NftWriter& writer, uint16_t type, NftBytes value) {
  if (type == NFTA_DYNSET_EXPR) return put_expression(writer, type, value);
  writer.nest(type, [&] { put_expressions(writer, value); });
}

}  // namespace

std::vector<std::byte> nft_expressions_in_order(NftBytes expressions) {
  NftWriter writer;
  put_expressions(writer, expressions);
  return std::move(writer.bytes());
}

}  // namespace ferrule::cli
