// BuildUnderTest: a shared library of ferrule, used by its C interface, so that two builds are measured in one run.
#pragma once

#include <memory>
#include <string>

#include "ferrule/ferrule.h"
#include "support/namespaces.hpp"
#include "support/pods.hpp"

namespace ferrule::bench {

// One backend of one build. Throws std::runtime_error where the library cannot be loaded or a call fails.
class BuildUnderTest {
 public:
  // `library` is the path of a libferrule.so; each path is loaded once, beside the others.
  BuildUnderTest(const std::string& library, BackendKind backend, const PodRules& rules);
  ~BuildUnderTest();
  BuildUnderTest(const BuildUnderTest&) = delete;
  BuildUnderTest& operator=(const BuildUnderTest&) = delete;

  // Microseconds that ferrule_plan_apply and ferrule_apply take.
  double plan(const Namespace& target) const;
  double text(const Namespace& target) const;

 private:
  struct Functions;
  const PodRules* rules_;
  std::unique_ptr<const Functions> functions_;
  ferrule_engine* engine_ = nullptr;
  ferrule_plan* plan_ = nullptr;
};

}  // namespace ferrule::bench
