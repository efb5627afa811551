// What a Plan holds, and how it is made.
#pragma once

#include <memory>
#include <string>

#include "engine/nothing.hpp"
#include "engine/work.hpp"
#include "ferrule/context.hpp"
#include "ferrule/transaction.hpp"

namespace ferrule::engine {

// Immutable once made, but for what `work` guards itself.
struct PlanContents {
  std::shared_ptr<Work> work;
  Context context;  // for all namespaces; its own is none of them
  Transaction transaction;
  WrittenOut written = {};
};

Result<std::shared_ptr<const PlanContents>> compile(std::shared_ptr<Work> work, const Context& context,
                                                    Transaction transaction);

// For people; see Plan::dump.
std::string dump(const PlanContents& plan);

}  // namespace ferrule::engine
