#include "support/seccomp.hpp"

#include <linux/filter.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <system_error>
#include <vector>

namespace ferrule::test {
namespace {

// Options 64 to 69 of both levels are those of xtables.
constexpr uint32_t kFirstOption = 64;
constexpr uint32_t kLastOption = 69;

sock_filter statement(int code, uint32_t value) {
  return {.code = static_cast<uint16_t>(code), .jt = 0, .jf = 0, .k = value};
}
sock_filter jump(int condition, uint32_t value, uint8_t if_true, uint8_t if_false) {
  return {.code = static_cast<uint16_t>(BPF_JMP | condition | BPF_K), .jt = if_true, .jf = if_false, .k = value};
}
sock_filter load(size_t offset) { return statement(BPF_LD | BPF_W | BPF_ABS, static_cast<uint32_t>(offset)); }
// The low half of an argument, on a little-endian machine.
sock_filter load_argument(size_t index) { return load(offsetof(seccomp_data, args) + index * sizeof(uint64_t)); }

std::vector<sock_filter> filter_of(Forbidden what, int error_number) {
  const sock_filter allow = statement(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  const sock_filter refuse = statement(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | static_cast<uint32_t>(error_number));
  const sock_filter load_number = load(offsetof(seccomp_data, nr));
  switch (what) {
    case Forbidden::netfilter_socket:
      return {
          load_number,      jump(BPF_JEQ, SYS_socket, 0, 5),        load_argument(0), jump(BPF_JEQ, AF_NETLINK, 0, 3),
          load_argument(2), jump(BPF_JEQ, NETLINK_NETFILTER, 0, 1), refuse,           allow};
    case Forbidden::xtables_sockopts:
      return {load_number,
              jump(BPF_JEQ, SYS_getsockopt, 1, 0),
              jump(BPF_JEQ, SYS_setsockopt, 0, 7),
              load_argument(1),
              jump(BPF_JEQ, IPPROTO_IP, 1, 0),
              jump(BPF_JEQ, IPPROTO_IPV6, 0, 4),
              load_argument(2),
              jump(BPF_JGE, kFirstOption, 0, 2),
              jump(BPF_JGT, kLastOption, 1, 0),
              refuse,
              allow};
    case Forbidden::execve:
      break;
  }
  return {load_number, jump(BPF_JEQ, SYS_execve, 1, 0), jump(BPF_JEQ, SYS_execveat, 0, 1), refuse, allow};
}

}  // namespace

void forbid(Forbidden what, int error_number) {
  std::vector<sock_filter> filter = filter_of(what, error_number);
  const sock_fprog program{.len = static_cast<unsigned short>(filter.size()), .filter = filter.data()};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
    throw std::system_error(errno, std::generic_category(), "seccomp");
  }
}

}  // namespace ferrule::test
