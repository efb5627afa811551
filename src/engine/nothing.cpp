#include "engine/nothing.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "backend_legacy/table_names.hpp"
#include "engine/work.hpp"
#include "netns/namespace_file.hpp"

namespace ferrule::engine {
namespace {

using Clock = std::chrono::steady_clock;

// The bytes of more are not made beside the rules unless that was asked for (Engine::compile).
constexpr size_t kFewRules = 2000;

constexpr const char* kNotBeforehand =
    "it names ipsets, or asks for what a namespace without rules does not have, or is refused there";

// Whether no legacy table was ever looked at or written in the calling thread's namespace: one that exists would have
// to be read.
bool has_no_legacy_tables() {
  return std::ranges::all_of(std::array{Family::ipv4, Family::ipv6}, [](Family family) {
    const auto names = legacy::instantiated_tables(family);
    return names && names->empty();
  });
}

// Whether the kernel says that iptables has nothing in nf_tables here, or that there is no such thing.
bool has_no_nft_tables() {
  const auto nothing = nft::holds_nothing();
  return nothing ? *nothing : nothing.error().code == Code::kUnsupported;
}

// Why there is no writing the bytes out beforehand; empty where there is.
std::string obstacle(const Chosen& chosen) {
  if (chosen.choices.empty()) return "there is nothing to do";
  for (const Choice& choice : chosen.choices) {
    if (!choice.native) return std::string(family_name(choice.family)) + " takes a binary: " + choice.reason;
  }
  if (chosen.choices.size() > 1 && !same_backend(chosen.choices[0], chosen.choices[1])) {
    return "the families go through different backends";
  }
  return {};
}

Bytes bytes_for(BackendKind backend, const Transaction& transaction) {
  if (backend == BackendKind::nft) {
    if (auto batch = nft::prebuild(transaction)) return *std::move(batch);
  } else if (auto tables = legacy::prebuild(transaction)) {
    return *std::move(tables);
  }
  return {};
}

bool is_nothing(const Bytes& bytes) { return std::holds_alternative<std::monostate>(bytes); }

Result<bool> put(Chooser& chooser, const Bytes& bytes, const Transaction& transaction, const LockPolicy& lock,
                 nft::Opening opening) {
  const bool looks = !chooser.options().forced_backend.has_value();
  if (const auto* batch = std::get_if<nft::Batch>(&bytes)) {
    if (looks && !has_no_legacy_tables()) return false;
    return nft::send_to_empty(*batch, transaction, opening,
                              [&](netlink::Socket socket) { chooser.close_later(std::move(socket)); });
  }
  if (const auto* tables = std::get_if<legacy::PrebuiltTables>(&bytes)) {
    if (looks && !has_no_nft_tables()) return false;
    return legacy::put_into_empty_tables(*tables, Chooser::lock_options(lock));
  }
  return false;
}

}  // namespace

WrittenOut write_out(Chooser& chooser, const Context& context, const Inspection& as_empty,
                     const Transaction& transaction) {
  WrittenOut out;
  auto chosen = choose_backends(chooser, context, as_empty, transaction);
  out.why_not = chosen ? obstacle(*chosen) : chosen.error().message;
  if (!out.why_not.empty()) return out;
  out.bytes = bytes_for(chosen->choices.front().backend, transaction);
  if (is_nothing(out.bytes)) {
    out.why_not = kNotBeforehand;
    return out;
  }
  const auto* tables = std::get_if<legacy::PrebuiltTables>(&out.bytes);
  out.report = {.families = std::move(chosen->families),
                .tables = static_cast<uint32_t>(tables != nullptr ? tables->size() : transaction.changes.size()),
                .rules = static_cast<uint32_t>(transaction.rule_count())};
  return out;
}

Result<bool> place(Chooser& chooser, const Bytes& bytes, const Transaction& transaction, const LockPolicy& lock,
                   nft::Opening opening) {
  auto done = put(chooser, bytes, transaction, lock, opening);
  // The kernel may take it from somebody inside of the user namespace only, and the ordinary way goes there.
  if (!done && done.error().code == Code::kRefused && netns::foreign_place()) return false;
  return done;
}

std::optional<Result<Report>> apply_to_nothing(Chooser& chooser, const Context& context,
                                               const Transaction& transaction) {
  if (transaction.rule_count() > kFewRules) return std::nullopt;
  const Clock::time_point begin = Clock::now();
  const std::optional<Inspection> as_empty = chooser.known_as_empty(context);
  if (!as_empty) return std::nullopt;
  WrittenOut written = write_out(chooser, context, *as_empty, transaction);
  if (is_nothing(written.bytes)) return std::nullopt;
  const Clock::time_point ready = Clock::now();
  const Result<bool> placed = place(chooser, written.bytes, transaction, context.lock, nft::Opening::kAsk);
  if (!placed) return tl::unexpected(placed.error());
  if (!*placed) return std::nullopt;
  written.report.detect_time = ready - begin;
  written.report.commit_time = Clock::now() - ready;
  return std::move(written.report);
}

}  // namespace ferrule::engine
