#include "backend_exec/spawn.hpp"

#include <linux/sched.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstring>
#include <memory>

#include "kernel/blocked_signals.hpp"

// clone(2) by glibc's own name for it. Thread sanitizers replace `clone` and take the child for a forked copy, which
// may start no threads ever after; but its memory is ours.
extern "C" int real_clone(int (*main)(void*), void* stack, int flags, void* argument, ...) __asm__("__clone");

namespace ferrule::exec {
namespace {

enum class Step : uint8_t { kDone, kGroup, kNamespace, kStreams, kExec };

// What parent and child share. The child writes the last two, the parent reads them once the child has let it go on.
struct Shared {
  const SpawnRequest* request;
  unsigned descriptor_limit;
  Step failed = Step::kDone;
  int error = 0;
};

// Everything below runs in the child on borrowed memory: system calls only, and those raw, because library wrappers may
// keep records (sanitizers do, of signal handlers) that belong to the parent.

constexpr size_t kSignalSetBytes = 8;
constexpr int kSignals = 64;

__attribute__((no_sanitize("address", "thread", "undefined"))) void reset_signals() {
  // struct sigaction as the kernel has it on any architecture: no handler, no flags, an empty mask.
  alignas(8) const char defaults[64] = {};
  for (int signal = 1; signal <= kSignals; ++signal) {
    syscall(SYS_rt_sigaction, signal, defaults, nullptr, kSignalSetBytes);
  }
  syscall(SYS_rt_sigprocmask, SIG_SETMASK, defaults, nullptr, kSignalSetBytes);
}

__attribute__((no_sanitize("address", "thread", "undefined"))) void close_others(unsigned limit) {
  if (syscall(SYS_close_range, 3, ~0U, 0) == 0) return;
  for (unsigned fd = 3; fd < limit; ++fd) syscall(SYS_close, fd);  // before Linux 5.9
}

__attribute__((no_sanitize("address", "thread", "undefined"))) int child_main(void* raw) {
  auto* shared = static_cast<Shared*>(raw);
  const SpawnRequest& request = *shared->request;
  Step step = Step::kGroup;
  long result = syscall(SYS_setpgid, 0, 0);
  if (result == 0 && request.netns >= 0) {
    step = Step::kNamespace;
    result = syscall(SYS_setns, request.netns, CLONE_NEWNET);
  }
  if (result == 0) {
    step = Step::kStreams;
    if (syscall(SYS_dup3, request.input, 0, 0) < 0 || syscall(SYS_dup3, request.output, 1, 0) < 0 ||
        syscall(SYS_dup3, request.error, 2, 0) < 0) {
      result = -1;
    }
  }
  if (result == 0) {
    close_others(shared->descriptor_limit);
    reset_signals();
    step = Step::kExec;
    syscall(SYS_execve, request.path, request.argv, request.environment);
  }
  shared->error = errno;
  shared->failed = step;
  syscall(SYS_exit_group, 127);
  return 127;
}

Error start_error(const SpawnRequest& request, Step step, int error) {
  const bool permission = error == EPERM || error == EACCES;
  const std::string what = step == Step::kNamespace ? "cannot enter the network namespace to run " : "cannot run ";
  return {.code = permission ? Code::kPermission : Code::kSystem,
          .message = what + std::string(request.path) + ": " + strerrordesc_np(error),
          .errno_value = error};
}

unsigned descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur > 1U << 20) return 1U << 20;
  return static_cast<unsigned>(limit.rlim_cur);
}

}  // namespace

Result<Child> spawn(const SpawnRequest& request) {
  constexpr size_t kStackSize = size_t{64} << 10;
  const auto stack = std::make_unique_for_overwrite<std::byte[]>(kStackSize);
  Shared shared{.request = &request, .descriptor_limit = descriptor_limit()};
  int pidfd = -1;
  pid_t pid = -1;
  int error = 0;
  {
    const kernel::BlockedSignals blocked;
    constexpr int kFlags = CLONE_VM | CLONE_VFORK | SIGCHLD;
    std::byte* const top = stack.get() + kStackSize;
    pid = real_clone(child_main, top, kFlags | CLONE_PIDFD, &shared, &pidfd);
    if (pid < 0 && errno == EINVAL) pid = real_clone(child_main, top, kFlags, &shared);
    error = errno;
  }
  if (pid < 0) return tl::unexpected(start_error(request, Step::kGroup, error));
  Child child{.pid = pid, .pidfd = kernel::Descriptor(pidfd)};
  if (shared.failed == Step::kDone) return child;
  while (waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
  return tl::unexpected(start_error(request, shared.failed, shared.error));
}

}  // namespace ferrule::exec
