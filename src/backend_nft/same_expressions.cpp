#include "backend_nft/same_expressions.hpp"

#include <algorithm>
#include <tuple>
#include <variant>

#include "backend_nft/expression.hpp"

namespace ferrule::nft {
using netlink::Attribute;
using netlink::AttributeRange;
namespace {

bool same_bytes(Bytes a, Bytes b) { return std::ranges::equal(a, b); }

bool same(const PayloadLoad& a, const PayloadLoad& b) {
  return std::tie(a.reg, a.base, a.offset, a.length) == std::tie(b.reg, b.base, b.offset, b.length);
}
bool same(const MetaLoad& a, const MetaLoad& b) { return a.reg == b.reg && a.key == b.key; }
bool same(const Compare& a, const Compare& b) { return a.reg == b.reg && a.op == b.op && same_bytes(a.data, b.data); }
bool same(const Bitwise& a, const Bitwise& b) {
  return a.from == b.from && a.to == b.to && same_bytes(a.mask, b.mask) && same_bytes(a.flip, b.flip);
}
bool same(const InRange& a, const InRange& b) {
  return a.reg == b.reg && a.op == b.op && same_bytes(a.low, b.low) && same_bytes(a.high, b.high);
}
bool same(const Immediate& a, const Immediate& b) { return a.reg == b.reg && same_bytes(a.data, b.data); }
bool same(const Verdict& a, const Verdict& b) { return a.code == b.code && a.chain == b.chain; }
bool same(const Counter&, const Counter&) { return true; }
bool same(const Log& a, const Log& b) {
  return std::tie(a.group, a.prefix, a.snaplen, a.qthreshold) == std::tie(b.group, b.prefix, b.snaplen, b.qthreshold);
}
bool same(const Compat& a, const Compat& b) {
  return a.name == b.name && a.revision == b.revision && same_bytes(a.info, b.info);
}
// A limit comes back rounded.
template <typename A, typename B>
bool same(const A&, const B&) {
  return false;
}

bool same_expression(const Expression& a, const Expression& b) {
  if (a.index() != b.index()) return false;
  if (const auto* match = std::get_if<CompatMatch>(&a)) {
    return same(static_cast<const Compat&>(*match), static_cast<const Compat&>(std::get<CompatMatch>(b)));
  }
  if (const auto* target = std::get_if<CompatTarget>(&a)) {
    return same(static_cast<const Compat&>(*target), static_cast<const Compat&>(std::get<CompatTarget>(b)));
  }
  return std::visit([](const auto& x, const auto& y) { return same(x, y); }, a, b);
}

}  // namespace

bool same_expressions(Bytes a, Bytes b) {
  const AttributeRange of_a(a);
  const AttributeRange of_b(b);
  auto at_b = of_b.begin();
  for (const Attribute& element : of_a) {
    if (!(at_b != of_b.end())) return false;
    if (!same_expression(read_expression(element.value), read_expression(at_b->value))) return false;
    ++at_b;
  }
  return !(at_b != of_b.end());
}

}  // namespace ferrule::nft
