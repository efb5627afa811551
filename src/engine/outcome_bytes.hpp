// What came of a commit, as bytes: how a process that did it tells the one that asked.
//
// A byte says which it is. 0, done: three numbers, tables, rules and retries. 1, an error: the code (one byte), errno,
// line, then the message, file, option, table and chain, each a number and that many bytes. Numbers are four bytes,
// little-endian. Nothing follows.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "backend/backend.hpp"
#include "ferrule/error.hpp"

namespace ferrule::engine {

std::string to_bytes(const Result<CommitStats>& outcome);
// Absent where the bytes are nothing that `to_bytes` makes.
std::optional<Result<CommitStats>> outcome_of(std::string_view bytes);

}  // namespace ferrule::engine
