// Applying plans. A namespace gets the bytes as they are where the ordinary way would find nothing in it that speaks
// for another backend (detect/decide.hpp) and nothing in the tables that are written.
#include "ferrule/plan.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <new>
#include <optional>
#include <thread>
#include <utility>

#include "engine/plan_contents.hpp"
#include "kernel/system.hpp"

namespace ferrule {
namespace {

using Clock = std::chrono::steady_clock;

// Absent where it must go the ordinary way.
std::optional<Result<Report>> try_prebuilt(const engine::PlanContents& plan, const NetNs& netns) {
  const engine::Bytes& bytes = plan.written.bytes;
  if (std::holds_alternative<std::monostate>(bytes)) return std::nullopt;
  const Clock::time_point begin = Clock::now();
  const Result<bool> placed = netns.run(
      [&] { return place(plan.work->chooser(), bytes, plan.transaction, plan.context.lock, nft::Opening::kSend); });
  if (!placed) return tl::unexpected(placed.error());
  if (!*placed) return std::nullopt;
  Report report = plan.written.report;
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
    for (size_t i = next++; i < namespaces.size(); i = next++) {
      try {
        out[i] = apply(namespaces[i]);
      } catch (const std::bad_alloc&) {
        out[i].error().code = Code::kNoMemory;
      }
    }
  };
  const unsigned wanted = threads != 0 ? threads : std::max(1U, std::thread::hardware_concurrency());
  std::vector<std::thread> others(std::min<size_t>(wanted, namespaces.size()));
  for (size_t i = 1; i < others.size(); ++i) {
    // Those that could be started, and this one, do it all.
    if (kernel::real_system().start_thread(others[i], work) != 0) break;
  }
  work();
  for (std::thread& other : others) {
    if (other.joinable()) other.join();
  }
  return out;
}

std::string Plan::dump() const { return engine::dump(*contents_); }

const Transaction& Plan::transaction() const { return contents_->transaction; }

bool Plan::is_prebuilt() const { return !std::holds_alternative<std::monostate>(contents_->written.bytes); }

}  // namespace ferrule
