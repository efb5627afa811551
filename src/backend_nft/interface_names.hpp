// Interfaces by index, which is how nft may write them and iptables does not.
#pragma once

#include <net/if.h>

#include <array>
#include <cstdint>
#include <string>

namespace ferrule::nft {

// The present name, in the network namespace that the thread is in; empty when there is no such interface.
inline std::string interface_name(uint32_t index) {
  std::array<char, IF_NAMESIZE> name{};
  return if_indextoname(index, name.data()) == nullptr ? std::string() : std::string(name.data());
}

}  // namespace ferrule::nft
