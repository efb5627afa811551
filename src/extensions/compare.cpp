// same_rule: equality of rules as iptables -C and -D mean it.
#include <algorithm>

#include "extensions/registry.hpp"
#include "ferrule/rule.hpp"
#include "model/entry.hpp"

namespace ferrule {
namespace {

using model::Part;

// Names differ only where the mask lets them: "+" and no interface at all are the same thing.
bool same_interface(const model::Interface& a, const model::Interface& b) {
  if (a.mask != b.mask) return false;
  for (size_t i = 0; i < a.mask.size(); ++i) {
    if ((a.name[i] & a.mask[i]) != (b.name[i] & b.mask[i])) return false;
  }
  return true;
}

// The addresses and their masks, which an entry begins with: most rules of a chain differ here already.
bool same_addresses(const Rule& a, const Rule& b) {
  const std::ptrdiff_t size = 4 * (a.family() == Family::ipv4 ? 4 : 16);
  return std::equal(a.entry().begin(), a.entry().begin() + size, b.entry().begin());
}

bool same_selectors(const model::Selectors& a, const model::Selectors& b) {
  return a.source == b.source && a.source_mask == b.source_mask && a.destination == b.destination &&
         a.destination_mask == b.destination_mask && same_interface(a.in, b.in) && same_interface(a.out, b.out) &&
         a.protocol == b.protocol && a.tos == b.tos && a.invert == b.invert && a.fragment == b.fragment &&
         a.is_goto == b.is_goto;
}

bool same_attachments(const Rule& a, const Part& in_a, const Rule& b, const Part& in_b) {
  const auto text_at = [](const Rule& rule, const Part& part, size_t i) -> const Attachment* {
    for (const Attachment& at : rule.attachments()) {
      if (at.offset == part.payload_offset + i) return &at;
    }
    return nullptr;
  };
  for (size_t i = 0; i < in_a.payload.size(); ++i) {
    const Attachment* x = text_at(a, in_a, i);
    const Attachment* y = text_at(b, in_b, i);
    if ((x == nullptr) != (y == nullptr) || (x != nullptr && x->text != y->text)) return false;
  }
  return true;
}

// The bytes behind an attachment are its number in one namespace, so the text decides and they do not count.
bool same_bytes(const Rule& a, const Part& in_a, const Part& in_b, size_t compared) {
  if (a.attachments().empty()) {
    return std::equal(in_a.payload.begin(), in_a.payload.begin() + static_cast<std::ptrdiff_t>(compared),
                      in_b.payload.begin());
  }
  for (size_t i = 0; i < compared; ++i) {
    const bool attached = std::any_of(a.attachments().begin(), a.attachments().end(), [&](const Attachment& at) {
      const size_t begin = at.offset - in_a.payload_offset;
      return at.kind == Attachment::Kind::set_name && at.offset >= in_a.payload_offset && i >= begin && i < begin + 2;
    });
    if (!attached && in_a.payload[i] != in_b.payload[i]) return false;
  }
  return true;
}

bool same_part(ext::Kind kind, const Rule& a, const Part& in_a, const Rule& b, const Part& in_b) {
  if (in_a.name != in_b.name || in_a.revision != in_b.revision || in_a.payload.size() != in_b.payload.size()) {
    return false;
  }
  const ext::Extension* known = ext::find_by_payload(kind, a.family(), in_a.name, in_a.revision, in_a.payload.size());
  const size_t compared = known == nullptr ? in_a.payload.size() : known->compared;
  if (a.attachments().empty() != b.attachments().empty()) return false;
  if (!a.attachments().empty() && !same_attachments(a, in_a, b, in_b)) return false;
  return same_bytes(a, in_a, in_b, compared);
}

}  // namespace

bool same_rule(const Rule& a, const Rule& b) {
  if (a.foreign_text() != b.foreign_text()) return false;
  if (a.family() != b.family() || a.target_kind() != b.target_kind() || a.entry().size() != b.entry().size()) {
    return false;
  }
  if (!same_addresses(a, b)) return false;
  if (!same_selectors(model::read_selectors(a.family(), a.entry()), model::read_selectors(b.family(), b.entry())))
    return false;
  const model::MatchRange of_a = model::matches(a);
  const model::MatchRange of_b = model::matches(b);
  auto at_b = of_b.begin();
  for (const Part part : of_a) {
    if (!(at_b != of_b.end()) || !same_part(ext::Kind::match, a, part, b, *at_b)) return false;
    ++at_b;
  }
  if (at_b != of_b.end()) return false;
  return same_part(ext::Kind::target, a, model::target(a), b, model::target(b));
}

}  // namespace ferrule
