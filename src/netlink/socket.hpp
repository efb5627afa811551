// Socket: a NETLINK_NETFILTER socket, in the network namespace that the thread is in when it is opened.
//
// What a pod can do to it, and what is done about that. A process of the same namespace that has CAP_NET_ADMIN there
// may send to any netlink socket of the namespace. The socket is connected to the kernel, and the kernel then refuses
// the messages of all other senders (netlink(7), ECONNREFUSED). What came in the moment before that is told by its
// sender's port, which the kernel sets, and dropped. Of a message from the kernel nothing is read beyond what was
// received; sequence numbers begin at a random one; each exchange has a time limit and a bound on what it reads.
//
// Closing a socket that has sent a batch which deleted something, or which the kernel refused, waits for an RCU grace
// period (some 10 to 25 ms). A caller that cannot wait hands such a socket to another thread; see NftBackend.
#pragma once

#include <sys/uio.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "ferrule/error.hpp"
#include "kernel/descriptor.hpp"
#include "kernel/system.hpp"
#include "netlink/request.hpp"

namespace ferrule::netlink {

// Whether the reader of an answer wants more of it.
enum class Reading : uint8_t { kContinue, kStop };

// How a question ended.
struct Answer {
  // 0 where it was answered; the kernel's errno, or why nothing could be sent or received: ETIMEDOUT where the kernel
  // said nothing in time, EOVERFLOW where the answer is larger than Socket::kMostBytes.
  int error_number = 0;
  // The rules changed while they were dumped, or a part of the answer was lost: it may mix before and after. What was
  // handed out is not to be used; ask again. The next question goes out on a fresh socket.
  bool torn = false;
};

// A message of a batch that the kernel refused.
struct Refusal {
  uint32_t sequence;
  int errno_value;
};

// What the kernel said of a batch.
struct BatchAnswer {
  enum class End : uint8_t {
    kDone,     // the kernel has acknowledged it
    kRefused,  // `refusals` is not empty; nothing has changed
    kLost,     // the kernel has worked on it, and its answer was lost: whether it took effect is not known
  };
  End end = End::kLost;
  std::vector<Refusal> refusals = {};
  int error_number = 0;  // kLost: how receiving failed
};

// Not thread-safe; may move to another thread, but is opened again where it is used.
class Socket {
 public:
  // For one exchange, waiting for the kernel included. The kernel answers at once; seconds pass only when it dumps
  // hundreds of thousands of rules.
  static constexpr std::chrono::seconds kTimeLimit{60};
  // Of the answer to one question. A rule takes some 500 bytes.
  static constexpr size_t kMostBytes = size_t{1} << 30;

  // Errors as kernel::system_error, and kUnsupported where the kernel has no nfnetlink.
  static Result<Socket> open(kernel::System& system = kernel::real_system(),
                             std::chrono::milliseconds time_limit = kTimeLimit);

  // Sends `request` and calls `read` with every message of the answer but errors, acknowledgements and the ends of
  // dumps. Each has a netfilter header and no more bytes than its length says.
  using Reader = std::function<Reading(const nlmsghdr&)>;
  Answer ask(Request& request, const Reader& read);

  // Sends a finished batch: `pieces` are its bytes, `first` the sequence number of its beginning, `last` that of its
  // last message, which must have NLM_F_ACK (see Batch). An error says that nothing was sent, and so nothing has
  // changed.
  Result<BatchAnswer> send(std::span<const iovec> pieces, uint32_t first, uint32_t last);

  // The first sequence number for a batch that is going to be sent here.
  uint32_t next_sequence() const { return sequence_ + 1; }

 private:
  using Clock = std::chrono::steady_clock;
  struct Received {
    size_t size = 0;       // 0: a message of another sender, which was dropped
    bool cut = false;      // it was longer than the buffer
    int error_number = 0;  // ETIMEDOUT, EAGAIN where nothing is there and `wait` is kNo
  };
  enum class Wait : uint8_t { kNo, kYes };

  Socket(kernel::System& system, kernel::Descriptor file, uint32_t sequence, std::chrono::milliseconds time_limit);
  static Result<kernel::Descriptor> connected(kernel::System& system);
  // Opens it again where an exchange has left messages behind that would be taken for answers to the next.
  Result<void> refresh();
  Result<void> send_bytes(std::span<const iovec> pieces);
  bool enlarge_send_buffer(size_t size);
  Received receive(Wait wait, Clock::time_point end);
  Answer receive_answer(uint32_t first, uint32_t last, const Reader& read);

  kernel::System* system_;
  kernel::Descriptor file_;
  std::unique_ptr<std::byte[]> buffer_;
  uint32_t sequence_;
  std::chrono::milliseconds time_limit_;
  bool is_stale_ = false;
};

// A number that cannot be guessed, to begin sequence numbers with. Of the lower half, so that counting up from it
// does not wrap.
uint32_t random_sequence(kernel::System& system = kernel::real_system());

}  // namespace ferrule::netlink
