// BlockedSignals: no signal is handled by the calling thread while one of these lives. For around a fork or a clone: a
// handler of the caller's must not run in the child.
#pragma once

#include <csignal>

namespace ferrule::kernel {

class BlockedSignals {
 public:
  BlockedSignals() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~BlockedSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;

 private:
  sigset_t before_;
};

}  // namespace ferrule::kernel
