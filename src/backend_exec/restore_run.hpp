// RestoreRun: one `*-restore` process and what it is fed.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "backend/backend.hpp"
#include "backend_exec/choose.hpp"
#include "backend_exec/process.hpp"
#include "ferrule/transaction.hpp"
#include "text/restore_text.hpp"

namespace ferrule::exec {

// Changes of one family that follow each other and are all with --noflush, or all without.
struct RestoreRun {
  Family family = Family::ipv4;
  Existing existing = Existing::kKeep;
  std::vector<const TableChange*> changes = {};  // not owned
  text::RestoreText text = {};
  Program program = {};
  uint32_t committed = 0;  // of `changes`: so many may have taken effect
};

// Cuts changes into runs, the families one after the other, and prints the text of each. Errors are to_restore_text's.
Result<std::vector<RestoreRun>> plan_runs(const std::vector<const TableChange*>& changes);

enum class RestoreMode : uint8_t { kCommit, kTest };

struct LockWait {
  std::optional<std::chrono::milliseconds> time;  // for ever when absent
};

// What a `*-restore` of that version is called with.
std::vector<std::string> restore_arguments(const RestoreRun& run, RestoreMode mode, const LockWait& wait);

// Runs it, and again from the table at fault on when that was busy and there is time left. `how` has everything but
// arguments and input. Moves `run.committed` and adds to `stats`, on failure too.
Result<void> carry_out(RestoreRun& run, RestoreMode mode, const LockWait& wait, Invocation how, CommitStats& stats);

}  // namespace ferrule::exec
