#include "backend_nft/decode.hpp"

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/xt_comment.h>
#include <linux/netfilter/xt_limit.h>
#include <linux/netfilter/xt_mark.h>
#include <linux/netfilter/xt_pkttype.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <limits>
#include <optional>
#include <utility>

namespace ferrule::nft {
using netlink::Attribute;
using netlink::AttributeRange;
namespace {

std::optional<Equality> equality_of(uint32_t op) {
  if (op == NFT_CMP_EQ) return Equality::kEqual;
  if (op == NFT_CMP_NEQ) return Equality::kNotEqual;
  return std::nullopt;
}

// A number as it lies in a register, in host order.
template <typename T>
std::optional<T> host_number(Bytes bytes) {
  if (bytes.size() != sizeof(T)) return std::nullopt;
  T value;
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

uint32_t meta_size(uint32_t key) {
  switch (key) {
    case NFT_META_IIFNAME:
    case NFT_META_OIFNAME:
    case NFT_META_IIFKIND:
    case NFT_META_OIFKIND:
      return model::kInterfaceSize;
    case NFT_META_TIME_NS:
      return 8;
    default:
      return 4;
  }
}

// How iptables-nft says "no interface at all".
constexpr std::string_view kNoInterface{"INVAL/D", sizeof("INVAL/D")};

NoRule incompatible(std::string_view expression) {
  return {.reason = NoRule::Reason::incompatible,
          .text = "expression `" + std::string(expression) + "' is unknown to iptables"};
}

// The first reason is kept, and whatever iptables says: it names every expression that it refuses.
void add_reason(std::optional<NoRule>& wrong, NoRule reason) {
  if (!wrong) {
    wrong = std::move(reason);
  } else {
    std::ranges::move(reason.refusals, std::back_inserter(wrong->refusals));
  }
}

// Types of the comments and marks that nft and old iptables-nft keep beside a rule: {u8 type, u8 length, value}.
constexpr uint8_t kUserdataComment = 0;

}  // namespace

tl::expected<Rule, NoRule> RuleReader::read(Bytes expressions, Bytes userdata) {
  registers_.clear();
  rule_.clear();
  transport_.clear();
  std::optional<NoRule> wrong;
  for (const Attribute& element : AttributeRange(expressions)) {
    const Expression expression = read_expression(element.value);
    // A match behind a target that lets packets go on would be a second rule, really.
    if (rule_.has_target() && !std::holds_alternative<Counter>(expression)) {
      add_reason(wrong, unreadable("goes on after its target").value());
    }
    auto taken = std::visit([&](const auto& each) { return take(each); }, expression);
    if (taken) continue;
    // iptables looks at the kinds of all expressions before it reads the first.
    if (taken.error().reason == NoRule::Reason::incompatible) return tl::unexpected(std::move(taken.error()));
    add_reason(wrong, std::move(taken.error()));
  }
  if (wrong) return tl::unexpected(*std::move(wrong));
  add_comment(userdata);
  if (!rule_.fits()) return unreadable("is too long");
  auto rule = rule_.finish();
  if (!rule) return unreadable("is too long");
  if (const auto overlooked = rule_.overlooked()) {
    return tl::unexpected(NoRule{.reason = NoRule::Reason::unreadable, .text = *overlooked, .shown = *std::move(rule)});
  }
  return *std::move(rule);
}

Reading RuleReader::take(const PayloadLoad& load) {
  registers_.load(load.reg,
                  {.kind = Loaded::Kind::payload, .source = load.base, .offset = load.offset, .length = load.length});
  return {};
}

Reading RuleReader::take(const PayloadWrite&) { return unreadable("changes the packet"); }

Reading RuleReader::take(const MetaLoad& load) {
  registers_.load(load.reg, {.kind = Loaded::Kind::meta, .source = load.key, .length = meta_size(load.key)});
  return {};
}

Reading RuleReader::take(const MetaSet& set) {
  const Loaded loaded = registers_.at(set.reg);
  if (set.key != NFT_META_NFTRACE || loaded.kind != Loaded::Kind::immediate) {
    return refused("meta sreg key not supported");
  }
  if (loaded.value.front() == std::byte{0}) return unreadable("trace is cleared");
  rule_.set_target("TRACE", 0, {});
  return {};
}

Reading RuleReader::take(const Bitwise& bitwise) {
  Loaded loaded = registers_.at(bitwise.from);
  const bool flips =
      std::any_of(bitwise.flip.begin(), bitwise.flip.end(), [](std::byte b) { return b != std::byte{0}; });
  const bool calculates = flips || !loaded.mask.empty() || loaded.kind == Loaded::Kind::immediate;
  loaded.mask = bitwise.mask;
  registers_.load(bitwise.to, loaded);
  if (calculates) return unreadable("calculates with what it compares");
  return {};
}

Reading RuleReader::take(const Compare& compare) {
  const Loaded loaded = registers_.at(compare.reg);
  switch (loaded.kind) {
    case Loaded::Kind::nothing:
      return refused("cmp sreg undef");
    case Loaded::Kind::immediate:
      return refused("cmp sreg has unknown type");
    case Loaded::Kind::meta:
      return compare_meta(loaded, compare);
    case Loaded::Kind::payload:
      break;
  }
  if (loaded.source == NFT_PAYLOAD_NETWORK_HEADER) return compare_network_header(rule_, loaded, compare);
  if (loaded.source == NFT_PAYLOAD_TRANSPORT_HEADER) return transport_.compare(rule_, loaded, compare);
  return unreadable("compares a header that iptables does not know");
}

Reading RuleReader::take(const InRange& range) {
  const Loaded loaded = registers_.at(range.reg);
  if (loaded.kind == Loaded::Kind::nothing) return refused("range sreg undef");
  if (loaded.kind != Loaded::Kind::payload) return refused("range sreg type unsupported");
  if (loaded.source != NFT_PAYLOAD_TRANSPORT_HEADER) return refused("range with unknown payload base");
  return transport_.range(rule_, loaded, range);
}

Reading RuleReader::take(const Immediate& immediate) {
  registers_.load(immediate.reg, {.kind = Loaded::Kind::immediate,
                                  .length = static_cast<uint32_t>(immediate.data.size()),
                                  .value = immediate.data});
  return {};
}

Reading RuleReader::take(const Verdict& verdict) {
  if (verdict.code == NFT_CONTINUE) return {};
  switch (verdict.code) {
    case NF_ACCEPT:
      rule_.set_verdict(TargetKind::accept);
      return {};
    case NF_DROP:
      rule_.set_verdict(TargetKind::drop);
      return {};
    case NFT_RETURN:
      rule_.set_verdict(TargetKind::return_);
      return {};
    case NFT_JUMP:
    case NFT_GOTO:
      break;
    default:
      return unreadable("has a verdict that iptables does not know");
  }
  if (verdict.chain.empty() || !ChainName::fits(verdict.chain)) {
    return unreadable("jumps to a chain whose name is too long");
  }
  if (verdict.code == NFT_GOTO) {
    rule_.set_goto(verdict.chain);
  } else {
    rule_.set_jump(verdict.chain);
  }
  return {};
}

Reading RuleReader::take(const Counter& counter) {
  rule_.set_counters(counter.counters);
  return {};
}

Reading RuleReader::take(const Limit& limit) {
  constexpr uint64_t kMaxUnit = std::numeric_limits<uint64_t>::max() / XT_LIMIT_SCALE;
  if (limit.rate == 0 || limit.unit > kMaxUnit) return unreadable("has a limit without a rate");
  const uint64_t average = XT_LIMIT_SCALE * limit.unit / limit.rate;
  if (average == 0 || average > std::numeric_limits<uint32_t>::max()) return unreadable("has a limit out of range");
  const size_t match = rule_.add_match("limit", 0, sizeof(xt_rateinfo));
  rule_.put(match, offsetof(xt_rateinfo, avg), static_cast<uint32_t>(average));
  rule_.put(match, offsetof(xt_rateinfo, burst), limit.burst);
  return {};
}

Reading RuleReader::take(const Log& log) {
  rule_.set_log(log);
  return {};
}

Reading RuleReader::take(const CompatMatch& match) {
  if (match.name.size() > model::kMaxPartName || match.revision > std::numeric_limits<uint8_t>::max()) {
    return unreadable("match extension not found");
  }
  rule_.add_match(match.name, static_cast<uint8_t>(match.revision), match.info);
  return {};
}

Reading RuleReader::take(const CompatTarget& target) {
  if (target.name.size() > model::kMaxPartName || target.revision > std::numeric_limits<uint8_t>::max()) {
    return unreadable("target extension not found");
  }
  rule_.set_target(target.name, static_cast<uint8_t>(target.revision), target.info);
  return {};
}

Reading RuleReader::take(const Lookup& lookup) {
  rule_.overlook("looks up the set `" + std::string(lookup.set) + "'");
  return {};
}

Reading RuleReader::take(const OtherExpression& other) { return tl::unexpected(incompatible(other.name)); }

Reading RuleReader::take(const UnreadableExpression& expression) {
  return unreadable("has an unknown form of the expression `" + std::string(expression.name) + "'");
}

Reading RuleReader::compare_meta(const Loaded& loaded, const Compare& compare) {
  const auto equality = equality_of(compare.op);
  const bool plain = equality && (loaded.mask.empty() || loaded.source == NFT_META_MARK);
  switch (loaded.source) {
    case NFT_META_L4PROTO:
    case NFT_META_IIFNAME:
    case NFT_META_OIFNAME:
    case NFT_META_IIF:
    case NFT_META_OIF:
    case NFT_META_MARK:
    case NFT_META_PKTTYPE:
      break;
    default:
      return refused(rule_.family() == Family::ipv4 ? "unknown ipv4 meta key" : "unknown ipv6 meta key");
  }
  if (!plain) return unreadable("compares packet metadata for more than equality");
  const Bytes data = compare.data;
  switch (loaded.source) {
    case NFT_META_L4PROTO:
      if (data.size() != 1) return unreadable("compares more than was loaded");
      return rule_.set_protocol(std::to_integer<uint8_t>(data[0]), *equality);
    case NFT_META_IIFNAME:
      return compare_interface(model::kInvertIn, *equality, data);
    case NFT_META_OIFNAME:
      return compare_interface(model::kInvertOut, *equality, data);
    case NFT_META_IIF:
      return compare_interface_index(model::kInvertIn, *equality, data);
    case NFT_META_OIF:
      return compare_interface_index(model::kInvertOut, *equality, data);
    case NFT_META_MARK:
      return compare_mark(loaded, *equality, data);
    default: {
      if (data.size() != 1) return unreadable("compares more than was loaded");
      const size_t match = rule_.add_match("pkttype", 0, sizeof(xt_pkttype_info));
      rule_.put(match, offsetof(xt_pkttype_info, pkttype), std::to_integer<int>(data[0]));
      rule_.put(match, offsetof(xt_pkttype_info, invert), *equality == Equality::kNotEqual ? 1 : 0);
      return {};
    }
  }
}

Reading RuleReader::compare_interface(model::Invert which, Equality equality, Bytes name) {
  const char* chars = reinterpret_cast<const char*>(name.data());
  if (equality == Equality::kEqual && std::string_view(chars, name.size()) == kNoInterface) {
    return rule_.set_interface(which, model::Interface::from_text("+"), Equality::kNotEqual);
  }
  const size_t length = strnlen(chars, name.size());
  if (length == 0 || length == model::kInterfaceSize || name.size() > model::kInterfaceSize) {
    return unreadable("compares an interface name that cannot be one");
  }
  if (!std::all_of(name.begin() + static_cast<std::ptrdiff_t>(length), name.end(),
                   [](std::byte byte) { return byte == std::byte{0}; })) {
    return unreadable("compares an interface name that cannot be one");
  }
  model::Interface interface;
  std::memcpy(interface.name.data(), chars, length);
  const bool prefix = length == name.size();
  std::fill_n(interface.mask.begin(), prefix ? length : length + 1, uint8_t{0xff});
  if (prefix && length + 1 < model::kInterfaceSize) interface.name[length] = '+';
  return rule_.set_interface(which, interface, equality);
}

Reading RuleReader::compare_interface_index(model::Invert which, Equality equality, Bytes index) {
  const auto number = host_number<uint32_t>(index);
  if (!number) return unreadable("compares more than was loaded");
  const std::string name = interface_name_(*number);
  if (name.empty() || name.size() >= model::kInterfaceSize) {
    return unreadable("compares the index of an interface that is gone");
  }
  model::Interface interface;
  std::memcpy(interface.name.data(), name.data(), name.size());
  std::fill_n(interface.mask.begin(), name.size() + 1, uint8_t{0xff});
  return rule_.set_interface(which, interface, equality);
}

Reading RuleReader::compare_mark(const Loaded& loaded, Equality equality, Bytes mark) {
  const auto value = host_number<uint32_t>(mark);
  const auto mask = loaded.mask.empty() ? std::optional(0xffffffff) : host_number<uint32_t>(loaded.mask);
  if (!value || !mask) return unreadable("compares more than was loaded");
  const size_t match = rule_.add_match("mark", 1, sizeof(xt_mark_mtinfo1));
  rule_.put(match, offsetof(xt_mark_mtinfo1, mark), *value);
  rule_.put(match, offsetof(xt_mark_mtinfo1, mask), *mask);
  rule_.put(match, offsetof(xt_mark_mtinfo1, invert), static_cast<uint8_t>(equality == Equality::kNotEqual ? 1 : 0));
  return {};
}

void RuleReader::add_comment(Bytes userdata) {
  while (userdata.size() > 2) {
    const auto type = std::to_integer<uint8_t>(userdata[0]);
    const auto length = std::to_integer<size_t>(userdata[1]);
    if (length > userdata.size() - 2) return;
    if (type == kUserdataComment) {
      xt_comment_info info{};
      std::memcpy(info.comment, userdata.data() + 2, std::min(length, sizeof info.comment - 1));
      rule_.add_match("comment", 0, std::as_bytes(std::span(&info, 1)));
      return;
    }
    userdata = userdata.subspan(2 + length);
  }
}

}  // namespace ferrule::nft
