// SocketCloser: closes netlink sockets later. After a batch that deleted something, or that was aborted, close(2) of
// the socket waits for an RCU grace period, 9 to 25 ms. Some 50 ms later it costs nothing, and until then a thread of
// its own keeps it, off the caller's path.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <thread>

#include "netlink/socket.hpp"

namespace ferrule::engine {

// Thread-safe. The thread starts with the first socket. A namespace that nothing else holds lives kDelay longer than it
// would, and the time that the close takes.
class SocketCloser {
 public:
  static constexpr std::chrono::milliseconds kDelay{50};
  static constexpr size_t kMost = 256;  // sockets kept at once; one more is closed there and then

  enum class Closing : uint8_t {
    kLater,
    kAtEnd,  // without a thread: when the object ends, or in flush
    kNever,  // for a process that is about to end and may start no threads; such an object must outlive all work
  };

  explicit SocketCloser(Closing closing = Closing::kLater) : mode_(closing) {}
  // Closes what is left and waits for it.
  ~SocketCloser();
  SocketCloser(const SocketCloser&) = delete;
  SocketCloser& operator=(const SocketCloser&) = delete;

  void take(netlink::Socket socket);
  // Closes all that was taken before, now, and comes back when it is done. Not with kNever.
  void flush();

 private:
  using Clock = std::chrono::steady_clock;
  struct Waiting {
    Clock::time_point due;
    netlink::Socket socket;
  };

  void run();

  const Closing mode_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::condition_variable closed_;
  std::deque<Waiting> waiting_;
  size_t closing_ = 0;   // taken out of `waiting_` and not closed yet
  size_t flushing_ = 0;  // callers of `flush`, for whom nothing waits
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace ferrule::engine
