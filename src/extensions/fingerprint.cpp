#include "extensions/fingerprint.hpp"

#include <algorithm>
#include <cstring>
#include <span>
#include <string_view>

#include "extensions/registry.hpp"
#include "model/entry.hpp"

namespace ferrule::ext {
namespace {

class Hash {
 public:
  explicit Hash(uint64_t seed) : hash_(seed), factor_(seed * 0x9E3779B97F4A7C15u | 1) {}
  void add(uint64_t value) {
    hash_ = (hash_ ^ value) * factor_;
    hash_ ^= hash_ >> 29;
  }
  void add(std::string_view bytes) { add(std::as_bytes(std::span(bytes))); }
  void add(std::span<const std::byte> bytes) {
    add(uint64_t{bytes.size()});
    for (; bytes.size() >= sizeof(uint64_t); bytes = bytes.subspan(sizeof(uint64_t)))
      add(load(bytes, sizeof(uint64_t)));
    if (!bytes.empty()) add(load(bytes, bytes.size()));
  }
  uint32_t value() const { return std::max<uint32_t>(static_cast<uint32_t>(hash_ >> 32), 1); }

 private:
  static uint64_t load(std::span<const std::byte> bytes, size_t size) {
    uint64_t word = 0;
    std::memcpy(&word, bytes.data(), size);
    return word;
  }

  uint64_t hash_;
  uint64_t factor_;
};

void add_payload(Hash& hash, Kind kind, const Rule& rule, const model::Part& part) {
  const Extension* known = find_by_payload(kind, rule.family(), part.name, part.revision, part.payload.size());
  hash.add(known == nullptr ? part.payload : part.payload.first(known->compared));
}

}  // namespace

uint32_t fingerprint(const Rule& rule, uint64_t seed) {
  Hash hash(seed);
  hash.add(rule.entry().size() << 8 | static_cast<uint64_t>(rule.target_kind()));
  const size_t addresses = 4 * model::address_size(rule.family());  // and their masks
  hash.add(rule.entry().first(addresses));
  const model::Selectors selectors = model::read_selectors(rule.family(), rule.entry());
  hash.add(uint64_t{selectors.protocol} << 8 | selectors.invert);
  for (const model::Part& part : model::matches(rule)) {
    hash.add(part.name);
    add_payload(hash, Kind::match, rule, part);
  }
  if (rule.target_kind() != TargetKind::extension) return hash.value();
  const model::Part target = model::target(rule);
  hash.add(target.name);
  add_payload(hash, Kind::target, rule, target);
  return hash.value();
}

}  // namespace ferrule::ext
