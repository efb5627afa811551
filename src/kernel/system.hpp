// System: what ferrule asks of the operating system, one function for each system call. Code that has a System& makes
// no system call past it, so that tests can make any call fail (tests/support/failing_system.hpp).
//
// The functions behave as those of the C library: -1 and errno on failure. None of them is a cancellation point that
// ferrule relies on, and EINTR is the caller's to handle.
#pragma once

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <thread>

namespace ferrule::kernel {

// Thread-safe: implementations are called by any number of threads at once.
class System {
 public:
  virtual ~System() = default;

  // Files.
  virtual int open(const char* path, int flags, mode_t mode) = 0;
  virtual ssize_t read(int file, void* buffer, size_t size) = 0;
  virtual ssize_t write(int file, const void* buffer, size_t size) = 0;
  virtual int fstat(int file, struct stat* out) = 0;
  virtual int stat(const char* path, struct stat* out) = 0;
  virtual int access(const char* path, int mode) = 0;
  virtual int duplicate(int file, int lowest) = 0;  // fcntl(F_DUPFD_CLOEXEC)
  virtual int ioctl(int file, unsigned long request, void* argument) = 0;
  virtual int flock(int file, int operation) = 0;
  virtual int rename(const char* from, const char* to) = 0;
  virtual int unlink(const char* path) = 0;
  virtual int mkdir(const char* path, mode_t mode) = 0;

  virtual ssize_t getrandom(void* buffer, size_t size) = 0;

  // Sockets.
  virtual int socket(int domain, int type, int protocol) = 0;
  virtual int bind(int socket, const sockaddr* address, socklen_t size) = 0;
  virtual int connect(int socket, const sockaddr* address, socklen_t size) = 0;
  virtual ssize_t sendmsg(int socket, const msghdr* message, int flags) = 0;
  virtual ssize_t recvmsg(int socket, msghdr* message, int flags) = 0;
  virtual int getsockopt(int socket, int level, int option, void* value, socklen_t* size) = 0;
  virtual int setsockopt(int socket, int level, int option, const void* value, socklen_t size) = 0;
  virtual int poll(pollfd* files, nfds_t count, int timeout_ms) = 0;

  // Namespaces, processes, threads.
  virtual int setns(int file, int type) = 0;
  virtual int pipe(int (&ends)[2]) = 0;  // pipe2(O_CLOEXEC)
  virtual pid_t fork() = 0;
  virtual int pidfd_open(pid_t process) = 0;
  virtual pid_t waitpid(pid_t process, int* status, int options) = 0;
  // clone(2), as src/backend_exec/spawn.cpp uses it.
  virtual int clone(int (*main)(void*), void* stack, int flags, void* argument, int* pidfd) = 0;
  // Starts `body` on `thread`, with all signals blocked in it; 0, or the errno why there is no thread. Never throws.
  virtual int start_thread(std::thread& thread, std::function<void()> body) = 0;
};

// The operating system itself. It has no state.
System& real_system();

}  // namespace ferrule::kernel
