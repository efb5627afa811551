// Namespaces that hold no rules yet, as new pods' do: what a transaction makes of them can be written out without
// looking, and put into them with the necessary system calls only.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "backend_legacy/prebuilt.hpp"
#include "backend_nft/batch.hpp"
#include "backend_nft/prebuilt.hpp"
#include "engine/choice.hpp"
#include "ferrule/engine.hpp"
#include "ferrule/transaction.hpp"

namespace ferrule::engine {

// A transaction in the form of one backend, both families included.
using Bytes = std::variant<std::monostate, legacy::PrebuiltTables, nft::Batch>;

// Written for a namespace without rules.
struct WrittenOut {
  Bytes bytes = {};          // nothing where there are none
  std::string why_not = {};  // why there are none, one sentence
  Report report = {};        // what is to be said when the bytes went in as they are
};
WrittenOut write_out(Chooser& chooser, const Context& context, const Inspection& as_empty,
                     const Transaction& transaction);

// Puts the bytes into the namespace that the calling thread is in. False, and nothing has changed: there is something
// that speaks for another backend (detect/decide.hpp), or something in the tables that are written, or the kernel
// refused. Errors are those of legacy::put_into_empty_tables.
Result<bool> place(Chooser& chooser, const Bytes& bytes, const Transaction& transaction, const LockPolicy& lock,
                   nft::Opening opening);

// All of it at once, in the namespace of `context`. Absent where it must go the ordinary way.
std::optional<Result<Report>> apply_to_nothing(Chooser& chooser, const Context& context,
                                               const Transaction& transaction);

}  // namespace ferrule::engine
