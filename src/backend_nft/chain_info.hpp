// ChainInfo: a chain as the kernel describes it.
#pragma once

#include <libmnl/libmnl.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ferrule/types.hpp"

namespace ferrule::nft {

struct ChainInfo {
  struct Base {
    uint32_t hook = 0;
    int32_t priority = 0;
    std::string type;
    Policy policy = Policy::accept;
    Counters counters;
  };
  std::string table;
  std::string name;
  uint64_t handle = 0;
  uint32_t use = 0;  // rules in it, plus jumps to it
  std::optional<Base> base;

  // Whether it is the base chain of this name that iptables has in that table.
  bool is_iptables_base(TableId in) const;
  // Whether iptables can see it at all.
  bool is_visible(TableId in) const { return !base || is_iptables_base(in); }
};

// Reads an NFT_MSG_NEWCHAIN; nullopt for anything that is none.
std::optional<ChainInfo> read_chain(const nlmsghdr& message);

}  // namespace ferrule::nft
