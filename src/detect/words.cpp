// The words for the enumerations of ferrule/detect.hpp and inventory.hpp.
#include <algorithm>
#include <array>

#include "ferrule/detect.hpp"
#include "ferrule/inventory.hpp"

namespace ferrule {
namespace {

constexpr std::array<std::string_view, 3> kBackends = {"legacy", "nft", "exec"};
constexpr std::array<std::string_view, 3> kPolicies = {"rules_first", "istio", "kubernetes"};
constexpr std::array<std::string_view, 6> kPresences = {"present", "loadable", "not_loaded",
                                                        "absent",  "blocked",  "unknown"};
constexpr std::array<std::string_view, 8> kBases = {"forced",         "hint_chain",    "rules",  "other_family",
                                                    "policy_default", "system_binary", "kernel", "nothing"};

constexpr std::array<std::string_view, 3> kVariants = {"legacy", "nft", "unknown"};

template <typename Enum, size_t N>
std::optional<Enum> by_name(const std::array<std::string_view, N>& words, std::string_view name) {
  const auto found = std::find(words.begin(), words.end(), name);
  if (found == words.end()) return std::nullopt;
  return static_cast<Enum>(found - words.begin());
}

}  // namespace

std::string_view backend_name(BackendKind backend) { return kBackends[static_cast<size_t>(backend)]; }
std::optional<BackendKind> backend_by_name(std::string_view name) { return by_name<BackendKind>(kBackends, name); }

std::string_view detect_policy_name(DetectPolicy policy) { return kPolicies[static_cast<size_t>(policy)]; }
std::optional<DetectPolicy> detect_policy_by_name(std::string_view name) {
  return by_name<DetectPolicy>(kPolicies, name);
}

std::string_view presence_name(Presence presence) { return kPresences[static_cast<size_t>(presence)]; }
std::string_view basis_name(Basis basis) { return kBases[static_cast<size_t>(basis)]; }

std::string_view verdict_name(const FamilyVerdict& verdict) {
  if (verdict.outcome == Outcome::undetermined) return "undetermined";
  if (verdict.outcome == Outcome::none || !verdict.backend) return "none";
  return backend_name(*verdict.backend);
}

std::string_view binary_variant_name(BinaryVariant variant) { return kVariants[static_cast<size_t>(variant)]; }

std::string to_string(const BinaryVersion& version) {
  return std::to_string(version.major) + "." + std::to_string(version.minor) + "." + std::to_string(version.patch);
}

const Binary* Inventory::find(std::string_view name) const {
  const auto found = std::find_if(binaries.begin(), binaries.end(), [&](const Binary& b) { return b.name == name; });
  return found == binaries.end() ? nullptr : &*found;
}

bool is_certain(const Inspection& inspection) {
  return inspection.verdicts.ipv4.wait_for.empty() && inspection.verdicts.ipv6.wait_for.empty();
}

}  // namespace ferrule
