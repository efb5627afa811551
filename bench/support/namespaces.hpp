// Network namespaces of a benchmark's own, made before the clock starts and gone after it has stopped: making and
// destroying them takes milliseconds and locks of the kernel.
#pragma once

#include <cstddef>
#include <vector>

namespace ferrule::bench {

// An open namespace.
class Namespace {
 public:
  // Throws std::system_error without CAP_SYS_ADMIN.
  Namespace();
  ~Namespace();
  Namespace(Namespace&& other) noexcept;
  Namespace& operator=(Namespace&& other) noexcept;
  int fd() const { return fd_; }

 private:
  int fd_;
};

// The calling thread is inside for as long as this lives. By bare system calls, as a floor needs it.
class Inside {
 public:
  explicit Inside(const Namespace& target);
  ~Inside();
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;
};

// Fresh namespaces, made many at a time.
class NamespacePool {
 public:
  // Namespaces that were handed out are closed, and as many as are asked for stand ready. Waits for the kernel to have
  // forgotten the old ones, as far as that can be seen.
  void refill(size_t count);
  // Untouched. Stays open until the next refill.
  const Namespace& take();

 private:
  std::vector<Namespace> namespaces_;
  size_t next_ = 0;
};

}  // namespace ferrule::bench
