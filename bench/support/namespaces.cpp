#include "support/namespaces.hpp"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <system_error>
#include <thread>
#include <utility>

namespace ferrule::bench {
namespace {

constexpr const char* kCurrent = "/proc/thread-self/ns/net";
constexpr std::chrono::milliseconds kSettle{150};

[[noreturn]] void fail_with(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

// The namespace that the program was started in, for the way back.
int home() {
  static const int fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
  return fd;
}

}  // namespace

Namespace::Namespace() : fd_(-1) {
  const int back = home();
  if (unshare(CLONE_NEWNET) != 0) fail_with("unshare");
  fd_ = open(kCurrent, O_RDONLY | O_CLOEXEC);
  if (setns(back, CLONE_NEWNET) != 0 || fd_ < 0) fail_with("namespace");
}

Namespace::~Namespace() {
  if (fd_ >= 0) close(fd_);
}

Namespace::Namespace(Namespace&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

Namespace& Namespace::operator=(Namespace&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

Inside::Inside(const Namespace& target) {
  home();
  if (setns(target.fd(), CLONE_NEWNET) != 0) fail_with("setns");
}

Inside::~Inside() {
  if (setns(home(), CLONE_NEWNET) != 0) std::terminate();
}

void NamespacePool::refill(size_t count) {
  namespaces_.clear();
  next_ = 0;
  namespaces_.reserve(count);
  for (size_t i = 0; i < count; ++i) namespaces_.emplace_back();
  std::this_thread::sleep_for(kSettle);
}

const Namespace& NamespacePool::take() { return namespaces_.at(next_++); }

}  // namespace ferrule::bench
