#include "netlink/changes.hpp"

#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>

namespace ferrule::netlink {
namespace {

// In one go; more wait for the next.
constexpr int kMostMessages = 4096;

kernel::Descriptor joined(kernel::System& system) {
  kernel::Descriptor out(system.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_NETFILTER));
  constexpr int kGroup = NFNLGRP_NFTABLES;
  sockaddr_nl own{};
  own.nl_family = AF_NETLINK;
  if (out.is_open() && system.bind(out.get(), reinterpret_cast<const sockaddr*>(&own), sizeof own) == 0 &&
      system.setsockopt(out.get(), SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &kGroup, sizeof kGroup) == 0) {
    return out;
  }
  return kernel::Descriptor(-1);
}

}  // namespace

Changes::Changes(kernel::System& system) : system_(system), file_(joined(system)) {}

void Changes::wait(std::chrono::milliseconds time) {
  const auto ms = static_cast<int>(std::clamp<long long>(time.count(), 0, INT_MAX));
  pollfd waiting{.fd = file_.get(), .events = POLLIN, .revents = 0};  // a negative one is passed over
  if (system_.poll(&waiting, 1, ms) <= 0) return;
  // What the messages say does not matter, nor that some were lost.
  std::array<char, 64> piece;
  for (int i = 0; i < kMostMessages; ++i) {
    iovec room{.iov_base = piece.data(), .iov_len = piece.size()};
    msghdr message{};
    message.msg_iov = &room;
    message.msg_iovlen = 1;
    if (system_.recvmsg(file_.get(), &message, MSG_TRUNC) < 0 && errno != ENOBUFS && errno != EINTR) return;
  }
}

}  // namespace ferrule::netlink
