// The operating system as it is. Alone in its file, so that a test program can link another `real_system`.
#include <fcntl.h>
#include <sched.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <new>
#include <system_error>
#include <utility>

#include "kernel/blocked_signals.hpp"
#include "kernel/system.hpp"

// clone(2) by glibc's own name for it. Thread sanitizers replace `clone` and take the child for a forked copy, which
// may start no threads ever after; but its memory is the parent's.
extern "C" int real_clone(int (*main)(void*), void* stack, int flags, void* argument, ...) __asm__("__clone");

namespace ferrule::kernel {
namespace {

class RealSystem final : public System {
 public:
  int open(const char* path, int flags, mode_t mode) override { return ::open(path, flags, mode); }
  ssize_t read(int file, void* buffer, size_t size) override { return ::read(file, buffer, size); }
  ssize_t write(int file, const void* buffer, size_t size) override { return ::write(file, buffer, size); }
  int fstat(int file, struct stat* out) override { return ::fstat(file, out); }
  int stat(const char* path, struct stat* out) override { return ::stat(path, out); }
  int access(const char* path, int mode) override { return ::access(path, mode); }
  int duplicate(int file, int lowest) override { return ::fcntl(file, F_DUPFD_CLOEXEC, lowest); }
  int ioctl(int file, unsigned long request, void* argument) override { return ::ioctl(file, request, argument); }
  int flock(int file, int operation) override { return ::flock(file, operation); }
  int rename(const char* from, const char* to) override { return std::rename(from, to); }
  int unlink(const char* path) override { return ::unlink(path); }
  int mkdir(const char* path, mode_t mode) override { return ::mkdir(path, mode); }
  ssize_t getrandom(void* buffer, size_t size) override { return ::getrandom(buffer, size, 0); }

  int socket(int domain, int type, int protocol) override { return ::socket(domain, type, protocol); }
  int bind(int socket, const sockaddr* address, socklen_t size) override { return ::bind(socket, address, size); }
  int connect(int socket, const sockaddr* address, socklen_t size) override { return ::connect(socket, address, size); }
  ssize_t sendmsg(int socket, const msghdr* message, int flags) override { return ::sendmsg(socket, message, flags); }
  ssize_t recvmsg(int socket, msghdr* message, int flags) override { return ::recvmsg(socket, message, flags); }
  int getsockopt(int socket, int level, int option, void* value, socklen_t* size) override {
    return ::getsockopt(socket, level, option, value, size);
  }
  int setsockopt(int socket, int level, int option, const void* value, socklen_t size) override {
    return ::setsockopt(socket, level, option, value, size);
  }
  int poll(pollfd* files, nfds_t count, int timeout_ms) override { return ::poll(files, count, timeout_ms); }

  int setns(int file, int type) override { return ::setns(file, type); }
  int pipe(int (&ends)[2]) override { return ::pipe2(ends, O_CLOEXEC); }
  pid_t fork() override { return ::fork(); }
  int pidfd_open(pid_t process) override { return static_cast<int>(syscall(SYS_pidfd_open, process, 0)); }
  pid_t waitpid(pid_t process, int* status, int options) override { return ::waitpid(process, status, options); }
  int clone(int (*main)(void*), void* stack, int flags, void* argument, int* pidfd) override {
    return real_clone(main, stack, flags, argument, pidfd);
  }
  int start_thread(std::thread& thread, std::function<void()> body) override {
    // The new thread inherits the mask: the caller's handlers never run on it.
    const BlockedSignals blocked;
    try {
      thread = std::thread(std::move(body));
    } catch (const std::system_error& error) {
      return error.code().value();
    } catch (const std::bad_alloc&) {
      return ENOMEM;
    }
    return 0;
  }
};

}  // namespace

System& real_system() {
  static RealSystem system;
  return system;
}

}  // namespace ferrule::kernel
