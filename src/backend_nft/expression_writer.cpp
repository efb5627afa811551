#include "backend_nft/expression_writer.hpp"

#include <endian.h>
#include <linux/netfilter/nf_tables_compat.h>

#include <array>
#include <cstring>

namespace ferrule::nft {

// An NFTA_LIST_ELEM whose NFTA_EXPR_DATA is open as long as the object lives.
class OpenExpression {
 public:
  OpenExpression(nlmsghdr* message, const char* name)
      : message_(message), element_(mnl_attr_nest_start(message, NFTA_LIST_ELEM)) {
    mnl_attr_put_strz(message_, NFTA_EXPR_NAME, name);
    data_ = mnl_attr_nest_start(message_, NFTA_EXPR_DATA);
  }
  OpenExpression(const OpenExpression&) = delete;
  OpenExpression& operator=(const OpenExpression&) = delete;
  ~OpenExpression() {
    mnl_attr_nest_end(message_, data_);
    mnl_attr_nest_end(message_, element_);
  }
  void be32(uint16_t type, uint32_t value) { mnl_attr_put_u32(message_, type, htobe32(value)); }

 private:
  nlmsghdr* message_;
  nlattr* element_;
  nlattr* data_;
};

void ExpressionWriter::data_value(uint16_t type, Bytes value) {
  nlattr* nest = mnl_attr_nest_start(message_, type);
  mnl_attr_put(message_, NFTA_DATA_VALUE, value.size(), value.data());
  mnl_attr_nest_end(message_, nest);
}

// A string attribute has its NUL with it, which a view need not have.
void ExpressionWriter::text(uint16_t type, std::string_view value) {
  auto* attribute = static_cast<nlattr*>(mnl_nlmsg_get_payload_tail(message_));
  attribute->nla_type = type;
  attribute->nla_len = static_cast<uint16_t>(MNL_ATTR_HDRLEN + value.size() + 1);
  const size_t padded = MNL_ALIGN(attribute->nla_len);
  auto* chars = static_cast<char*>(mnl_attr_get_payload(attribute));
  std::memcpy(chars, value.data(), value.size());
  std::memset(chars + value.size(), 0, padded - MNL_ATTR_HDRLEN - value.size());
  message_->nlmsg_len += static_cast<uint32_t>(padded);
}

void ExpressionWriter::payload(nft_payload_bases base, uint32_t offset, size_t length) {
  OpenExpression expression(message_, "payload");
  expression.be32(NFTA_PAYLOAD_DREG, NFT_REG_1);
  expression.be32(NFTA_PAYLOAD_BASE, base);
  expression.be32(NFTA_PAYLOAD_OFFSET, offset);
  expression.be32(NFTA_PAYLOAD_LEN, static_cast<uint32_t>(length));
}

void ExpressionWriter::meta(nft_meta_keys key) {
  OpenExpression expression(message_, "meta");
  expression.be32(NFTA_META_KEY, key);
  expression.be32(NFTA_META_DREG, NFT_REG_1);
}

void ExpressionWriter::bitwise(Bytes mask) {
  static constexpr std::array<std::byte, 16> kZero{};
  OpenExpression expression(message_, "bitwise");
  expression.be32(NFTA_BITWISE_SREG, NFT_REG_1);
  expression.be32(NFTA_BITWISE_DREG, NFT_REG_1);
  expression.be32(NFTA_BITWISE_LEN, static_cast<uint32_t>(mask.size()));
  data_value(NFTA_BITWISE_MASK, mask);
  data_value(NFTA_BITWISE_XOR, Bytes(kZero).first(mask.size()));
}

void ExpressionWriter::compare(nft_cmp_ops op, Bytes data) {
  OpenExpression expression(message_, "cmp");
  expression.be32(NFTA_CMP_SREG, NFT_REG_1);
  expression.be32(NFTA_CMP_OP, op);
  data_value(NFTA_CMP_DATA, data);
}

void ExpressionWriter::range(Equality equality, Bytes low, Bytes high) {
  OpenExpression expression(message_, "range");
  expression.be32(NFTA_RANGE_SREG, NFT_REG_1);
  expression.be32(NFTA_RANGE_OP, equality == Equality::kEqual ? NFT_RANGE_EQ : NFT_RANGE_NEQ);
  data_value(NFTA_RANGE_FROM_DATA, low);
  data_value(NFTA_RANGE_TO_DATA, high);
}

void ExpressionWriter::counter(Counters counters) {
  const OpenExpression expression(message_, "counter");
  mnl_attr_put_u64(message_, NFTA_COUNTER_BYTES, htobe64(counters.bytes));
  mnl_attr_put_u64(message_, NFTA_COUNTER_PACKETS, htobe64(counters.packets));
}

void ExpressionWriter::limit(const Limit& limit) {
  OpenExpression expression(message_, "limit");
  mnl_attr_put_u64(message_, NFTA_LIMIT_RATE, htobe64(limit.rate));
  mnl_attr_put_u64(message_, NFTA_LIMIT_UNIT, htobe64(limit.unit));
  expression.be32(NFTA_LIMIT_BURST, limit.burst);
  expression.be32(NFTA_LIMIT_TYPE, NFT_LIMIT_PKTS);
  expression.be32(NFTA_LIMIT_FLAGS, 0);
}

void ExpressionWriter::verdict(int32_t code, std::string_view chain) {
  OpenExpression expression(message_, "immediate");
  expression.be32(NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT);
  nlattr* data = mnl_attr_nest_start(message_, NFTA_IMMEDIATE_DATA);
  nlattr* verdict = mnl_attr_nest_start(message_, NFTA_DATA_VERDICT);
  expression.be32(NFTA_VERDICT_CODE, static_cast<uint32_t>(code));
  if (!chain.empty()) text(NFTA_VERDICT_CHAIN, chain);
  mnl_attr_nest_end(message_, verdict);
  mnl_attr_nest_end(message_, data);
}

void ExpressionWriter::trace() {
  static constexpr std::array kOn = {std::byte{1}};
  {
    OpenExpression expression(message_, "immediate");
    expression.be32(NFTA_IMMEDIATE_DREG, NFT_REG32_01);
    data_value(NFTA_IMMEDIATE_DATA, kOn);
  }
  OpenExpression expression(message_, "meta");
  expression.be32(NFTA_META_KEY, NFT_META_NFTRACE);
  expression.be32(NFTA_META_SREG, NFT_REG32_01);
}

void ExpressionWriter::log(const Log& log) {
  OpenExpression expression(message_, "log");
  if (!log.prefix.empty()) text(NFTA_LOG_PREFIX, log.prefix);
  mnl_attr_put_u16(message_, NFTA_LOG_GROUP, htobe16(log.group));
  if (log.snaplen) expression.be32(NFTA_LOG_SNAPLEN, *log.snaplen);
  if (log.qthreshold != 0) mnl_attr_put_u16(message_, NFTA_LOG_QTHRESHOLD, htobe16(log.qthreshold));
}

void ExpressionWriter::compat(const char* name, const model::Part& part) {
  OpenExpression expression(message_, name);
  text(NFTA_MATCH_NAME, part.name);
  expression.be32(NFTA_MATCH_REV, part.revision);
  mnl_attr_put(message_, NFTA_MATCH_INFO, part.payload.size(), part.payload.data());
}

void ExpressionWriter::match(const model::Part& part) { compat("match", part); }
void ExpressionWriter::target(const model::Part& part) { compat("target", part); }

}  // namespace ferrule::nft
