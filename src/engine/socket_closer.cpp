#include "engine/socket_closer.hpp"

#include <unistd.h>

#include <utility>

namespace ferrule::engine {

SocketCloser::SocketCloser(Closing closing, kernel::System& system)
    : mode_(closing), system_(system), process_(getpid()), state_(std::make_unique<State>()) {}

bool SocketCloser::is_in_own_process() const { return getpid() == process_; }

SocketCloser::~SocketCloser() {
  if (!is_in_own_process()) {
    // Left as it is: the thread is the parent's, the mutex may have been held at the moment of the fork, and a
    // condition that was waited for then cannot be destroyed.
    (void)state_.release();
    return;
  }
  {
    const std::lock_guard lock(state_->mutex);
    state_->ending = true;
  }
  state_->changed.notify_one();
  if (state_->thread) state_->thread->join();
}

void SocketCloser::take(netlink::Socket socket) {
  if (!is_in_own_process()) return;  // closed at the end of this call
  const std::lock_guard lock(state_->mutex);
  if (state_->waiting.size() >= kMost) return;
  if (mode_ == Closing::kLater && !state_->thread) {
    std::thread thread;
    if (system_.start_thread(thread, [this] { run(); }) != 0) return;
    state_->thread.emplace(std::move(thread));
  }
  state_->waiting.push_back({Clock::now() + kDelay, std::move(socket)});
  state_->changed.notify_one();
}

void SocketCloser::flush() {
  if (!is_in_own_process()) return;
  std::unique_lock lock(state_->mutex);
  if (mode_ != Closing::kLater) {
    state_->waiting.clear();
    return;
  }
  ++state_->flushing;
  state_->changed.notify_one();
  state_->closed.wait(lock, [this] { return state_->waiting.empty() && state_->closing == 0; });
  --state_->flushing;
}

void SocketCloser::run() {
  std::unique_lock lock(state_->mutex);
  while (true) {
    if (state_->waiting.empty()) {
      if (state_->ending) return;
      state_->changed.wait(lock);
      continue;
    }
    if (!state_->ending && state_->flushing == 0 && Clock::now() < state_->waiting.front().due) {
      state_->changed.wait_until(lock, state_->waiting.front().due);
      continue;
    }
    Waiting due = std::move(state_->waiting.front());
    state_->waiting.pop_front();
    ++state_->closing;
    lock.unlock();
    { const netlink::Socket closed = std::move(due.socket); }
    lock.lock();
    --state_->closing;
    if (state_->waiting.empty()) state_->closed.notify_all();
  }
}

}  // namespace ferrule::engine
