// A rule's expressions as bytes, without a kernel.
#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "backend_nft/encode.hpp"

namespace ferrule::test {

// A message with NFTA_RULE_EXPRESSIONS and NFTA_RULE_COMPAT in it.
class EncodedRule {
 public:
  explicit EncodedRule(const Rule& rule) : buffer_(nft::message_room(rule) / 8 + 1) {
    auto* message = mnl_nlmsg_put_header(buffer_.data());
    result_ = nft::encode_rule(rule, message);
    end_ = message->nlmsg_len;
  }
  const Result<void>& result() const { return result_; }
  // The payload of one of the rule's attributes.
  nft::Bytes attribute(uint16_t type) const {
    const auto bytes = std::as_bytes(std::span(buffer_)).subspan(MNL_NLMSG_HDRLEN, end_ - MNL_NLMSG_HDRLEN);
    for (const netlink::Attribute& each : netlink::AttributeRange(bytes)) {
      if (each.type == type) return each.value;
    }
    ADD_FAILURE() << "no attribute " << type;
    return {};
  }
  nft::Bytes expressions() const { return attribute(NFTA_RULE_EXPRESSIONS); }
  uint32_t compat(uint16_t type) const {
    for (const netlink::Attribute& each : netlink::AttributeRange(attribute(NFTA_RULE_COMPAT))) {
      if (each.type == type) return each.be32().value_or(~0u);
    }
    return ~0u;
  }

 private:
  std::vector<uint64_t> buffer_;
  Result<void> result_;
  size_t end_ = 0;
};

}  // namespace ferrule::test
