#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "nft_objects.hpp"

namespace ferrule::cli {
namespace {

struct Order {
  std::string_view expression;
  std::array<uint16_t, 8> types;  // up to the first 0
  uint32_t data = 0;              // bits: those of them that hold NFTA_DATA_ attributes
};

constexpr uint32_t bit(uint16_t type) { return uint32_t{1} << type; }

constexpr std::array<Order, 12> kOrders = {
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
     {"log",
      {NFTA_LOG_PREFIX, NFTA_LOG_GROUP, NFTA_LOG_SNAPLEN, NFTA_LOG_QTHRESHOLD, NFTA_LOG_LEVEL, NFTA_LOG_FLAGS}},
     {"lookup", {NFTA_LOOKUP_SREG, NFTA_LOOKUP_DREG, NFTA_LOOKUP_SET, NFTA_LOOKUP_SET_ID, NFTA_LOOKUP_FLAGS}},
     {"match", {NFTA_MATCH_NAME, NFTA_MATCH_REV, NFTA_MATCH_INFO}},
     {"target", {NFTA_TARGET_NAME, NFTA_TARGET_REV, NFTA_TARGET_INFO}}}};

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

void put_in_order(NftWriter& writer, const NftAttributes& parts, const Order& order) {
  for (const uint16_t type : order.types) {
    if (type == 0) break;
    if (!parts.has(type)) continue;
    if ((order.data & bit(type)) != 0) {
      put_data(writer, type, parts.bytes(type));
    } else {
      writer.put(type, parts.bytes(type));
    }
  }
}

}  // namespace

std::vector<std::byte> nft_expressions_in_order(NftBytes expressions) {
  NftWriter writer;
  for (const NftAttribute& element : NftAttributes(expressions)) {
    const NftAttributes expression(element.value);
    const std::string_view name = expression.text(NFTA_EXPR_NAME);
    writer.nest(NFTA_LIST_ELEM, [&] {
      writer.put_text(NFTA_EXPR_NAME, name);
      if (!expression.has(NFTA_EXPR_DATA)) return;
      writer.nest(NFTA_EXPR_DATA, [&] {
        const NftAttributes parts = expression.nest(NFTA_EXPR_DATA);
        const auto* order = std::ranges::find(kOrders, name, &Order::expression);
        if (order != kOrders.end()) return put_in_order(writer, parts, *order);
        for (const NftAttribute& part : parts) writer.put(part.type, part.value);
      });
    });
  }
  return std::move(writer.bytes());
}

}  // namespace ferrule::cli
