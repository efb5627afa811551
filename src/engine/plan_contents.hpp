// What a Plan holds, and how it is made.
#pragma once

#include <memory>
#include <string>
#include <variant>

#include "backend_legacy/prebuilt.hpp"
#include "backend_nft/batch.hpp"
#include "engine/work.hpp"
#include "ferrule/context.hpp"
#include "ferrule/transaction.hpp"

namespace ferrule::engine {

// Immutable once made, but for what `work` guards itself.
struct PlanContents {
  std::shared_ptr<Work> work;
  Context context;  // for all namespaces; its own is none of them
  Transaction transaction;
  Report report = {};  // what `apply` says when the bytes went in as they are
  // The bytes, in the form of the backend that a namespace without rules gets; nothing where there are none.
  std::variant<std::monostate, legacy::PrebuiltTables, nft::Batch> bytes = {};
  std::string why_not = {};  // why there are none, one sentence
};

Result<std::shared_ptr<const PlanContents>> compile(std::shared_ptr<Work> work, const Context& context,
                                                    Transaction transaction);

// For people; see Plan::dump.
std::string dump(const PlanContents& contents);

}  // namespace ferrule::engine
