// ExecBackend: reads and changes rules by running the iptables binaries.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "backend/backend.hpp"
#include "backend_exec/choose.hpp"
#include "backend_exec/process.hpp"
#include "detect/inventory.hpp"

namespace ferrule::exec {

struct ExecOptions {
  detect::Inventory inventory = {};
  // Which variant of the binaries, per family; absent for whatever the plain names are.
  std::optional<detect::Variant> ipv4 = {};
  std::optional<detect::Variant> ipv6 = {};
  // The lock that legacy binaries take. Those from 1.8.6 on are told of it, older ones take /run/xtables.lock.
  std::string lock_path = "/run/xtables.lock";
  // For ever when absent. Binaries count in seconds: less than one is one.
  std::optional<std::chrono::milliseconds> lock_wait = std::chrono::seconds(30);
  // For each process; one that takes longer is killed with all its children.
  std::chrono::milliseconds deadline = std::chrono::seconds(60);
  int netns = -1;  // descriptor of the namespace that the binaries enter; negative: the calling thread's
  // Reads the state to go back to without a process, where a transaction needs one. Where there is no such function, or
  // it fails, or gives rules that cannot be printed, `*-save` is run.
  std::function<Result<Ruleset>(Family)> read_state = {};
};

// One `*-restore` per family, fed with generated text, carries out a transaction: one more for each time that changes
// with and without --noflush follow each other. Each table is committed on its own. So a transaction of several tables
// needs to know what was there before: that is read first, and when a later table or family fails, the earlier ones are
// put back by another `*-restore`. A legacy table that was not there before stays, empty; what somebody else changed in
// between is lost; an nft table with things in it that iptables cannot show is not put back, and the error says so:
// where there is such a table, all is tried with `--test` first. A transaction of one table needs none of this.
//
// Errors besides those of Backend: kUnsupported where there is no binary that fits, or a rule that restore input cannot
// say; kBusy where the lock was not to be had; kSystem where a binary crashed or took too long.
class ExecBackend final : public Backend {
 public:
  explicit ExecBackend(ExecOptions options) : options_(std::move(options)) {}

  // Runs `*-save -c`. Rules that are not understood here are kept as text (Rule::foreign_text). kSystem where a legacy
  // binary is to be run without /proc.
  Result<Ruleset> snapshot(Family family, std::optional<TableId> only) override;
  Result<CommitStats> commit(Transaction& transaction) override;
  // Runs `*-save -c`, and `*-restore` where something is missing. What others change between the two is not noticed:
  // rules that they add as well are there twice.
  Result<CommitStats> ensure(const Transaction& wanted) override;
  Result<Transaction> missing(const Transaction& wanted) override;
  // Runs `*-restore --test`. The nft one reads the text only; the legacy one goes as far as it can without committing,
  // and makes the tables that do not exist yet.
  Result<void> check(const Transaction& transaction) override;

  // The binary that is run for `tool`. Runs nothing.
  Result<Program> program(Family family, Tool tool) const;

 private:
  Invocation invocation(const Program& program) const;

  ExecOptions options_;
};

}  // namespace ferrule::exec
