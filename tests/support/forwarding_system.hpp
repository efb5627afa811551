// ForwardingSystem: a System that hands every call to another one. Tests override what they want to see or change.
#pragma once

#include <utility>

#include "kernel/system.hpp"

namespace ferrule::test {

class ForwardingSystem : public kernel::System {
 public:
  explicit ForwardingSystem(kernel::System& below) : below_(below) {}

  int open(const char* path, int flags, mode_t mode) override { return below_.open(path, flags, mode); }
  ssize_t read(int file, void* buffer, size_t size) override { return below_.read(file, buffer, size); }
  ssize_t write(int file, const void* buffer, size_t size) override { return below_.write(file, buffer, size); }
  int fstat(int file, struct stat* out) override { return below_.fstat(file, out); }
  int stat(const char* path, struct stat* out) override { return below_.stat(path, out); }
  int access(const char* path, int mode) override { return below_.access(path, mode); }
  int duplicate(int file, int lowest) override { return below_.duplicate(file, lowest); }
  int ioctl(int file, unsigned long request, void* argument) override { return below_.ioctl(file, request, argument); }
  int flock(int file, int operation) override { return below_.flock(file, operation); }
  int rename(const char* from, const char* to) override { return below_.rename(from, to); }
  int unlink(const char* path) override { return below_.unlink(path); }
  int mkdir(const char* path, mode_t mode) override { return below_.mkdir(path, mode); }
  ssize_t getrandom(void* buffer, size_t size) override { return below_.getrandom(buffer, size); }
  int socket(int domain, int type, int protocol) override { return below_.socket(domain, type, protocol); }
  int bind(int socket, const sockaddr* address, socklen_t size) override { return below_.bind(socket, address, size); }
  int connect(int socket, const sockaddr* address, socklen_t size) override {
    return below_.connect(socket, address, size);
  }
  ssize_t sendmsg(int socket, const msghdr* message, int flags) override {
    return below_.sendmsg(socket, message, flags);
  }
  ssize_t recvmsg(int socket, msghdr* message, int flags) override { return below_.recvmsg(socket, message, flags); }
  int getsockopt(int socket, int level, int option, void* value, socklen_t* size) override {
    return below_.getsockopt(socket, level, option, value, size);
  }
  int setsockopt(int socket, int level, int option, const void* value, socklen_t size) override {
    return below_.setsockopt(socket, level, option, value, size);
  }
  int poll(pollfd* files, nfds_t count, int timeout_ms) override { return below_.poll(files, count, timeout_ms); }
  int setns(int file, int type) override { return below_.setns(file, type); }
  int pipe(int (&ends)[2]) override { return below_.pipe(ends); }
  pid_t fork() override { return below_.fork(); }
  int pidfd_open(pid_t process) override { return below_.pidfd_open(process); }
  pid_t waitpid(pid_t process, int* status, int options) override { return below_.waitpid(process, status, options); }
  int clone(int (*main)(void*), void* stack, int flags, void* argument, int* pidfd) override {
    return below_.clone(main, stack, flags, argument, pidfd);
  }
  int start_thread(std::thread& thread, std::function<void()> body) override {
    return below_.start_thread(thread, std::move(body));
  }

 protected:
  kernel::System& below_;
};

}  // namespace ferrule::test
