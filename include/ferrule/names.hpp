// How names in rules (services, protocols, users, groups, hosts) become numbers.
#pragma once

#include <cstdint>

#pragma GCC visibility push(default)
namespace ferrule {

// Numbers and the names built into iptables (tcp, udp, icmp types, …) are always understood. Beyond them:
enum class NameLookup : uint8_t {
  kNone,    // nothing else: no file is read. The library's default.
  kFiles,   // /etc/services and /etc/protocols, read directly
  kSystem,  // as iptables does: NSS for services, protocols, users, groups and networks, and DNS for hosts. May block.
};

}  // namespace ferrule
#pragma GCC visibility pop
