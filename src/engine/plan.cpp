// Applying plans. A namespace gets the bytes as they are where the ordinary way would find nothing in it that speaks
// for another backend (detect/decide.hpp) and nothing in the tables that are written.
#include "ferrule/plan.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include "backend_legacy/table_names.hpp"
#include "backend_nft/prebuilt.hpp"
#include "engine/plan_contents.hpp"
#include "netns/namespace_file.hpp"

namespace ferrule {
namespace {

using Clock = std::chrono::steady_clock;

// Whether no legacy table was ever looked at or written in the calling thread's namespace: one that exists would have
// to be read.
bool has_no_legacy_tables() {
  for (const Family family : {Family::ipv4, Family::ipv6}) {
    const auto names = legacy::instantiated_tables(family);
    if (!names || !names->empty()) return false;
  }
  return true;
}

// Whether the kernel says that iptables has nothing in nf_tables here, or that there is no such thing.
bool has_no_nft_tables() {
  const auto nothing = nft::holds_nothing();
  return nothing ? *nothing : nothing.error().code == Code::kUnsupported;
}

// Puts the bytes into the namespace that the calling thread is in. False: they do not fit there.
Result<bool> place(const engine::PlanContents& plan) {
  engine::Chooser& chooser = plan.work->chooser();
  const bool forced = plan.work->options().forced_backend.has_value();
  if (const auto* batch = std::get_if<nft::Batch>(&plan.bytes)) {
    if (!forced && !has_no_legacy_tables()) return false;
    return nft::send_to_empty(*batch, [&](nft::NetlinkSocket socket) { chooser.close_later(std::move(socket)); });
  }
  if (const auto* tables = std::get_if<legacy::PrebuiltTables>(&plan.bytes)) {
    if (!forced && !has_no_nft_tables()) return false;
    return legacy::put_into_empty_tables(*tables, chooser.lock_options(plan.context.lock));
  }
  return false;
}

// Absent where it must go the ordinary way.
std::optional<Result<Report>> try_prebuilt(const engine::PlanContents& plan, const NetNs& netns) {
  if (std::holds_alternative<std::monostate>(plan.bytes)) return std::nullopt;
  const Clock::time_point begin = Clock::now();
  const Result<bool> placed = netns.run([&]() -> Result<bool> {
    auto done = place(plan);
    // The kernel may take it from somebody inside of the user namespace only, and the ordinary way goes there.
    if (!done && done.error().code == Code::kRefused && netns::foreign_place()) return false;
    return done;
  });
  if (!placed) return tl::unexpected(placed.error());
  if (!*placed) return std::nullopt;
  Report report = plan.report;
  report.commit_time = Clock::now() - begin;
  return report;
}

}  // namespace

Result<Report> Plan::apply(const NetNs& netns) const {
  if (auto done = try_prebuilt(*contents_, netns)) return *std::move(done);
  Context context = contents_->context;
  context.netns = netns;
  return contents_->work->apply(context, Transaction(contents_->transaction));
}

std::vector<Result<Report>> Plan::apply_all(std::span<const NetNs> namespaces, unsigned threads) const {
  std::vector<Result<Report>> out(namespaces.size(), fail(Code::kSystem, "not tried"));
  std::atomic<size_t> next = 0;
  const auto work = [&] {
    for (size_t i = next++; i < namespaces.size(); i = next++) out[i] = apply(namespaces[i]);
  };
  const unsigned wanted = threads != 0 ? threads : std::max(1U, std::thread::hardware_concurrency());
  std::vector<std::jthread> others;
  try {
    while (others.size() + 1 < std::min<size_t>(wanted, namespaces.size())) others.emplace_back(work);
  } catch (const std::system_error&) {
    // Those that could be started, and this one, do it all.
  }
  work();
  others.clear();
  return out;
}

std::string Plan::dump() const { return engine::dump(*contents_); }

const Transaction& Plan::transaction() const { return contents_->transaction; }

bool Plan::is_prebuilt() const { return !std::holds_alternative<std::monostate>(contents_->bytes); }

}  // namespace ferrule
