#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter_ipv4/ipt_ttl.h>
#include <linux/netfilter_ipv6/ip6t_hl.h>

#include <algorithm>
#include <span>
#include <string>

#include "backend_nft/header_fields.hpp"

namespace ferrule::nft {
namespace {

enum class Field : uint8_t { fragment, hop_limit, protocol, source, destination };

struct Place {
  Field field;
  uint32_t offset;
  uint32_t size;
};
constexpr std::array kIpv4Fields = {
    Place{Field::fragment, 6, 2}, Place{Field::hop_limit, 8, 1},    Place{Field::protocol, 9, 1},
    Place{Field::source, 12, 4},  Place{Field::destination, 16, 4},
};
constexpr std::array kIpv6Fields = {
    Place{Field::protocol, 6, 1},
    Place{Field::hop_limit, 7, 1},
    Place{Field::source, 8, 16},
    Place{Field::destination, 24, 16},
};

std::span<const Place> fields_of(Family family) {
  if (family == Family::ipv4) return kIpv4Fields;
  return kIpv6Fields;
}

// What one comparison says about one field.
struct FieldTest {
  Field field;
  uint32_t op;
  uint32_t size;
  model::Address value{};
  model::Address mask{};

  bool whole() const {
    return std::all_of(mask.begin(), mask.begin() + size, [](uint8_t byte) { return byte == 0xff; });
  }
  std::optional<Equality> equality() const {
    if (op == NFT_CMP_EQ) return Equality::kEqual;
    if (op == NFT_CMP_NEQ) return Equality::kNotEqual;
    return std::nullopt;
  }
};

// The modes are the same numbers for both: IPT_TTL_EQ … and IP6T_HL_EQ …
static_assert(+IPT_TTL_EQ == +IP6T_HL_EQ && +IPT_TTL_NE == +IP6T_HL_NE && +IPT_TTL_LT == +IP6T_HL_LT &&
              +IPT_TTL_GT == +IP6T_HL_GT && sizeof(ipt_ttl_info) == sizeof(ip6t_hl_info));

Reading test_hop_limit(RuleAssembly& rule, const FieldTest& test) {
  uint8_t value = test.value[0];
  uint8_t mode = IPT_TTL_EQ;
  switch (test.op) {
    case NFT_CMP_EQ:
      break;
    case NFT_CMP_NEQ:
      mode = IPT_TTL_NE;
      break;
    case NFT_CMP_LT:
      mode = IPT_TTL_LT;
      break;
    case NFT_CMP_GT:
      mode = IPT_TTL_GT;
      break;
    case NFT_CMP_LTE:
      if (value == 0xff) return refused("invalid ttl field match");
      mode = IPT_TTL_LT;
      ++value;
      break;
    case NFT_CMP_GTE:
      if (value == 0) return refused("invalid ttl field match");
      mode = IPT_TTL_GT;
      --value;
      break;
    default:
      return refused("invalid ttl field match");
  }
  const std::string_view name = rule.family() == Family::ipv4 ? "ttl" : "hl";
  const size_t match = rule.add_match(name, 0, sizeof(ipt_ttl_info));
  rule.put(match, offsetof(ipt_ttl_info, mode), mode);
  rule.put(match, offsetof(ipt_ttl_info, ttl), value);
  return {};
}

Reading test_fragment(RuleAssembly& rule, const FieldTest& test, Equality equality) {
  const bool offset_only = test.mask[0] == 0x1f && test.mask[1] == 0xff;
  if (!offset_only || test.value[0] != 0 || test.value[1] != 0) {
    return unreadable("compares the fragment offset to something else than 0");
  }
  return rule.set_fragment(equality == Equality::kEqual ? Equality::kNotEqual : Equality::kEqual);
}

Reading test_field(RuleAssembly& rule, const FieldTest& test) {
  if (test.field == Field::hop_limit) {
    if (!test.whole()) return refused("invalid ttl field match");
    return test_hop_limit(rule, test);
  }
  const auto equality = test.equality();
  if (!equality) return unreadable("compares a field of the network header for less or greater");
  switch (test.field) {
    case Field::fragment:
      return test_fragment(rule, test, *equality);
    case Field::protocol:
      if (!test.whole()) return unreadable("compares a part of the protocol number");
      return rule.set_protocol(test.value[0], *equality);
    case Field::source:
      return rule.set_address(model::kInvertSource, test.value, test.mask, *equality);
    default:
      return rule.set_address(model::kInvertDestination, test.value, test.mask, *equality);
  }
}

}  // namespace

Reading compare_network_header(RuleAssembly& rule, const Loaded& loaded, const Compare& compare) {
  const size_t size = compare.data.size();
  if (size > loaded.length || (!loaded.mask.empty() && loaded.mask.size() < size)) {
    return unreadable("compares more than was loaded");
  }
  const auto value_at = [&](size_t i) { return std::to_integer<uint8_t>(compare.data[i]); };
  const auto mask_at = [&](size_t i) {
    return loaded.mask.empty() ? uint8_t{0xff} : std::to_integer<uint8_t>(loaded.mask[i]);
  };
  size_t used = 0;
  unsigned tests = 0;
  for (const Place& place : fields_of(rule.family())) {
    const uint64_t begin = std::max<uint64_t>(place.offset, loaded.offset);
    const uint64_t end = std::min<uint64_t>(place.offset + place.size, uint64_t{loaded.offset} + size);
    if (begin >= end) continue;
    FieldTest test{.field = place.field, .op = compare.op, .size = place.size};
    for (uint64_t at = begin; at < end; ++at) {
      const auto i = static_cast<size_t>(at - loaded.offset);
      test.value[at - place.offset] = value_at(i);
      test.mask[at - place.offset] = mask_at(i);
      if ((value_at(i) & ~mask_at(i)) != 0) return unreadable("compares masked bytes to others");
    }
    used += end - begin;
    if (++tests > 1 && compare.op != NFT_CMP_EQ) return unreadable("compares several fields together");
    if (auto done = test_field(rule, test); !done) return done;
  }
  if (used != size) return refused("unknown payload offset");
  return {};
}

}  // namespace ferrule::nft
