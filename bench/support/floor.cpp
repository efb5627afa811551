#include "support/floor.hpp"

#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv6/ip6_tables.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <system_error>

#include "support/contest.hpp"

namespace ferrule::bench {
namespace {

[[noreturn]] void fail_with(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

std::vector<std::byte> replace_request(const legacy::Replacement& table, uint32_t old_count, std::byte* counters) {
  ipt_replace header{};
  const std::string_view name = table_name(table.table());
  std::copy(name.begin(), name.end(), header.name);
  const legacy::TableInfo& info = table.info();
  header.valid_hooks = info.valid_hooks;
  header.num_entries = info.entry_count;
  header.size = info.size;
  std::copy(info.hook_entry.begin(), info.hook_entry.end(), header.hook_entry);
  std::copy(info.underflow.begin(), info.underflow.end(), header.underflow);
  header.num_counters = old_count;
  header.counters = reinterpret_cast<xt_counters*>(counters);
  std::vector<std::byte> out(sizeof header + info.size);
  std::memcpy(out.data(), &header, sizeof header);
  std::memcpy(out.data() + sizeof header, table.entries().data(), info.size);
  return out;
}

}  // namespace

LegacyFloor::LegacyFloor(const legacy::PrebuiltTables& tables, Way way) {
  uint32_t most = 0;
  for (const auto& table : tables) {
    most = std::max({most, table.forward.info().entry_count, table.back.info().entry_count});
  }
  unread_counters_.resize(most * sizeof(xt_counters));
  for (const auto& table : tables) {
    const legacy::Replacement& wanted = way == Way::kBack ? table.back : table.forward;
    const legacy::Replacement& before = way == Way::kForward ? table.back : table.forward;
    const bool is_v4 = table.family == Family::ipv4;
    calls_.push_back({.family = is_v4 ? AF_INET : AF_INET6,
                      .level = is_v4 ? static_cast<int>(IPPROTO_IP) : IPPROTO_IPV6,
                      .request = replace_request(wanted, before.info().entry_count, unread_counters_.data())});
  }
}

double LegacyFloor::run(const Namespace& target) const {
  return microseconds([&] {
    const Inside inside(target);
    std::array<int, 2> sockets = {-1, -1};
    for (const Call& call : calls_) {
      int& fd = sockets[call.family == AF_INET ? 0 : 1];
      if (fd < 0) fd = socket(call.family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
      if (setsockopt(fd, call.level, IPT_SO_SET_REPLACE, call.request.data(),
                     static_cast<socklen_t>(call.request.size())) != 0) {
        fail_with("SET_REPLACE");
      }
    }
    for (const int fd : sockets) {
      if (fd >= 0) close(fd);
    }
  });
}

LaterClose::~LaterClose() {
  for (const int fd : fds_) close(fd);
}

void LaterClose::take(int fd) {
  const std::lock_guard lock(mutex_);
  fds_.push_back(fd);
}

NftFloor::NftFloor(const nft::Batch& batch) {
  for (const iovec& piece : batch.pieces()) {
    const auto* bytes = static_cast<const std::byte*>(piece.iov_base);
    bytes_.insert(bytes_.end(), bytes, bytes + piece.iov_len);
  }
}

double NftFloor::run(const Namespace& target, Closing closing) const {
  int fd = -1;
  const double time = microseconds([&] {
    const Inside inside(target);
    fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
    const int size = static_cast<int>(bytes_.size());
    if (bytes_.size() > 100'000) setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size);
    sockaddr_nl kernel{};
    kernel.nl_family = AF_NETLINK;
    if (sendto(fd, bytes_.data(), bytes_.size(), 0, reinterpret_cast<const sockaddr*>(&kernel), sizeof kernel) < 0) {
      fail_with("batch");
    }
    std::array<char, 4096> answer;
    if (recv(fd, answer.data(), answer.size(), MSG_DONTWAIT) >= 0) {
      errno = EPROTO;
      fail_with("the kernel refused the batch");
    }
    if (closing == Closing::kMeasured) close(fd);
  });
  if (closing == Closing::kAfterwards) close(fd);
  if (closing == Closing::kAtTheEnd) later_.take(fd);
  return time;
}

}  // namespace ferrule::bench
