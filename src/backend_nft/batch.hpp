// Batch: one nf_tables transaction as bytes, ready for sendmsg(2). Owns them; does no I/O.
//   batch := BATCH_BEGIN{generation} message* [BATCH_END]
// Messages take effect in the order in which they were added, all of them or none.
#pragma once

#include <libmnl/libmnl.h>
#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "backend_nft/errors.hpp"
#include "ferrule/types.hpp"

namespace ferrule::nft {

// Where a message came from.
struct Step {
  static constexpr uint32_t kNoOperation = 0xffffffff;
  Action action = Action::table_add;
  uint32_t change = 0;                // index in Transaction::changes
  uint32_t operation = kNoOperation;  // index in TableChange::operations
  Step as(Action other) const { return {.action = other, .change = change, .operation = operation}; }
};

class Batch {
 public:
  // The kernel refuses the batch with ERESTART unless its ruleset is still that of `generation`. Sequence numbers count
  // from `first_sequence`, which the beginning has.
  Batch(uint32_t generation, uint32_t first_sequence);

  // Starts a message of type NFT_MSG_* with NLM_F_REQUEST and `flags`. The pointer is good until the next call; up to
  // `room` bytes may be appended with libmnl's functions.
  nlmsghdr* start(uint16_t type, uint16_t flags, Family family, size_t room, Step step);

  bool empty() const { return steps_.empty(); }
  void set_generation(uint32_t generation);

  // Without its end the kernel goes through a batch, refuses what it would refuse, and then forgets it.
  enum class Ending : uint8_t { kCommit, kTryOnly };
  // To be called once, after the last message.
  void finish(Ending ending);
  // All of it, of a finished batch; valid as long as the batch is.
  std::vector<iovec> pieces() const;
  // The same for the ruleset of another generation, with a beginning of its own in `begin`: for a batch that is shared.
  using Begin = std::array<uint32_t, 7>;
  std::vector<iovec> pieces(uint32_t generation, Begin& begin) const;
  size_t size() const;
  // The number of messages between begin and end, and whether any of them takes something away.
  size_t message_count() const { return steps_.size(); }
  bool deletes() const;

  // The sequence numbers of its beginning and of its last message, which asks the kernel for an acknowledgement. The
  // kernel answers to that message last, also where it refuses others, so that nothing is missing of the answer when
  // the acknowledgement is there.
  uint32_t first_sequence() const { return first_sequence_; }
  uint32_t last_sequence() const { return first_sequence_ + static_cast<uint32_t>(steps_.size()); }
  // The message with this sequence number, and its step; null for begin, end and numbers not in this batch.
  const nlmsghdr* message(uint32_t sequence) const;
  const Step* step(uint32_t sequence) const;

 private:
  struct Chunk {
    std::unique_ptr<std::byte[]> bytes;
    size_t capacity;
    size_t used;
  };
  static void put_generation(void* begin, uint32_t generation);
  void close_message();
  void make_room(size_t size);
  std::byte* tail() { return chunks_.back().bytes.get() + chunks_.back().used; }

  std::vector<Chunk> chunks_;
  uint32_t first_sequence_;
  std::vector<Step> steps_;   // of the sequence numbers behind the first
  nlmsghdr* open_ = nullptr;  // the message that is being written
};

}  // namespace ferrule::nft
