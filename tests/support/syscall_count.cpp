#include "support/syscall_count.hpp"

#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <system_error>

namespace ferrule::test {
namespace {

[[noreturn]] void throw_errno(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

int wait_for(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) throw_errno("waitpid");
  }
  return status;
}

bool is_stopped_by(int status, int signal) { return WIFSTOPPED(status) && WSTOPSIG(status) == signal; }

}  // namespace

int count_syscalls(const std::function<void()>& action) {
  const pid_t child = fork();
  if (child < 0) throw_errno("fork");
  if (child == 0) {
    if (ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) _exit(1);
    // One bare system call each: the stop that starts the count, and the one that ends it.
    const long self = syscall(SYS_getpid);
    syscall(SYS_kill, self, SIGSTOP);
    action();
    syscall(SYS_kill, self, SIGSTOP);
    _exit(0);
  }
  int status = wait_for(child);
  if (!is_stopped_by(status, SIGSTOP)) throw std::system_error(EPERM, std::generic_category(), "ptrace");
  ptrace(PTRACE_SETOPTIONS, child, nullptr, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
  int stops = 0;
  while (true) {
    if (ptrace(PTRACE_SYSCALL, child, nullptr, nullptr) != 0) throw_errno("PTRACE_SYSCALL");
    status = wait_for(child);
    if (is_stopped_by(status, SIGTRAP | 0x80)) {
      ++stops;
    } else {
      break;
    }
  }
  const bool complete = is_stopped_by(status, SIGSTOP);
  kill(child, SIGKILL);
  wait_for(child);
  if (!complete) throw std::system_error(ECHILD, std::generic_category(), "the traced action did not end");
  // Two stops for each call; the first call's exit and the last one's entry are the two kills'.
  return (stops - 2) / 2;
}

}  // namespace ferrule::test
