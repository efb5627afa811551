// Carrying out a transaction whose families may go through different backends.
#pragma once

#include <vector>

#include "backend/backend.hpp"
#include "engine/choice.hpp"
#include "ferrule/transaction.hpp"

namespace ferrule::engine {

// Whether some rule of the family is known as text only.
Need needs_binary(const Transaction& transaction, Family family);

// One backend for all: one commit. Two different ones: one after the other, and when the second fails, what the first
// had is put back.
Result<CommitStats> commit(Chooser& chooser, const Context& context, const std::vector<Choice>& choices,
                           Transaction& transaction);

// The same with Backend::ensure. Takes `wanted` apart.
Result<CommitStats> ensure(Chooser& chooser, const Context& context, const std::vector<Choice>& choices,
                           Transaction& wanted);

// What it would carry out.
Result<Transaction> missing(Chooser& chooser, const Context& context, const std::vector<Choice>& choices,
                            const Transaction& wanted);

Result<CommitStats> check(Chooser& chooser, const Context& context, const std::vector<Choice>& choices,
                          const Transaction& transaction);

}  // namespace ferrule::engine
