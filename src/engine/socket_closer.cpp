#include "engine/socket_closer.hpp"

#include <utility>

namespace ferrule::engine {

SocketCloser::~SocketCloser() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void SocketCloser::take(netlink::Socket socket) {
  const std::lock_guard lock(mutex_);
  if (waiting_.size() >= kMost) return;  // closed at the end of this call
  waiting_.push_back({Clock::now() + kDelay, std::move(socket)});
  if (mode_ != Closing::kLater) return;
  if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
  changed_.notify_one();
}

void SocketCloser::flush() {
  std::unique_lock lock(mutex_);
  if (mode_ != Closing::kLater) {
    waiting_.clear();
    return;
  }
  ++flushing_;
  changed_.notify_one();
  closed_.wait(lock, [this] { return waiting_.empty() && closing_ == 0; });
  --flushing_;
}

void SocketCloser::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    if (waiting_.empty()) {
      if (ending_) return;
      changed_.wait(lock);
      continue;
    }
    if (!ending_ && flushing_ == 0 && Clock::now() < waiting_.front().due) {
      changed_.wait_until(lock, waiting_.front().due);
      continue;
    }
    Waiting due = std::move(waiting_.front());
    waiting_.pop_front();
    ++closing_;
    lock.unlock();
    { const netlink::Socket closed = std::move(due.socket); }
    lock.lock();
    --closing_;
    if (waiting_.empty()) closed_.notify_all();
  }
}

}  // namespace ferrule::engine
