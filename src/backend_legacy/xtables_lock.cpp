#include "backend_legacy/xtables_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <thread>
#include <utility>

#include "kernel/system_error.hpp"

namespace ferrule::legacy {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr microseconds kFirstPause{50};
constexpr microseconds kLongestPause{5000};

int lock_blocking(int fd) {
  while (flock(fd, LOCK_EX) != 0) {
    if (errno != EINTR) return errno;
  }
  return 0;
}

// There is no flock with a deadline, and an alarm signal is not a library's to use, so this asks again and again.
int lock_until(int fd, steady_clock::time_point deadline) {
  microseconds pause = kFirstPause;
  while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) return errno;
    const auto left = std::chrono::duration_cast<microseconds>(deadline - steady_clock::now());
    if (left <= microseconds::zero()) return EWOULDBLOCK;
    std::this_thread::sleep_for(std::min(pause, left));
    pause = std::min(pause * 2, kLongestPause);
  }
  return 0;
}

std::string seconds_text(milliseconds wait) {
  std::string text = std::to_string(wait.count() / 1000);
  const std::string fraction = std::to_string(1000 + wait.count() % 1000).substr(1);
  if (fraction != "000") text += "." + fraction.substr(0, fraction.find_last_not_of('0') + 1);
  return text + "s";
}

tl::unexpected<Error> busy(milliseconds wait) {
  std::string message = "Another app is currently holding the xtables lock. ";
  message += wait == milliseconds::zero() ? "Perhaps you want to use the -w option?"
                                          : "Stopped waiting after " + seconds_text(wait);
  return tl::unexpected<Error>(Error{
      .code = Code::kBusy, .message = std::move(message), .errno_value = EWOULDBLOCK, .kind = ErrorKind::kLockHeld});
}

// A lock that cannot be had is never another lock: the programs that share it would not know.
tl::unexpected<Error> unavailable(const std::string& what, int error_number) {
  Error error = kernel::system_error("Fatal: can't " + what, error_number);
  error.kind = ErrorKind::kLockUnavailable;
  error.message += "; name another file, or lock the namespace (LockPolicy)";
  return tl::unexpected(std::move(error));
}

}  // namespace

Result<XtablesLock> XtablesLock::acquire(const LockOptions& options) {
  const int fd = open(options.path.c_str(), O_RDONLY | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return unavailable("open lock file " + options.path, errno);
  XtablesLock lock(fd);
  const int error_number = options.wait ? lock_until(fd, steady_clock::now() + *options.wait) : lock_blocking(fd);
  if (error_number == EWOULDBLOCK) return busy(*options.wait);
  if (error_number != 0) return unavailable("lock " + options.path, error_number);
  return lock;
}

XtablesLock::~XtablesLock() {
  // Closing gives the lock up: nobody shares this open file, since it is close-on-exec and made anew each time.
  if (fd_ >= 0) close(fd_);
}

XtablesLock::XtablesLock(XtablesLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

XtablesLock& XtablesLock::operator=(XtablesLock&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

}  // namespace ferrule::legacy
