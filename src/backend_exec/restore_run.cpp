#include "backend_exec/restore_run.hpp"

#include <algorithm>
#include <thread>
#include <utility>

#include "backend_exec/tool_error.hpp"

namespace ferrule::exec {
namespace {

using Clock = std::chrono::steady_clock;
using detect::ToolVersion;
using detect::Variant;

// The first iptables-restore that takes the lock, and the option to wait for it.
constexpr ToolVersion kFirstWithLock = {1, 6, 2};

bool takes_lock(const Program& program) {
  return program.variant == Variant::legacy && program.version && *program.version >= kFirstWithLock;
}

// Without a lock two programs may read the same table and replace it one after the other. The kernel notices only when
// the number of rules differs; the binary then says that the table was refused, and no more.
bool may_have_met_another(const Program& program, const RestoreError& error) {
  return program.variant == Variant::legacy && !takes_lock(program) && error.at_commit;
}

// Who asked to wait for ever has no deadline.
constexpr auto kForEver = std::chrono::hours(24 * 365);

// Waiting for the lock takes nothing from the time that the binary has for its work.
std::chrono::milliseconds deadline_with_wait(std::chrono::milliseconds deadline, const LockWait& wait) {
  return wait.time ? deadline + *wait.time : kForEver;
}

constexpr int kTriesWithoutLock = 5;
constexpr auto kFirstPause = std::chrono::milliseconds(10);
constexpr auto kLongestPause = std::chrono::milliseconds(500);

uint32_t rule_count(const TableChange& change) {
  return static_cast<uint32_t>(std::count_if(change.operations.begin(), change.operations.end(), [](const auto& op) {
    using enum Operation::Kind;
    return op.kind == append || op.kind == insert || op.kind == replace || op.kind == delete_rule || op.kind == check;
  }));
}

// The changes up to, not including, `end` are committed.
void count_committed(RestoreRun& run, size_t end, CommitStats& stats) {
  for (; run.committed < end; ++run.committed) {
    ++stats.tables;
    stats.rules += rule_count(*run.changes[run.committed]);
  }
}

}  // namespace

Result<std::vector<RestoreRun>> plan_runs(const std::vector<const TableChange*>& changes) {
  std::vector<RestoreRun> out;
  for (const Family family : {Family::ipv4, Family::ipv6}) {
    const size_t first = out.size();
    for (const TableChange* change : changes) {
      if (change->family != family) continue;
      if (out.size() == first || out.back().existing != change->existing) {
        out.push_back({.family = family, .existing = change->existing});
      }
      out.back().changes.push_back(change);
    }
  }
  for (RestoreRun& run : out) {
    auto text = text::to_restore_text(run.changes);
    if (!text) return tl::unexpected(std::move(text.error()));
    run.text = *std::move(text);
  }
  return out;
}

std::vector<std::string> restore_arguments(const RestoreRun& run, RestoreMode mode, const LockWait& wait) {
  std::vector<std::string> out = {run.program.called};
  if (run.existing == Existing::kKeep) out.emplace_back("--noflush");
  if (run.text.counters) out.emplace_back("--counters");
  if (mode == RestoreMode::kTest) out.emplace_back("--test");
  if (!takes_lock(run.program)) return out;
  out.emplace_back("--wait");
  if (wait.time) {
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(*wait.time).count();
    out.back() += "=" + std::to_string(std::max<int64_t>(seconds, 1));
  }
  return out;
}

Result<void> carry_out(RestoreRun& run, RestoreMode mode, const LockWait& wait, Invocation how, CommitStats& stats) {
  how.path = run.program.path;
  how.argv = restore_arguments(run, mode, wait);
  if (takes_lock(run.program)) how.deadline = deadline_with_wait(how.deadline, wait);
  const auto give_up = Clock::now() + wait.time.value_or(how.deadline);
  auto pause = std::chrono::milliseconds(kFirstPause);
  for (int tries = 1;; ++tries) {
    const text::RestoreText fed = run.text.from(run.committed);
    how.input = fed.text;
    const auto done = exec::run(how);
    if (!done) return tl::unexpected(done.error());
    if (done->ok()) {
      count_committed(run, run.changes.size(), stats);
      return {};
    }
    RestoreError failed = restore_error(run.program, *done, fed, run.changes);
    if (mode == RestoreMode::kTest) return tl::unexpected(std::move(failed.error));
    // Where the binary does not say how far it came, all of it may be done.
    count_committed(run, failed.change.value_or(run.changes.size()), stats);
    const bool again = failed.change && (failed.error.code == Code::kBusy ||
                                         (may_have_met_another(run.program, failed) && tries < kTriesWithoutLock));
    if (!again || Clock::now() + pause > give_up) return tl::unexpected(std::move(failed.error));
    std::this_thread::sleep_for(pause);
    pause = std::min(2 * pause, std::chrono::milliseconds(kLongestPause));
    ++stats.retries;
  }
}

}  // namespace ferrule::exec
