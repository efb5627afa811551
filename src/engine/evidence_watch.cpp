// Changes of nf_tables are sent to the multicast group NFNLGRP_NFTABLES, <linux/netfilter/nfnetlink.h>. Joining it
// would load nf_tables where that is not there, so it is joined only where it is.
#include "engine/evidence_watch.hpp"

#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <thread>

#include "kernel/descriptor.hpp"

namespace ferrule::engine {
namespace {

using Clock = std::chrono::steady_clock;
using kernel::Descriptor;

// Closed where there is no telling.
Descriptor join_nftables_group() {
  Descriptor out(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_NETFILTER));
  constexpr int kGroup = NFNLGRP_NFTABLES;
  sockaddr_nl own{};
  own.nl_family = AF_NETLINK;
  if (out.is_open() && bind(out.get(), reinterpret_cast<const sockaddr*>(&own), sizeof own) == 0 &&
      setsockopt(out.get(), SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &kGroup, sizeof kGroup) == 0) {
    return out;
  }
  return Descriptor(-1);
}

// What it says does not matter, only that it says something; nor that some of it was lost.
void drain(const Descriptor& socket) {
  std::array<char, 64> piece;
  while (recv(socket.get(), piece.data(), piece.size(), MSG_TRUNC) >= 0 || errno == ENOBUFS || errno == EINTR) {
  }
}

void wait_for_change(const Descriptor& group, Clock::duration time) {
  const auto ms = static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(time).count());
  pollfd waiting{.fd = group.get(), .events = POLLIN, .revents = 0};  // a negative one is passed over
  if (poll(&waiting, 1, ms) > 0) drain(group);
}

bool is_in_the_dark(const Inspection& inspection) {
  return inspection.verdicts.ipv4.outcome == Outcome::undetermined ||
         inspection.verdicts.ipv6.outcome == Outcome::undetermined;
}

}  // namespace

Inspection watch_for_evidence(Chooser& chooser, const Context& context, std::chrono::milliseconds timeout,
                              const WatchPace& pace) {
  const Clock::time_point end = Clock::now() + timeout;
  Descriptor group(-1);
  while (true) {
    const Clock::time_point looked = Clock::now();
    Inspection found = chooser.inspect(context, detect::Depth::kDecide);
    if (is_certain(found) || Clock::now() >= end) return found;
    const bool can_tell = found.facts.ipv4.nft.presence == Presence::present;
    if (can_tell && !group.is_open()) {
      group = join_nftables_group();
      if (group.is_open()) continue;  // something may have come before it was joined
    }
    const auto pause = is_in_the_dark(found) ? pace.ask_binaries_every : pace.look_every;
    wait_for_change(group, std::min<Clock::duration>(pause, end - Clock::now()));
    std::this_thread::sleep_until(std::min(looked + pace.at_most_every, end));
  }
}

}  // namespace ferrule::engine
