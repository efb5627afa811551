// What a binary that failed meant: its exit status and standard error as an Error.
#pragma once

#include <span>
#include <string_view>

#include "backend_exec/choose.hpp"
#include "backend_exec/process.hpp"
#include "ferrule/error.hpp"
#include "ferrule/transaction.hpp"
#include "text/restore_text.hpp"

namespace ferrule::exec {

// A failed run whose input has no lines to point at (`*-save`). `done` must not be ok().
Error tool_error(const Program& program, const Outcome& done);

// A failed `*-restore`, and how far it came.
struct RestoreError {
  Error error;
  // Index of the TableChange at fault. Those before it are committed, it and those behind it are not. Absent where that
  // is not known.
  std::optional<uint32_t> change = {};
  bool at_commit = false;  // the kernel refused the table as a whole; no single line is at fault
};

// `fed` is what the binary read and `changes` what that was made of. The error points at the line, table and chain of
// the operation at fault. iptables-legacy-restore often says no more than a line number; then the message is what can
// have gone wrong with such an operation.
RestoreError restore_error(const Program& program, const Outcome& done, const text::RestoreText& fed,
                           std::span<const TableChange* const> changes);

}  // namespace ferrule::exec
