// The C interface: a thin face of Engine.
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <new>
#include <string_view>
#include <vector>

#include "ferrule/engine.hpp"
#include "ferrule/ferrule.h"
#include "ferrule/plan.hpp"
#include "ferrule/text.hpp"
#include "ferrule/version.hpp"

struct ferrule_engine {
  explicit ferrule_engine(ferrule::EngineOptions options) : engine(options) {}
  ferrule::Engine engine;
};

struct ferrule_plan {
  ferrule::Plan plan;
};

namespace {

using ferrule::Context;
using ferrule::Error;
using ferrule::Family;
using ferrule::NetNs;
using ferrule::Result;
using ferrule::Transaction;

// NULL where memory is short.
char* duplicate(std::string_view text) {
  char* out = static_cast<char*>(std::malloc(text.size() + 1));
  if (out == nullptr) return nullptr;
  if (!text.empty()) std::memcpy(out, text.data(), text.size());
  out[text.size()] = '\0';
  return out;
}

ferrule_status status_of(ferrule::Code code) { return static_cast<ferrule_status>(static_cast<int>(code) + 1); }

ferrule_status report(const Error& error, char** out) {
  if (out != nullptr) *out = duplicate(to_string(error));
  return status_of(error.code);
}

ferrule_status refuse(std::string_view message, char** out) {
  if (out != nullptr) *out = duplicate(message);
  return FERRULE_INVALID_INPUT;
}

// Hands a string to the caller.
ferrule_status give(std::string_view text, char** out, char** error) {
  *out = duplicate(text);
  if (*out != nullptr) return FERRULE_OK;
  if (error != nullptr) *error = nullptr;
  return FERRULE_NO_MEMORY;
}

// Every function of the interface is called through this: nothing is thrown across it.
template <typename Call>
ferrule_status guarded(char** error, const Call& call) noexcept {
  if (error != nullptr) *error = nullptr;
  try {
    return call();
  } catch (const std::bad_alloc&) {
    if (error != nullptr) *error = duplicate("out of memory");
    return FERRULE_NO_MEMORY;
  } catch (...) {
    if (error != nullptr) *error = duplicate("an unexpected failure inside of ferrule");
    return FERRULE_SYSTEM;
  }
}

constexpr unsigned kAllFlags = FERRULE_NOFLUSH | FERRULE_COUNTERS;

Result<Context> context_of(const char* netns) {
  if (netns == nullptr || *netns == '\0') return Context::in(NetNs::current());
  auto parsed = NetNs::parse(netns);
  if (!parsed) return tl::unexpected(parsed.error());
  return Context::in(*std::move(parsed));
}

Result<Family> family_of(int number) {
  if (number == 4) return Family::ipv4;
  if (number == 6) return Family::ipv6;
  return ferrule::fail(ferrule::Code::kInvalidInput, "family must be 4 or 6, not " + std::to_string(number));
}

Result<void> add(Family family, const char* text, unsigned flags, Transaction& out) {
  if (text == nullptr) return {};
  auto parsed = parse_restore(
      family, text,
      {.file = family == Family::ipv4 ? "<ipv4>" : "<ipv6>",
       .existing = (flags & FERRULE_NOFLUSH) != 0 ? ferrule::Existing::kKeep : ferrule::Existing::kReplace,
       .counters = (flags & FERRULE_COUNTERS) != 0 ? ferrule::CounterUse::kRestore : ferrule::CounterUse::kIgnore,
       .unknown = ferrule::UnknownRules::kKeep});
  if (!parsed) return tl::unexpected(parsed.error());
  std::move(parsed->changes.begin(), parsed->changes.end(), std::back_inserter(out.changes));
  return {};
}

Result<Transaction> transaction_of(const char* ipv4_rules, const char* ipv6_rules, unsigned flags) {
  if ((flags & ~kAllFlags) != 0) return ferrule::fail(ferrule::Code::kInvalidInput, "unknown flags");
  Transaction transaction;
  if (auto added = add(Family::ipv4, ipv4_rules, flags, transaction); !added) return tl::unexpected(added.error());
  if (auto added = add(Family::ipv6, ipv6_rules, flags, transaction); !added) return tl::unexpected(added.error());
  return transaction;
}

}  // namespace

extern "C" {

const char* ferrule_version(void) { return ferrule::version(); }

ferrule_engine* ferrule_engine_new(ferrule_backend backend) {
  ferrule_engine* made = nullptr;
  (void)guarded(nullptr, [&] {
    ferrule::EngineOptions options;
    switch (backend) {
      case FERRULE_BACKEND_AUTO:
        break;
      case FERRULE_BACKEND_LEGACY:
        options.forced_backend = ferrule::BackendKind::legacy;
        break;
      case FERRULE_BACKEND_NFT:
        options.forced_backend = ferrule::BackendKind::nft;
        break;
      default:
        return FERRULE_INVALID_INPUT;
    }
    made = new ferrule_engine(options);
    return FERRULE_OK;
  });
  return made;
}

void ferrule_engine_free(ferrule_engine* engine) { delete engine; }

ferrule_status ferrule_apply(const ferrule_engine* engine, const char* netns, const char* ipv4_rules,
                             const char* ipv6_rules, unsigned flags, char** error) {
  return guarded(error, [&] {
    if (engine == nullptr) return refuse("the engine is NULL", error);
    auto transaction = transaction_of(ipv4_rules, ipv6_rules, flags);
    if (!transaction) return report(transaction.error(), error);
    const auto context = context_of(netns);
    if (!context) return report(context.error(), error);
    const auto applied = engine->engine.apply(*context, *std::move(transaction));
    return applied ? FERRULE_OK : report(applied.error(), error);
  });
}

ferrule_status ferrule_ensure(const ferrule_engine* engine, const char* netns, const char* ipv4_rules,
                              const char* ipv6_rules, unsigned flags, int* changed, char** error) {
  return guarded(error, [&] {
    if (engine == nullptr) return refuse("the engine is NULL", error);
    const auto wanted = transaction_of(ipv4_rules, ipv6_rules, flags);
    if (!wanted) return report(wanted.error(), error);
    const auto context = context_of(netns);
    if (!context) return report(context.error(), error);
    const auto ensured = engine->engine.ensure(*context, *wanted);
    if (!ensured) return report(ensured.error(), error);
    if (changed != nullptr) *changed = ensured->tables != 0 ? 1 : 0;
    return FERRULE_OK;
  });
}

ferrule_status ferrule_compile(const ferrule_engine* engine, const char* ipv4_rules, const char* ipv6_rules,
                               unsigned flags, ferrule_plan** plan, char** error) {
  return guarded(error, [&] {
    if (engine == nullptr || plan == nullptr) return refuse("the engine or the place for the plan is NULL", error);
    *plan = nullptr;
    auto transaction = transaction_of(ipv4_rules, ipv6_rules, flags);
    if (!transaction) return report(transaction.error(), error);
    auto compiled = engine->engine.compile(Context::in(NetNs::current()), *std::move(transaction));
    if (!compiled) return report(compiled.error(), error);
    *plan = new ferrule_plan{*std::move(compiled)};
    return FERRULE_OK;
  });
}

ferrule_status ferrule_plan_apply(const ferrule_plan* plan, const char* netns, char** error) {
  return guarded(error, [&] {
    if (plan == nullptr) return refuse("the plan is NULL", error);
    const auto context = context_of(netns);
    if (!context) return report(context.error(), error);
    const auto applied = plan->plan.apply(context->netns);
    return applied ? FERRULE_OK : report(applied.error(), error);
  });
}

ferrule_status ferrule_plan_apply_all(const ferrule_plan* plan, const char* const* netns, size_t count,
                                      unsigned threads, ferrule_status* statuses, char** errors) {
  for (size_t i = 0; i < count && statuses != nullptr; ++i) {
    statuses[i] = FERRULE_NO_MEMORY;
    if (errors != nullptr) errors[i] = nullptr;
  }
  return guarded(nullptr, [&]() -> ferrule_status {
    if (count == 0) return FERRULE_OK;
    if (plan == nullptr || netns == nullptr || statuses == nullptr) return FERRULE_INVALID_INPUT;
    // Names that are none are answered for here, the others by the plan.
    std::vector<NetNs> namespaces;
    std::vector<size_t> places;
    ferrule_status worst = FERRULE_OK;
    const auto answer = [&](size_t place, const Error* error) {
      statuses[place] = error == nullptr ? FERRULE_OK : report(*error, errors != nullptr ? &errors[place] : nullptr);
      if (statuses[place] != FERRULE_OK) worst = statuses[place];
    };
    for (size_t i = 0; i < count; ++i) {
      if (auto context = context_of(netns[i])) {
        namespaces.push_back(std::move(context->netns));
        places.push_back(i);
      } else {
        answer(i, &context.error());
      }
    }
    const auto applied = plan->plan.apply_all(namespaces, threads);
    for (size_t i = 0; i < applied.size(); ++i) answer(places[i], applied[i] ? nullptr : &applied[i].error());
    return worst;
  });
}

ferrule_status ferrule_plan_dump(const ferrule_plan* plan, char** text) {
  return guarded(nullptr, [&]() -> ferrule_status {
    if (text == nullptr) return FERRULE_INVALID_INPUT;
    *text = nullptr;
    return plan == nullptr ? FERRULE_INVALID_INPUT : give(plan->plan.dump(), text, nullptr);
  });
}

void ferrule_plan_free(ferrule_plan* plan) { delete plan; }

ferrule_status ferrule_save(const ferrule_engine* engine, const char* netns, int family, unsigned flags, char** text,
                            char** error) {
  return guarded(error, [&] {
    if (engine == nullptr || text == nullptr) return refuse("the engine or the place for the text is NULL", error);
    *text = nullptr;
    if ((flags & ~kAllFlags) != 0) return refuse("unknown flags", error);
    const auto which = family_of(family);
    if (!which) return report(which.error(), error);
    const auto context = context_of(netns);
    if (!context) return report(context.error(), error);
    const auto ruleset = engine->engine.snapshot(*context, *which);
    if (!ruleset) return report(ruleset.error(), error);
    return give(to_save_text(*ruleset, {.counters = (flags & FERRULE_COUNTERS) != 0}), text, error);
  });
}

ferrule_status ferrule_detect(const ferrule_engine* engine, const char* netns, int family, ferrule_backend* backend,
                              char** reason, char** error) {
  return guarded(error, [&] {
    if (engine == nullptr || backend == nullptr)
      return refuse("the engine or the place for the backend is NULL", error);
    if (reason != nullptr) *reason = nullptr;
    const auto which = family_of(family);
    if (!which) return report(which.error(), error);
    const auto context = context_of(netns);
    if (!context) return report(context.error(), error);
    const auto inspection = engine->engine.inspect(*context);
    if (!inspection) return report(inspection.error(), error);
    const ferrule::FamilyVerdict& verdict = inspection->verdicts.of(*which);
    if (!verdict.backend) return report({ferrule::Code::kUnsupported, verdict.reason}, error);
    *backend = *verdict.backend == ferrule::BackendKind::nft ? FERRULE_BACKEND_NFT : FERRULE_BACKEND_LEGACY;
    return reason == nullptr ? FERRULE_OK : give(verdict.reason, reason, error);
  });
}

void ferrule_string_free(char* string) { std::free(string); }

}  // extern "C"
