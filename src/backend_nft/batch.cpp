#include "backend_nft/batch.hpp"

#include <arpa/inet.h>
#include <linux/netfilter/nfnetlink.h>

#include <algorithm>
#include <cstring>

namespace ferrule::nft {
namespace {

// A few dozen rules fit into the first; many rules should not be many chunks.
constexpr size_t kFirstChunk = size_t{32} << 10;
constexpr size_t kLargestChunk = size_t{1} << 20;
constexpr size_t kHeaderRoom = 256;

nlmsghdr* put_header(void* at, uint16_t type, uint16_t flags, uint8_t family, uint16_t subsystem, uint32_t sequence) {
  nlmsghdr* message = mnl_nlmsg_put_header(at);
  message->nlmsg_type = type;
  message->nlmsg_flags = static_cast<uint16_t>(NLM_F_REQUEST | flags);
  message->nlmsg_seq = sequence;
  auto* generic = static_cast<nfgenmsg*>(mnl_nlmsg_put_extra_header(message, sizeof(nfgenmsg)));
  generic->nfgen_family = family;
  generic->version = NFNETLINK_V0;
  generic->res_id = htons(subsystem);
  return message;
}

// Begin and end name the subsystem where other messages name nothing.
nlmsghdr* put_mark(void* at, uint16_t type, uint32_t sequence) {
  return put_header(at, type, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES, sequence);
}

}  // namespace

Batch::Batch(uint32_t generation, uint32_t first_sequence) : first_sequence_(first_sequence) {
  make_room(kHeaderRoom);
  nlmsghdr* begin = put_mark(tail(), NFNL_MSG_BATCH_BEGIN, first_sequence_);
  mnl_attr_put_u32(begin, NFNL_BATCH_GENID, htonl(generation));
  chunks_.back().used = begin->nlmsg_len;
}

void Batch::put_generation(void* begin, uint32_t generation) {
  auto* attribute = static_cast<nlattr*>(mnl_nlmsg_get_payload_offset(static_cast<nlmsghdr*>(begin), sizeof(nfgenmsg)));
  const uint32_t value = htonl(generation);
  std::memcpy(mnl_attr_get_payload(attribute), &value, sizeof value);
}

void Batch::set_generation(uint32_t generation) { put_generation(chunks_.front().bytes.get(), generation); }

void Batch::make_room(size_t size) {
  if (!chunks_.empty() && chunks_.back().capacity - chunks_.back().used >= size) return;
  const size_t grown = chunks_.empty() ? kFirstChunk : std::min(kLargestChunk, chunks_.back().capacity * 2);
  const size_t capacity = std::max(grown, size);
  chunks_.push_back({.bytes = std::make_unique_for_overwrite<std::byte[]>(capacity), .capacity = capacity, .used = 0});
}

void Batch::close_message() {
  if (open_ != nullptr) chunks_.back().used += MNL_ALIGN(open_->nlmsg_len);
  open_ = nullptr;
}

nlmsghdr* Batch::start(uint16_t type, uint16_t flags, Family family, size_t room, Step step) {
  close_message();
  make_room(kHeaderRoom + room);
  steps_.push_back(step);
  const uint32_t sequence = last_sequence();
  const auto full_type = static_cast<uint16_t>(NFNL_SUBSYS_NFTABLES << 8 | type);
  open_ = put_header(tail(), full_type, flags, static_cast<uint8_t>(family), 0, sequence);
  return open_;
}

void Batch::finish(Ending ending) {
  if (open_ != nullptr) open_->nlmsg_flags |= NLM_F_ACK;
  close_message();
  if (ending == Ending::kCommit) {
    make_room(kHeaderRoom);
    chunks_.back().used += put_mark(tail(), NFNL_MSG_BATCH_END, last_sequence() + 1)->nlmsg_len;
  }
}

std::vector<iovec> Batch::pieces() const {
  std::vector<iovec> pieces;
  for (const Chunk& chunk : chunks_) pieces.push_back({.iov_base = chunk.bytes.get(), .iov_len = chunk.used});
  return pieces;
}

std::vector<iovec> Batch::pieces(uint32_t generation, Begin& begin) const {
  std::memcpy(begin.data(), chunks_.front().bytes.get(), sizeof begin);
  put_generation(begin.data(), generation);
  std::vector<iovec> all = pieces();
  all.front().iov_base = chunks_.front().bytes.get() + sizeof begin;
  all.front().iov_len -= sizeof begin;
  all.insert(all.begin(), {.iov_base = begin.data(), .iov_len = sizeof begin});
  return all;
}

bool Batch::deletes() const {
  return !std::ranges::all_of(steps_, [](const Step& step) {
    return step.action == Action::table_add || step.action == Action::chain_add ||
           step.action == Action::chain_user_add || step.action == Action::rule_append ||
           step.action == Action::rule_insert;
  });
}

size_t Batch::size() const {
  size_t size = 0;
  for (const Chunk& chunk : chunks_) size += chunk.used;
  return size;
}

const Step* Batch::step(uint32_t sequence) const {
  if (sequence <= first_sequence_ || sequence > last_sequence()) return nullptr;
  return &steps_[sequence - first_sequence_ - 1];
}

const nlmsghdr* Batch::message(uint32_t sequence) const {
  if (step(sequence) == nullptr) return nullptr;
  for (const Chunk& chunk : chunks_) {
    for (size_t at = 0; at < chunk.used;) {
      const auto* each = reinterpret_cast<const nlmsghdr*>(chunk.bytes.get() + at);
      if (each->nlmsg_seq == sequence) return each;
      at += MNL_ALIGN(each->nlmsg_len);
    }
  }
  return nullptr;
}

}  // namespace ferrule::nft
