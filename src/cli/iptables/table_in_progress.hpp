// The table of a restore while it is being changed, as iptables-restore would list it at each line.
#pragma once

#include <deque>
#include <map>
#include <string_view>
#include <utility>
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

  bool has(std::string_view chain) const { return find(ChainName(chain)) != nullptr; }
  bool incompatible() const { return incompatible_; }

  // nf_tables shows policies, counters of policies and names of chains as they were, and counts references wrongly:
  // kUnknownReferences where it finds that itself.
  static constexpr uint32_t kUnknownReferences = 0xffffffff;
  // With the chain of that name only, or all where it is empty.
  Table shown(std::string_view chain) const;

  // Whether this restore has put the rule there, which counts from 0.
  bool is_added(const ChainName& chain, size_t at) const;

 private:
  struct Line {
    Rule rule;
    bool added = false;
  };
  struct Editable {
    Chain chain;                  // without its rules
    std::deque<Line> lines = {};  // since many begin with their last
    size_t uses = 0;              // jumps to it and rules in it, as nf_tables had counted them
  };

  bool is_nft() const { return backend_ == BackendKind::nft; }
  const Editable* find(const ChainName& name) const;
  Editable* find(const ChainName& name) { return const_cast<Editable*>(std::as_const(*this).find(name)); }
  static void put(Editable& into, size_t at, const Operation& operation);
  static void take(Editable& from, size_t at);
  template <typename Do>
  void each(const ChainName& meant, const Do& what);
  void zero(Editable& chain, uint32_t number) const;
  void set_policy(Editable& chain, const Operation& operation) const;
  void rename(const Operation& operation);
  // How many jumps there are to each chain.
  std::map<std::string_view, uint32_t> jumps() const;
  Chain shown(const Editable& each) const;

  TableId id_;
  BackendKind backend_;
  std::vector<Foreign> foreign_;
  bool incompatible_;
  std::vector<Editable> base_;           // in the order of listings
  std::map<ChainName, Editable> users_;  // likewise
};

}  // namespace ferrule::cli
