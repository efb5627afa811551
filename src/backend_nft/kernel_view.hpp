// KernelView: what of the kernel's tables, chains and rules a plan has looked at, and whether it still is so. Asks only
// what it is asked, and remembers the answers.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "backend_nft/chain_info.hpp"
#include "backend_nft/kernel_reader.hpp"
#include "ferrule/error.hpp"
#include "ferrule/types.hpp"
#include "netlink/socket.hpp"

namespace ferrule::nft {

// Not thread-safe. Whoever changes the rules meanwhile makes an answer wrong, which the generation in the batch tells.
class KernelView {
 public:
  // Looks at the generation and the tables. `socket` must outlive the view.
  static Result<KernelView> open(netlink::Socket& socket);

  // That of a namespace in which nobody has made anything yet. Asks no kernel.
  static KernelView of_nothing();

  // For the sequence numbers of a batch made of this view.
  uint32_t next_sequence() const { return socket_ == nullptr ? netlink::random_sequence() : socket_->next_sequence(); }
  uint32_t generation() const { return tables_.generation; }
  bool has_table(Family family, TableId table) const { return tables_.has(family, table); }
  // Whether iptables has no table at all here.
  bool has_no_tables() const { return tables_.none(); }
  // Null when there is no such chain; valid as long as the view is not moved or refreshed.
  Result<const ChainInfo*> chain(Family family, TableId table, std::string_view name);
  // All chains of a table, in the order of their making.
  Result<std::vector<ChainInfo>> chains(Family family, TableId table);
  // The rules of a chain, in order.
  Result<void> rules(Family family, TableId table, std::string_view chain,
                     const std::function<void(const RuleView&)>& take);

  // Looks again. True where everything that was asked has the same answer as before, but for the generation. Where
  // rules or all chains were asked for, the answer is no.
  Result<bool> still_holds();

 private:
  using Key = std::tuple<Family, TableId, std::string>;
  struct Dump {
    std::vector<ChainInfo> chains;
    std::map<Key, size_t> by_key;
  };
  explicit KernelView(netlink::Socket* socket) : socket_(socket) {}
  std::optional<Dump>& dump_of(Family family) { return dumps_[family == Family::ipv4 ? 0 : 1]; }
  Result<const Dump*> dump(Family family);
  Result<std::optional<ChainInfo>> look_up(const Key& key);

  netlink::Socket* socket_;  // null where there is nothing to ask about
  TablesInfo tables_;
  std::map<Key, std::optional<ChainInfo>> chains_;
  std::array<size_t, 2> look_ups_{};
  std::array<std::optional<Dump>, 2> dumps_;
  bool asked_for_more_ = false;
};

}  // namespace ferrule::nft
