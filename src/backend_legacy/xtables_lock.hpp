// The xtables lock: how legacy iptables programs keep out of each other's way between reading a table and replacing it.
// It is flock(2) on a file that all of them, of both families, agree on.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "ferrule/error.hpp"

namespace ferrule::legacy {

inline constexpr const char* kDefaultLockPath = "/run/xtables.lock";

// Which lock, and how patiently. A namespace that nobody else works in may have a lock file of its own; programs that
// do work in it must then be told of it ($XTABLES_LOCKFILE).
struct LockOptions {
  std::string path = kDefaultLockPath;
  // How long to wait for it: for ever when absent, not at all when zero.
  std::optional<std::chrono::milliseconds> wait = {};
};

// XtablesLock: held from `acquire` until the object is gone. The file is made (mode 0600) when it is not there, and
// stays. Movable; may be given up by another thread than the one that took it.
class XtablesLock {
 public:
  // kBusy when somebody else held it for all of `options.wait`; kPermission or kSystem when there is no such file to be
  // had.
  static Result<XtablesLock> acquire(const LockOptions& options);
  ~XtablesLock();
  XtablesLock(XtablesLock&& other) noexcept;
  XtablesLock& operator=(XtablesLock&& other) noexcept;

 private:
  explicit XtablesLock(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace ferrule::legacy
