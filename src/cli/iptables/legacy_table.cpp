#include "iptables/legacy_table.hpp"

// netinet/in.h before the kernel's own headers, which then leave its types alone.
#include <netinet/in.h>
//
#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv6/ip6_tables.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>

namespace ferrule::cli {

static_assert(sizeof(ipt_getinfo) == sizeof(ip6t_getinfo));
static_assert(int{IPT_SO_GET_INFO} == int{IP6T_SO_GET_INFO});

namespace {

int ask(Family family, ipt_getinfo& info, socklen_t size) {
  const bool ipv4 = family == Family::ipv4;
  const int file = socket(ipv4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (file < 0) return errno;
  const int done = getsockopt(file, ipv4 ? int{SOL_IP} : int{SOL_IPV6}, IPT_SO_GET_INFO, &info, &size);
  const int error_number = done == 0 ? 0 : errno;
  close(file);
  return error_number;
}

}  // namespace

int ask_for_legacy_table(Family family, std::string_view table) {
  ipt_getinfo info{};
  table.substr(0, sizeof(info.name) - 1).copy(info.name, sizeof(info.name) - 1);
  return ask(family, info, sizeof(info));
}

// The kernel looks at rights first, at the size next, and only then for the table.
bool may_ask_for_legacy_tables(Family family) {
  ipt_getinfo info{};
  return ask(family, info, 0) != EPERM;
}

void touch_legacy_table(Family family, TableId table) { (void)ask_for_legacy_table(family, table_name(table)); }

}  // namespace ferrule::cli
