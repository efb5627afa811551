// The table of a restore while it is being changed, as iptables-restore would list it at each line.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ferrule/detect.hpp"
#include "ferrule/ruleset.hpp"
#include "ferrule/transaction.hpp"

namespace ferrule::cli {

class TableInProgress {
 public:
  TableInProgress(Table before, BackendKind backend, Existing existing);

  // Operations that cannot be carried out change nothing.
  void carry_out(const Operation& operation);

  // nf_tables shows policies, counters of policies and names of chains as they were, and counts references wrongly:
  // kUnknownReferences where it finds that itself.
  static constexpr uint32_t kUnknownReferences = 0xffffffff;
  Table shown() const;

  // The rules, from 1, of a chain that this restore has put there.
  const std::vector<bool>& added(std::string_view chain) const;

 private:
  struct Editable {
    Chain chain;
    std::vector<bool> added = {};  // one for each rule
    size_t uses = 0;               // jumps to it and rules in it, as nf_tables had counted them
  };

  bool is_nft() const { return backend_ == BackendKind::nft; }
  Editable* find(const ChainName& name);
  void add_chain(const ChainName& name);
  void put(Editable& into, size_t at, const Operation& operation);
  static void take(Editable& from, size_t at);
  void delete_chains(const ChainName& meant);
  void zero(Editable& chain, uint32_t number) const;
  void set_policy(Editable& chain, const Operation& operation) const;
  static void empty(Editable& chain);
  size_t jumps_to(const ChainName& name) const;

  TableId id_;
  BackendKind backend_;
  std::vector<Foreign> foreign_;
  bool incompatible_;
  std::vector<Editable> chains_;  // in the order of listings
};

}  // namespace ferrule::cli
