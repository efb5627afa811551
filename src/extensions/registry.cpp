#include "extensions/registry.hpp"

#include <algorithm>
#include <array>

namespace ferrule::ext {

// Matches, in the order of their names; of one name, the newest revision first.

// Targets, likewise.

namespace {

constexpr std::array<const Extension*, 0> kExtensions = {};

}  // namespace

std::span<const Extension* const> all_extensions() { return kExtensions; }

const Extension* find_by_name(Kind kind, Family family, std::string_view name, uint8_t max_revision) {
  const Extension* best = nullptr;
  for (const Extension* e : kExtensions) {
    if (e->kind == kind && e->name == name && has_family(e->families, family) && e->revision <= max_revision &&
        (best == nullptr || e->revision > best->revision)) {
      best = e;
    }
  }
  return best;
}

const Extension* find_by_payload(Kind kind, Family family, std::string_view kernel_name, uint8_t revision,
                                 size_t payload_size) {
  const auto found = std::find_if(kExtensions.begin(), kExtensions.end(), [&](const Extension* e) {
    return e->kind == kind && e->name == e->kernel_name && e->kernel_name == kernel_name && e->revision == revision &&
           has_family(e->families, family) && e->padded_size() == payload_size;
  });
  return found == kExtensions.end() ? nullptr : *found;
}

}  // namespace ferrule::ext
