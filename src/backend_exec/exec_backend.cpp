#include "backend_exec/exec_backend.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>

#include "backend/difference.hpp"
#include "backend_exec/restore_run.hpp"
#include "backend_exec/save_output.hpp"
#include "backend_exec/search_path.hpp"
#include "backend_exec/state_before.hpp"
#include "backend_exec/tool_error.hpp"

namespace ferrule::exec {
namespace {

using detect::Variant;

std::vector<const TableChange*> pointers(const Transaction& transaction) {
  std::vector<const TableChange*> out;
  out.reserve(transaction.changes.size());
  for (const TableChange& change : transaction.changes) out.push_back(&change);
  return out;
}

// One commit: the steps of exec_backend.hpp, from planned runs to rules in place or everything as it was.
class Commit {
 public:
  Commit(ExecBackend& backend, const ExecOptions& options, std::vector<RestoreRun> runs)
      : backend_(backend), options_(options), runs_(std::move(runs)) {}

  Result<void> choose_programs() { return choose_programs(runs_); }

  // Reads what is needed to undo all but the last change, which needs no undoing: it is done or it is not.
  Result<void> remember_state() {
    std::map<Family, Variant> variants;
    for (const RestoreRun& run : runs_) {
      if (&run != &runs_.back() || run.changes.size() > 1) variants.emplace(run.family, run.program.variant);
    }
    for (const auto& [family, variant] : variants) {
      if (auto done = remember(family, variant); !done) return done;
    }
    return {};
  }

  Result<CommitStats> carry_out(const Invocation& how) {
    CommitStats stats;
    if (auto tested = test_what_cannot_be_undone(how); !tested) return tl::unexpected(std::move(tested.error()));
    for (RestoreRun& run : runs_) {
      const auto done = exec::carry_out(run, RestoreMode::kCommit, {options_.lock_wait}, how, stats);
      if (!done) return tl::unexpected(undo(done.error(), how));
    }
    return stats;
  }

 private:
  Result<void> choose_programs(std::vector<RestoreRun>& runs) const {
    for (RestoreRun& run : runs) {
      auto program = backend_.program(run.family, Tool::restore);
      if (!program) return tl::unexpected(std::move(program.error()));
      run.program = *std::move(program);
    }
    return {};
  }

  // Costs a process for each run, but there is no way back.
  Result<void> test_what_cannot_be_undone(const Invocation& how) {
    std::vector<const TableChange*> all;
    for (const RestoreRun& run : runs_) all.insert(all.end(), run.changes.begin(), run.changes.end());
    if (all.size() < 2 || before_.lost(all).empty()) return {};
    CommitStats ignored;
    for (RestoreRun& run : runs_) {
      auto done = exec::carry_out(run, RestoreMode::kTest, {options_.lock_wait}, how, ignored);
      if (!done) return done;
      run.committed = 0;
    }
    return {};
  }

  void add(const Ruleset& ruleset, Variant variant, StateBefore& out) const {
    for (const RestoreRun& run : runs_) {
      for (const TableChange* change : run.changes) {
        if (change->family == ruleset.family) out.add(*change, ruleset, variant);
      }
    }
  }

  Result<void> remember(Family family, Variant variant) {
    if (options_.read_state) {
      const auto ruleset = options_.read_state(family);
      StateBefore printable;
      if (ruleset) add(*ruleset, variant, printable);
      if (ruleset && plan_runs(printable.whole_way_back())) {
        add(*ruleset, variant, before_);
        return {};
      }
    }
    const auto ruleset = backend_.snapshot(family, {});
    if (!ruleset) return tl::unexpected(ruleset.error());
    add(*ruleset, variant, before_);
    return {};
  }

  std::vector<const TableChange*> committed() const {
    std::vector<const TableChange*> out;
    for (const RestoreRun& run : runs_) {
      out.insert(out.end(), run.changes.begin(), run.changes.begin() + run.committed);
    }
    return out;
  }

  Error undo(Error error, const Invocation& how) const {
    const std::vector<const TableChange*> undone = committed();
    if (undone.empty()) return error;
    if (const auto done = go_back(before_.way_back(undone), how); !done) {
      error.message += "; what was done before could not be undone: " + done.error().message;
    } else if (const std::string lost = before_.lost(undone); !lost.empty()) {
      error.message += "; not undone, since iptables cannot show all that is in it: " + lost;
    }
    return error;
  }

  Result<void> go_back(const std::vector<const TableChange*>& changes, const Invocation& how) const {
    auto runs = plan_runs(changes);
    if (!runs) return tl::unexpected(std::move(runs.error()));
    if (auto chosen = choose_programs(*runs); !chosen) return chosen;
    CommitStats ignored;
    for (RestoreRun& run : *runs) {
      run.text.counters = true;
      auto done = exec::carry_out(run, RestoreMode::kCommit, {options_.lock_wait}, how, ignored);
      if (!done) return done;
    }
    return {};
  }

  ExecBackend& backend_;
  const ExecOptions& options_;
  std::vector<RestoreRun> runs_;
  StateBefore before_;
};

}  // namespace

Result<Program> ExecBackend::program(Family family, Tool tool) const {
  return choose(options_.inventory, family, family == Family::ipv4 ? options_.ipv4 : options_.ipv6, tool);
}

Invocation ExecBackend::invocation(const Program& program) const {
  const SearchPath search{.directories = options_.inventory.directories, .root = options_.inventory.root};
  std::vector<std::string> environment = base_environment(search);
  environment.push_back("XTABLES_LOCKFILE=" + options_.lock_path);
  return {.path = program.path,
          .argv = {program.called},
          .environment = std::move(environment),
          .netns = options_.netns,
          .deadline = options_.deadline};
}

Result<Ruleset> ExecBackend::snapshot(Family family, std::optional<TableId> only) {
  const auto save = program(family, Tool::save);
  if (!save) return tl::unexpected(save.error());
  // The legacy one finds its tables there, and where there is no such file it says that there are none.
  if (save->variant != Variant::nft && access("/proc/self/net", F_OK) != 0) {
    return fail(Code::kSystem, save->path + " cannot tell which tables there are: /proc is not there");
  }
  Invocation how = invocation(*save);
  // Never `-t`: it makes a legacy table that is not there, and shows an nft table that is not there.
  how.argv.emplace_back("--counters");
  const auto done = run(how);
  if (!done) return tl::unexpected(done.error());
  if (!done->ok()) {
    Error error = tool_error(*save, *done);
    // The kernel has no tables of this kind at all.
    if (error.errno_value == ENOENT && error.message.find("list table names") != std::string::npos) {
      return Ruleset{.family = family};
    }
    return tl::unexpected(std::move(error));
  }
  if (done->output_cut) return fail(Code::kSystem, save->path + " prints more than can be read");
  return ruleset_from_save(family, done->output, only);
}

Result<CommitStats> ExecBackend::commit(Transaction& transaction) {
  auto runs = plan_runs(pointers(transaction));
  if (!runs) return tl::unexpected(std::move(runs.error()));
  if (runs->empty()) return CommitStats{};
  Commit commit(*this, options_, *std::move(runs));
  if (auto chosen = commit.choose_programs(); !chosen) return tl::unexpected(std::move(chosen.error()));
  // They are in the text now.
  for (TableChange& change : transaction.changes) {
    for (Operation& operation : change.operations) operation.rule.reset();
  }
  if (auto read = commit.remember_state(); !read) return tl::unexpected(std::move(read.error()));
  return commit.carry_out(invocation({}));
}

Result<CommitStats> ExecBackend::ensure(const Transaction& wanted) {
  return missing(wanted).and_then([&](Transaction left) { return commit(left); });
}

Result<Transaction> ExecBackend::missing(const Transaction& wanted) {
  std::vector<Ruleset> now;
  for (const Family family : {Family::ipv4, Family::ipv6}) {
    if (std::ranges::find(wanted.changes, family, &TableChange::family) == wanted.changes.end()) continue;
    auto read = snapshot(family, {});
    if (!read) return tl::unexpected(std::move(read.error()));
    now.push_back(*std::move(read));
  }
  return difference(now, wanted, [](const Rule& rule) -> Result<Rule> { return rule; });
}

Result<void> ExecBackend::check(const Transaction& transaction) {
  auto runs = plan_runs(pointers(transaction));
  if (!runs) return tl::unexpected(std::move(runs.error()));
  CommitStats ignored;
  for (RestoreRun& run : *runs) {
    auto chosen = program(run.family, Tool::restore);
    if (!chosen) return tl::unexpected(std::move(chosen.error()));
    run.program = *std::move(chosen);
    auto done = carry_out(run, RestoreMode::kTest, {options_.lock_wait}, invocation(run.program), ignored);
    if (!done) return done;
  }
  return {};
}

}  // namespace ferrule::exec
