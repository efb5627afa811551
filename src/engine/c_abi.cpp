// The C interface: a thin face of Engine.
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <new>

#include "ferrule/engine.hpp"
#include "ferrule/ferrule.h"
#include "ferrule/text.hpp"
#include "ferrule/version.hpp"

struct ferrule_engine {
  explicit ferrule_engine(ferrule::EngineOptions options) : engine(options) {}
  ferrule::Engine engine;
};

namespace {

using ferrule::Context;
using ferrule::Error;
using ferrule::Family;
using ferrule::NetNs;
using ferrule::Result;
using ferrule::Transaction;

char* duplicate(const std::string& text) {
  char* out = static_cast<char*>(std::malloc(text.size() + 1));
  if (out != nullptr) std::memcpy(out, text.c_str(), text.size() + 1);
  return out;
}

ferrule_status report(const Error& error, char** out) {
  if (out != nullptr) *out = duplicate(to_string(error));
  return static_cast<ferrule_status>(static_cast<int>(error.code) + 1);
}

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
       .counters = (flags & FERRULE_COUNTERS) != 0 ? ferrule::CounterUse::kRestore : ferrule::CounterUse::kIgnore});
  if (!parsed) return tl::unexpected(parsed.error());
  std::move(parsed->changes.begin(), parsed->changes.end(), std::back_inserter(out.changes));
  return {};
}

}  // namespace

extern "C" {

const char* ferrule_version(void) { return ferrule::version(); }

ferrule_engine* ferrule_engine_new(ferrule_backend backend) {
  ferrule::EngineOptions options;
  if (backend == FERRULE_BACKEND_LEGACY) options.forced_backend = ferrule::BackendKind::legacy;
  if (backend == FERRULE_BACKEND_NFT) options.forced_backend = ferrule::BackendKind::nft;
  return new (std::nothrow) ferrule_engine(options);
}

void ferrule_engine_free(ferrule_engine* engine) { delete engine; }

ferrule_status ferrule_apply(const ferrule_engine* engine, const char* netns, const char* ipv4_rules,
                             const char* ipv6_rules, unsigned flags, char** error) {
  Transaction transaction;
  if (auto added = add(Family::ipv4, ipv4_rules, flags, transaction); !added) return report(added.error(), error);
  if (auto added = add(Family::ipv6, ipv6_rules, flags, transaction); !added) return report(added.error(), error);
  const auto context = context_of(netns);
  if (!context) return report(context.error(), error);
  const auto applied = engine->engine.apply(*context, std::move(transaction));
  return applied ? FERRULE_OK : report(applied.error(), error);
}

ferrule_status ferrule_save(const ferrule_engine* engine, const char* netns, int family, unsigned flags, char** text,
                            char** error) {
  const auto which = family_of(family);
  if (!which) return report(which.error(), error);
  const auto context = context_of(netns);
  if (!context) return report(context.error(), error);
  const auto ruleset = engine->engine.snapshot(*context, *which);
  if (!ruleset) return report(ruleset.error(), error);
  *text = duplicate(to_save_text(*ruleset, {.counters = (flags & FERRULE_COUNTERS) != 0}));
  return FERRULE_OK;
}

ferrule_status ferrule_detect(const ferrule_engine* engine, const char* netns, int family, ferrule_backend* backend,
                              char** reason, char** error) {
  const auto which = family_of(family);
  if (!which) return report(which.error(), error);
  const auto context = context_of(netns);
  if (!context) return report(context.error(), error);
  const auto inspection = engine->engine.inspect(*context);
  if (!inspection) return report(inspection.error(), error);
  const ferrule::FamilyVerdict& verdict = inspection->verdicts.of(*which);
  if (!verdict.backend) return report({ferrule::Code::kUnsupported, verdict.reason}, error);
  *backend = *verdict.backend == ferrule::BackendKind::nft ? FERRULE_BACKEND_NFT : FERRULE_BACKEND_LEGACY;
  if (reason != nullptr) *reason = duplicate(verdict.reason);
  return FERRULE_OK;
}

void ferrule_string_free(char* string) { std::free(string); }

}  // extern "C"
