#include "support/build_under_test.hpp"

#include <dlfcn.h>

#include <stdexcept>
#include <utility>

#include "support/contest.hpp"

namespace ferrule::bench {

struct BuildUnderTest::Functions {
  void* library;
  decltype(&ferrule_engine_new) engine_new;
  decltype(&ferrule_engine_free) engine_free;
  decltype(&ferrule_compile) compile;
  decltype(&ferrule_plan_apply) plan_apply;
  decltype(&ferrule_plan_free) plan_free;
  decltype(&ferrule_apply) apply;
};

namespace {

template <typename Function>
Function find(void* library, const char* name) {
  void* const symbol = dlsym(library, name);
  if (symbol == nullptr) throw std::runtime_error(std::string("the other build has no ") + name);
  return reinterpret_cast<Function>(symbol);
}

void must(ferrule_status status, char* error) {
  if (status == FERRULE_OK) return;
  throw std::runtime_error(error != nullptr ? error : "a call of the C interface failed");
}

std::string name_of(const Namespace& target) { return "fd:" + std::to_string(target.fd()); }

}  // namespace

BuildUnderTest::BuildUnderTest(const std::string& library, BackendKind backend, const PodRules& rules)
    : rules_(&rules) {
  // Its C++ symbols must be its own, not those that this program brings.
  void* const loaded = dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
  if (loaded == nullptr) throw std::runtime_error(dlerror());
  functions_ = std::make_unique<const Functions>(
      Functions{.library = loaded,
                .engine_new = find<decltype(&ferrule_engine_new)>(loaded, "ferrule_engine_new"),
                .engine_free = find<decltype(&ferrule_engine_free)>(loaded, "ferrule_engine_free"),
                .compile = find<decltype(&ferrule_compile)>(loaded, "ferrule_compile"),
                .plan_apply = find<decltype(&ferrule_plan_apply)>(loaded, "ferrule_plan_apply"),
                .plan_free = find<decltype(&ferrule_plan_free)>(loaded, "ferrule_plan_free"),
                .apply = find<decltype(&ferrule_apply)>(loaded, "ferrule_apply")});
  engine_ = functions_->engine_new(backend == BackendKind::nft ? FERRULE_BACKEND_NFT : FERRULE_BACKEND_LEGACY);
  char* error = nullptr;
  must(functions_->compile(engine_, rules.ipv4.c_str(), rules.ipv6.c_str(), FERRULE_NOFLUSH, &plan_, &error), error);
}

BuildUnderTest::~BuildUnderTest() {
  functions_->plan_free(plan_);
  functions_->engine_free(engine_);
  dlclose(functions_->library);
}

double BuildUnderTest::plan(const Namespace& target) const {
  const std::string name = name_of(target);
  char* error = nullptr;
  ferrule_status status = FERRULE_SYSTEM;
  const double time = microseconds([&] { status = functions_->plan_apply(plan_, name.c_str(), &error); });
  must(status, error);
  return time;
}

double BuildUnderTest::text(const Namespace& target) const {
  const std::string name = name_of(target);
  char* error = nullptr;
  ferrule_status status = FERRULE_SYSTEM;
  const double time = microseconds([&] {
    status =
        functions_->apply(engine_, name.c_str(), rules_->ipv4.c_str(), rules_->ipv6.c_str(), FERRULE_NOFLUSH, &error);
  });
  must(status, error);
  return time;
}

}  // namespace ferrule::bench
