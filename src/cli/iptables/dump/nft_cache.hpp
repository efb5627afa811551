// What iptables-nft reads of a table before it carries out commands. It prints the rules it reads with -vv.
#pragma once

#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "ferrule/transaction.hpp"
#include "iptables/dump/nft_kernel_table.hpp"

namespace ferrule::cli {

// All base chains that are iptables' own are read, and of the others those that a command names, or all.
class NftReading {
 public:
  void add(const Operation& operation);
  // A listing of one chain, or of all where `chain` is empty.
  void add_listing(std::string_view chain) { add_rules_of(chain); }

  bool reads_rules() const { return rules_; }
  // Of a chain that has rules; perhaps, if its name is that of a base chain.
  bool reads_rules_of(std::string_view chain) const {
    return rules_ && (all_ || chains_.contains(chain) || hook_of_chain(chain));
  }
  // Those rules as they are printed; empty where none are read.
  std::string text(const NftPlace& place, const NftKernelTable& table) const;

 private:
  void add_chain(std::string_view chain);
  void add_rules_of(std::string_view chain);

  bool rules_ = false;
  bool all_ = false;
  std::set<std::string, std::less<>> chains_;
};

// What a base chain must be to be iptables' own.
NftChain::Base nft_base_of(TableId table, Hook hook);
// The hook of a chain that is; nothing for user chains and for base chains of others.
std::optional<Hook> own_hook_of(TableId table, const NftChain& chain);

}  // namespace ferrule::cli
