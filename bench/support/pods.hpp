// A pod's rules, and the ways in which they get into its namespace.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>

#include "backend_legacy/prebuilt.hpp"
#include "backend_nft/batch.hpp"
#include "ferrule/engine.hpp"
#include "ferrule/plan.hpp"
#include "support/floor.hpp"
#include "support/namespaces.hpp"
#include "support/tools.hpp"

namespace ferrule::bench {

// What a node agent puts into a pod: examples/rules, both families, and what takes it away again.
struct PodRules {
  std::string ipv4;
  std::string ipv6;
  std::string teardown_ipv4;
  std::string teardown_ipv6;

  static PodRules example(const std::string& name);
};

// iptables-restore --noflush input that undoes other such input: the rules in base chains by -D, then -F and -X of the
// chains that it made.
std::string undo_text(const std::string& rules);

Transaction parse_both(const std::string& ipv4, const std::string& ipv6, Existing existing = Existing::kKeep);

// One backend, with everything that is needed to set up pods through it.
class Pods {
 public:
  Pods(BackendKind backend, PodRules rules);

  BackendKind backend() const { return backend_; }
  bool is_nft() const { return backend_ == BackendKind::nft; }
  const PodRules& rules() const { return rules_; }
  const Transaction& transaction() const { return transaction_; }
  Context context(const Namespace& target) const;
  const Engine& engine() const { return engine_; }

  // Microseconds. All of them throw where it did not work.
  double floor(const Namespace& target) const;
  // What the backend is shows from the namespace and the search path.
  double plan(const Namespace& target) const;
  double plan_of_given_backend(const Namespace& target) const;
  double text(const Namespace& target) const;
  // Two saves, two restores.
  double agent(const Namespace& target) const;
  // Sixteen commands to find out the backend, two saves, two restores, two saves to see that it worked.
  double plugin(const Namespace& target) const;
  // Of these, the sixteen.
  double plugin_detects(const Namespace& target) const;

  // For other measurements: untimed.
  void set_up(const Namespace& target) const { (void)plan(target); }

 private:
  std::string tool(Family family, const char* verb) const;

  BackendKind backend_;
  PodRules rules_;
  ToolDirectory tools_;
  Transaction transaction_;
  Engine engine_;
  Engine given_;
  Plan plan_;
  Plan plan_of_given_;
  std::unique_ptr<LegacyFloor> legacy_floor_;
  std::unique_ptr<NftFloor> nft_floor_;
};

// Throws with the error's text where there is one.
template <typename T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(to_string(result.error()));
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

}  // namespace ferrule::bench
