// StateBefore: what the tables of a transaction held, as changes that bring it back.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "detect/inventory.hpp"
#include "ferrule/error.hpp"
#include "ferrule/ruleset.hpp"
#include "ferrule/transaction.hpp"

namespace ferrule::exec {

class StateBefore {
 public:
  // Adds `change.table` as `ruleset` has it, once. In a table that does not exist the way back is a table without rules
  // (legacy) or none (nft).
  void add(const TableChange& change, const Ruleset& ruleset, detect::Variant variant);

  // The way back for these changes, the latest first, each table once. Valid as long as this object.
  std::vector<const TableChange*> way_back(const std::vector<const TableChange*>& undone) const;
  std::vector<const TableChange*> whole_way_back() const;
  // Those of `undone` whose tables hold what no restore input can say: "ipv4 nat, ipv6 filter", or empty.
  std::string lost(const std::vector<const TableChange*>& undone) const;

 private:
  struct Saved {
    TableChange back;
    bool can_be_said = true;
  };
  const Saved* find(const TableChange& change) const;

  std::vector<Saved> saved_;
};

}  // namespace ferrule::exec
