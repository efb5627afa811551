// Seccomp filters for what a sandbox might forbid.
#pragma once

#include <cstdint>

namespace ferrule::test {

enum class Forbidden : uint8_t {
  netfilter_socket,  // socket(AF_NETLINK, …, NETLINK_NETFILTER)
  xtables_sockopts,  // getsockopt and setsockopt of legacy iptables, both families
  execve,
};

// From now on, what is forbidden fails with that errno, in the calling thread and in whatever it starts. For good: call
// it in a child process or a thread of its own. Throws std::system_error.
void forbid(Forbidden what, int error_number);

}  // namespace ferrule::test
