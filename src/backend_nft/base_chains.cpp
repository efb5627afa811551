#include "backend_nft/base_chains.hpp"

#include <algorithm>

namespace ferrule::nft {
namespace {

constexpr std::array kFilter = {
    BaseChain{"INPUT", Hook::input, "filter", 0},
    BaseChain{"FORWARD", Hook::forward, "filter", 0},
    BaseChain{"OUTPUT", Hook::output, "filter", 0},
};
constexpr std::array kNat = {
    BaseChain{"PREROUTING", Hook::prerouting, "nat", -100},
    BaseChain{"INPUT", Hook::input, "nat", 100},
    BaseChain{"OUTPUT", Hook::output, "nat", -100},
    BaseChain{"POSTROUTING", Hook::postrouting, "nat", 100},
};
constexpr std::array kMangle = {
    BaseChain{"PREROUTING", Hook::prerouting, "filter", -150},   BaseChain{"INPUT", Hook::input, "filter", -150},
    BaseChain{"FORWARD", Hook::forward, "filter", -150},         BaseChain{"OUTPUT", Hook::output, "route", -150},
    BaseChain{"POSTROUTING", Hook::postrouting, "filter", -150},
};
constexpr std::array kRaw = {
    BaseChain{"PREROUTING", Hook::prerouting, "filter", -300},
    BaseChain{"OUTPUT", Hook::output, "filter", -300},
};
// Not NF_IP_PRI_SECURITY, which is 50: nft and iptables-nft use 150.
constexpr std::array kSecurity = {
    BaseChain{"INPUT", Hook::input, "filter", 150},
    BaseChain{"FORWARD", Hook::forward, "filter", 150},
    BaseChain{"OUTPUT", Hook::output, "filter", 150},
};

}  // namespace

std::span<const BaseChain> base_chains(TableId table) {
  switch (table) {
    case TableId::filter:
      return kFilter;
    case TableId::nat:
      return kNat;
    case TableId::mangle:
      return kMangle;
    case TableId::raw:
      return kRaw;
    case TableId::security:
      return kSecurity;
  }
  return {};
}

const BaseChain* base_chain(TableId table, std::string_view name) {
  const auto chains = base_chains(table);
  const auto found = std::find_if(chains.begin(), chains.end(), [&](const BaseChain& c) { return c.name == name; });
  return found == chains.end() ? nullptr : &*found;
}

}  // namespace ferrule::nft
