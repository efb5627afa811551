// SocketCloser: closes netlink sockets later. After a batch that deleted something, or that was aborted, close(2) of
// the socket waits for an RCU grace period, 9 to 25 ms. Some 50 ms later it costs nothing, and until then a thread of
// its own keeps it, off the caller's path.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "kernel/system.hpp"
#include "netlink/socket.hpp"

namespace ferrule::engine {

// Thread-safe. The thread starts with the first socket, with all signals blocked; where none can be started, sockets
// are closed at once. A namespace that nothing else holds lives kDelay longer than it would, and the time that the
// close takes.
//
// fork(2): the child has a copy of the object and of the sockets, and no thread. There the object may be destroyed,
// which waits for nothing; the copies of the sockets are closed when the child ends.
class SocketCloser {
 public:
  static constexpr std::chrono::milliseconds kDelay{50};
  static constexpr size_t kMost = 256;  // sockets kept at once; one more is closed there and then

  enum class Closing : uint8_t {
    kLater,
    kAtEnd,  // without a thread: when the object ends, or in flush
    kNever,  // for a process that is about to end and may start no threads; such an object must outlive all work
  };

  explicit SocketCloser(Closing closing = Closing::kLater, kernel::System& system = kernel::real_system());
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
  // False in a child of the process that made the object.
  bool is_in_own_process() const;

  const Closing mode_;
  kernel::System& system_;
  const pid_t process_;
  struct State {
    std::mutex mutex;
    std::condition_variable changed;
    std::condition_variable closed;
    std::deque<Waiting> waiting;
    size_t closing = 0;   // taken out of `waiting` and not closed yet
    size_t flushing = 0;  // callers of `flush`, for whom nothing waits
    bool ending = false;
    std::optional<std::thread> thread;
  };
  std::unique_ptr<State> state_;
};

}  // namespace ferrule::engine
