#include "backend_nft/encode.hpp"

#include <endian.h>
#include <linux/netfilter.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <span>

namespace ferrule::nft {
namespace {

using model::Invert;
using model::Selectors;

Equality equality(const Selectors& selectors, Invert bit) {
  return (selectors.invert & bit) != 0 ? Equality::kNotEqual : Equality::kEqual;
}

// How many leading bytes are 0xff, given that zeros follow; nullopt where they do not.
std::optional<size_t> whole_bytes(std::span<const uint8_t> mask) {
  const auto* end = std::find_if(mask.data(), mask.data() + mask.size(), [](uint8_t byte) { return byte != 0xff; });
  if (!std::all_of(end, mask.data() + mask.size(), [](uint8_t byte) { return byte == 0; })) return std::nullopt;
  return static_cast<size_t>(end - mask.data());
}

Result<void> encode_interface(const model::Interface& interface, nft_meta_keys key, Equality how,
                              ExpressionWriter& out) {
  // No interface has a name with a slash in it: this is how "not any interface" is said.
  static constexpr std::string_view kNever{"INVAL/D", sizeof("INVAL/D")};
  const auto masked = whole_bytes(interface.mask);
  if (!masked) return fail(Code::kUnsupported, "an interface mask with gaps cannot be said in nf_tables");
  if (*masked == 0) {
    if (how == Equality::kNotEqual) {
      out.meta(key);
      out.compare(Equality::kEqual, std::as_bytes(std::span(kNever)));
    } else if (interface.given()) {
      // `-i +`. Loads and compares nothing, as iptables-nft does.
      out.meta(key);
    }
    return {};
  }
  const size_t length = std::min(*masked, interface.text().size() + 1);
  out.meta(key);
  out.compare(how, std::as_bytes(std::span(interface.name)).first(length));
  return {};
}

void encode_address(const model::Address& address, const model::Address& mask, uint32_t offset, size_t size,
                    Equality how, ExpressionWriter& out) {
  model::Address masked{};
  for (size_t i = 0; i < size; ++i) masked[i] = address[i] & mask[i];
  const auto value = std::as_bytes(std::span(masked));
  const auto bytes = whole_bytes(std::span(mask).first(size));
  if (bytes == 0 && how == Equality::kEqual) return;
  if (bytes && *bytes != 0) {
    out.payload(NFT_PAYLOAD_NETWORK_HEADER, offset, *bytes);
    out.compare(how, value.first(*bytes));
    return;
  }
  // Also for `! -s 0/0`: nothing under an empty mask differs from nothing, so that rule never matches, as it says.
  out.payload(NFT_PAYLOAD_NETWORK_HEADER, offset, size);
  out.bitwise(std::as_bytes(std::span(mask)).first(size));
  out.compare(how, value.first(size));
}

void encode_protocol(const Selectors& selectors, ExpressionWriter& out) {
  if (selectors.protocol == 0) return;
  const std::array number = {static_cast<std::byte>(selectors.protocol)};
  out.meta(NFT_META_L4PROTO);
  out.compare(equality(selectors, model::kInvertProtocol), number);
}

void encode_fragment(const Selectors& selectors, ExpressionWriter& out) {
  if (!selectors.fragment) return;
  static constexpr std::array kOffsetMask = {std::byte{0x1f}, std::byte{0xff}};
  static constexpr std::array<std::byte, 2> kFirst{};
  out.payload(NFT_PAYLOAD_NETWORK_HEADER, 6, 2);
  out.bitwise(kOffsetMask);
  out.compare(equality(selectors, model::kInvertFragment) == Equality::kEqual ? NFT_CMP_NEQ : NFT_CMP_EQ, kFirst);
}

Result<void> encode_selectors(Family family, const Selectors& selectors, ExpressionWriter& out) {
  const Equality in = equality(selectors, model::kInvertIn);
  const Equality out_equality = equality(selectors, model::kInvertOut);
  if (auto done = encode_interface(selectors.in, NFT_META_IIFNAME, in, out); !done) return done;
  if (auto done = encode_interface(selectors.out, NFT_META_OIFNAME, out_equality, out); !done) return done;
  encode_protocol(selectors, out);
  const size_t size = model::address_size(family);
  const uint32_t source = family == Family::ipv4 ? 12 : 8;
  encode_address(selectors.source, selectors.source_mask, source, size, equality(selectors, model::kInvertSource), out);
  encode_address(selectors.destination, selectors.destination_mask, source + static_cast<uint32_t>(size), size,
                 equality(selectors, model::kInvertDestination), out);
  encode_fragment(selectors, out);
  return {};
}

void encode_target(const Rule& rule, const Selectors& selectors, ExpressionWriter& out) {
  switch (rule.target_kind()) {
    case TargetKind::none:
      return;
    case TargetKind::accept:
      return out.verdict(NF_ACCEPT);
    case TargetKind::drop:
      return out.verdict(NF_DROP);
    case TargetKind::return_:
      return out.verdict(NFT_RETURN);
    case TargetKind::chain:
      return out.verdict(selectors.is_goto ? NFT_GOTO : NFT_JUMP, rule.target_name());
    case TargetKind::queue:
    case TargetKind::extension:
      break;
  }
  const model::Part target = model::target(rule);
  if (!encode_native_target(rule, target, out)) out.target(target);
}

Result<void> encode_expressions(const Rule& rule, const Selectors& selectors, ExpressionWriter& out) {
  if (auto done = encode_selectors(rule.family(), selectors, out); !done) return done;
  for (const model::Part match : model::matches(rule)) {
    const auto native = encode_native_match(match, selectors, out);
    if (!native) return tl::unexpected(native.error());
    if (!*native) out.match(match);
  }
  out.counter(rule.counters());
  encode_target(rule, selectors, out);
  return {};
}

}  // namespace

size_t message_room(const Rule& rule) {
  // The selectors and a native tcp match stay below 2 KiB; a compat expression is at most three times its part.
  return 4096 + 10 * rule.entry().size();
}

Result<void> encode_rule(const Rule& rule, nlmsghdr* message) {
  const Selectors selectors = model::read_selectors(rule.family(), rule.entry());
  ExpressionWriter out(message);
  nlattr* expressions = mnl_attr_nest_start(message, NFTA_RULE_EXPRESSIONS);
  if (auto done = encode_expressions(rule, selectors, out); !done) return done;
  const auto* end = static_cast<const char*>(mnl_nlmsg_get_payload_tail(message));
  if (end - reinterpret_cast<const char*>(expressions) > std::numeric_limits<uint16_t>::max()) {
    return fail(Code::kUnsupported, "the rule is too long for one netlink attribute (64 KiB)");
  }
  mnl_attr_nest_end(message, expressions);

  nlattr* compat = mnl_attr_nest_start(message, NFTA_RULE_COMPAT);
  const bool inverted = equality(selectors, model::kInvertProtocol) == Equality::kNotEqual;
  mnl_attr_put_u32(message, NFTA_RULE_COMPAT_PROTO, htobe32(selectors.protocol));
  mnl_attr_put_u32(message, NFTA_RULE_COMPAT_FLAGS, htobe32(inverted ? NFT_RULE_COMPAT_F_INV : 0));
  mnl_attr_nest_end(message, compat);
  return {};
}

}  // namespace ferrule::nft
