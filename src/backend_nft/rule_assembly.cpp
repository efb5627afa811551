#include "backend_nft/rule_assembly.hpp"

#include <linux/netfilter/xt_NFLOG.h>

#include <algorithm>
#include <limits>
#include <utility>

namespace ferrule::nft {

void RuleAssembly::clear() {
  selectors_ = {};
  counters_ = {};
  given_ = 0;
  overlooked_.reset();
  matches_.clear();
  kind_ = TargetKind::none;
  target_ = {};
  long_prefix_ = {};
  payloads_.clear();
}

Reading RuleAssembly::note(model::Invert which, Equality equality, const char* what) {
  if ((given_ & which) != 0) return unreadable(std::string("compares the ") + what + " twice");
  given_ |= which;
  if (equality == Equality::kNotEqual) selectors_.invert |= which;
  return {};
}

Reading RuleAssembly::set_interface(model::Invert which, const model::Interface& interface, Equality equality) {
  if (auto noted = note(which, equality, "interface"); !noted) return noted;
  (which == model::kInvertIn ? selectors_.in : selectors_.out) = interface;
  return {};
}

Reading RuleAssembly::set_protocol(uint8_t number, Equality equality) {
  const bool inverted = equality == Equality::kNotEqual;
  if ((given_ & model::kInvertProtocol) != 0 && selectors_.protocol == number &&
      ((selectors_.invert & model::kInvertProtocol) != 0) == inverted) {
    return {};
  }
  if (number == 0) return unreadable("compares the protocol to 0, which means any in iptables");
  if (auto noted = note(model::kInvertProtocol, equality, "protocol"); !noted) return noted;
  selectors_.protocol = number;
  selectors_.protocol_given = family_ == Family::ipv6;
  return {};
}

Reading RuleAssembly::set_address(model::Invert which, const model::Address& address, const model::Address& mask,
                                  Equality equality) {
  const bool source = which == model::kInvertSource;
  if (auto noted = note(which, equality, source ? "source" : "destination"); !noted) return noted;
  (source ? selectors_.source : selectors_.destination) = address;
  (source ? selectors_.source_mask : selectors_.destination_mask) = mask;
  return {};
}

Reading RuleAssembly::set_fragment(Equality equality) {
  if (auto noted = note(model::kInvertFragment, equality, "fragment offset"); !noted) return noted;
  selectors_.fragment = true;
  return {};
}

void RuleAssembly::overlook(std::string text) {
  if (!overlooked_) overlooked_ = std::move(text);
}

RuleAssembly::Part RuleAssembly::store(std::string_view name, uint8_t revision, Bytes payload) {
  const Part part{.name = name, .revision = revision, .offset = payloads_.size(), .size = payload.size()};
  payloads_.insert(payloads_.end(), payload.begin(), payload.end());
  return part;
}

size_t RuleAssembly::add_match(std::string_view name, uint8_t revision, Bytes payload) {
  matches_.push_back(store(name, revision, payload));
  return matches_.size() - 1;
}

size_t RuleAssembly::add_match(std::string_view name, uint8_t revision, size_t size) {
  matches_.push_back({.name = name, .revision = revision, .offset = payloads_.size(), .size = model::align(size)});
  payloads_.resize(payloads_.size() + model::align(size));
  return matches_.size() - 1;
}

void RuleAssembly::set_jump(std::string_view chain) {
  kind_ = TargetKind::chain;
  target_.name = chain;
}

void RuleAssembly::set_goto(std::string_view chain) {
  set_jump(chain);
  selectors_.is_goto = true;
}

void RuleAssembly::set_target(std::string_view name, uint8_t revision, Bytes payload) {
  kind_ = TargetKind::extension;
  target_ = store(name, revision, payload);
}

void RuleAssembly::set_log(const Log& log) {
  xt_nflog_info info{};
  info.group = log.group;
  info.threshold = log.qthreshold;
  if (log.snaplen) {
    info.len = *log.snaplen;
    info.flags = XT_NFLOG_F_COPY_LEN;
  }
  const size_t fits = std::min(log.prefix.size(), sizeof info.prefix - 1);
  std::copy_n(log.prefix.begin(), fits, info.prefix);
  if (fits != log.prefix.size()) long_prefix_ = log.prefix;
  set_target("NFLOG", 0, std::as_bytes(std::span(&info, 1)));
}

bool RuleAssembly::fits() const {
  const size_t parts = matches_.size() + 1;
  // Each part may be padded, and a verdict has a payload that is not in payloads_.
  const size_t longest =
      model::entry_header_size(family_) + parts * (model::kPartHeaderSize + 8) + payloads_.size() + 8;
  return longest <= std::numeric_limits<uint16_t>::max();
}

Result<Rule> RuleAssembly::finish() {
  builder_.clear();
  builder_.selectors = selectors_;
  builder_.counters = counters_;
  for (const Part& match : matches_) builder_.add_match(match.name, match.revision, payload_of(match));
  switch (kind_) {
    case TargetKind::chain:
      builder_.set_chain(target_.name);
      break;
    case TargetKind::extension:
      builder_.set_target(target_.name, target_.revision, payload_of(target_));
      if (!long_prefix_.empty()) {
        builder_.attach_to_target({.kind = Attachment::Kind::long_prefix,
                                   .offset = offsetof(xt_nflog_info, prefix),
                                   .text = std::string(long_prefix_)});
      }
      break;
    default:
      builder_.set_verdict(kind_);
  }
  return builder_.finish();
}

}  // namespace ferrule::nft
