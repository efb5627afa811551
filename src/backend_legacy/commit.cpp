#include "backend_legacy/commit.hpp"

#include <array>
#include <cerrno>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "backend_legacy/blob.hpp"
#include "backend_legacy/check.hpp"
#include "backend_legacy/errors.hpp"
#include "backend_legacy/kernel_table.hpp"
#include "backend_legacy/rebuilt_table.hpp"
#include "backend_legacy/sockopt.hpp"

namespace ferrule::legacy {
namespace {

constexpr int kCommitAttempts = 16;
constexpr int kRollbackAttempts = 16;

enum class KeepOld : uint8_t { kNo, kYes };

// One table on its way into the kernel.
struct Step {
  TableChanges changes;
  std::unique_ptr<EditableTable> table = {};
  Edited edited = Edited::kNothing;
  std::optional<TableBlob> before = {};  // what to put back when a later step fails
};

class Committer {
 public:
  explicit Committer(std::vector<TableChanges> tables) {
    for (TableChanges& changes : tables) steps_.push_back({.changes = std::move(changes)});
  }

  Result<CommitStats> run();
  // What is left to do of the transaction.
  std::vector<TableChanges> take_changes() {
    std::vector<TableChanges> tables;
    for (Step& step : steps_) tables.push_back(std::move(step.changes));
    return tables;
  }

 private:
  static Result<std::unique_ptr<EditableTable>> open_table(const TableChanges& changes);
  Result<void> edit(Step& step);
  Result<void> commit(Step& step, KeepOld keep);
  Result<TableBlob> read_old(const TableChanges& changes);
  Error undo(Error error);
  Result<void> put_back(Step& step);
  Result<XtSocket*> socket(Family family);

  std::vector<Step> steps_;
  std::array<std::optional<XtSocket>, 2> sockets_;
  SetNames sets_;
  CommitStats stats_;
};

Result<CommitStats> Committer::run() {
  Step* last = nullptr;
  for (Step& step : steps_) {
    stats_.rules += static_cast<uint32_t>(step.changes.rule_count());
    if (Result<void> edited = edit(step); !edited) return tl::unexpected<Error>(std::move(edited.error()));
    if (step.edited == Edited::kSomething) last = &step;
  }
  for (Step& step : steps_) {
    if (step.edited == Edited::kNothing) continue;
    const KeepOld keep = &step == last ? KeepOld::kNo : KeepOld::kYes;
    if (Result<void> committed = commit(step, keep); !committed) {
      // What this step kept was not replaced.
      step.before.reset();
      return tl::unexpected<Error>(undo(std::move(committed.error())));
    }
    step.table.reset();
    ++stats_.tables;
  }
  return stats_;
}

Result<std::unique_ptr<EditableTable>> Committer::open_table(const TableChanges& changes) {
  if (changes.only_checks()) return copy_table(changes.family, changes.table);
  if (describes_whole_table(changes)) return open_rebuilt_table(changes.family, changes.table);
  return open_kernel_table(changes.family, changes.table);
}

Result<void> Committer::edit(Step& step) {
  const TableChanges& changes = step.changes;
  Result<std::unique_ptr<EditableTable>> table = open_table(changes);
  if (!table) {
    table.error().origin = changes.commit_origin();
    return tl::unexpected<Error>(std::move(table.error()));
  }
  const Result<Edited> edited = apply_changes(changes, **table, sets_);
  if (!edited) return tl::unexpected<Error>(edited.error());
  step.table = std::move(*table);
  step.edited = *edited;
  if (step.table->stands_alone()) {
    for (TableChange& change : step.changes.changes) std::vector<Operation>().swap(change.operations);
  }
  return {};
}

Result<void> Committer::commit(Step& step, KeepOld keep) {
  for (int attempt = 1;; ++attempt) {
    if (keep == KeepOld::kYes) {
      Result<TableBlob> old = read_old(step.changes);
      if (!old) return tl::unexpected<Error>(std::move(old.error()));
      step.before = std::move(*old);
    }
    const int error_number = step.table->commit();
    if (error_number == 0) return {};
    if (error_number != EAGAIN || attempt == kCommitAttempts) {
      Error error = make_error(Doing::committing, error_number, step.changes.table);
      if (error_number == ESTALE) {
        error.code = Code::kBusy;
        error.message = "the table was changed by somebody else while it was being committed";
      }
      error.origin = step.changes.commit_origin();
      return tl::unexpected<Error>(std::move(error));
    }
    ++stats_.retries;
    Result<void> renewed = step.table->stands_alone() ? step.table->look_again() : edit(step);
    if (!renewed) return renewed;
  }
}

Result<TableBlob> Committer::read_old(const TableChanges& changes) {
  const Result<XtSocket*> opened = socket(changes.family);
  if (!opened) return tl::unexpected<Error>(opened.error());
  return (*opened)->read_table(changes.table);
}

Error Committer::undo(Error error) {
  for (Step& step : steps_) {
    if (!step.before) continue;
    if (const Result<void> restored = put_back(step); !restored) {
      error.message += "; and table " + std::string(table_name(step.changes.table)) +
                       " could not be put back: " + restored.error().message;
    }
  }
  return error;
}

Result<void> Committer::put_back(Step& step) {
  const Result<XtSocket*> opened = socket(step.changes.family);
  if (!opened) return tl::unexpected<Error>(opened.error());
  const XtSocket& kernel = **opened;
  for (int attempt = 1;; ++attempt) {
    const Result<TableInfo> now = kernel.get_info(step.changes.table);
    if (!now) return tl::unexpected<Error>(now.error());
    const auto replaced = kernel.replace(*step.before, now->entry_count);
    if (replaced) break;
    if (replaced.error().code != Code::kBusy || attempt == kRollbackAttempts) {
      return tl::unexpected<Error>(replaced.error());
    }
  }
  return kernel.add_counters(step.changes.table, entry_counters(step.changes.family, step.before->entries()));
}

Result<XtSocket*> Committer::socket(Family family) {
  std::optional<XtSocket>& slot = sockets_[family == Family::ipv4 ? 0 : 1];
  if (!slot) {
    Result<XtSocket> opened = XtSocket::open(family);
    if (!opened) return tl::unexpected<Error>(opened.error());
    slot = std::move(*opened);
  }
  return &*slot;
}

}  // namespace

Result<CommitStats> commit_tables(std::vector<TableChanges>& tables) {
  Committer committer(std::move(tables));
  auto done = committer.run();
  tables = committer.take_changes();
  return done;
}

}  // namespace ferrule::legacy
