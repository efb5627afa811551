// Changes: tells that the nf_tables rules of a namespace change, by the multicast group NFNLGRP_NFTABLES
// (<linux/netfilter/nfnetlink.h>). Joining the group loads nf_tables where the module is not loaded.
#pragma once

#include <chrono>

#include "kernel/descriptor.hpp"
#include "kernel/system.hpp"

namespace ferrule::netlink {

// Not thread-safe. Of the namespace that the thread is in when it is made.
class Changes {
 public:
  explicit Changes(kernel::System& system = kernel::real_system());
  // False where the group cannot be joined: `wait` then only waits.
  bool can_tell() const { return file_.is_open(); }
  // Returns when something has changed, or may have, or after `time`. A process of the namespace can make it return
  // early, by messages of its own.
  void wait(std::chrono::milliseconds time);

 private:
  kernel::System& system_;
  kernel::Descriptor file_;
};

}  // namespace ferrule::netlink
