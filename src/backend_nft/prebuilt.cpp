#include "backend_nft/prebuilt.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "backend/foreign_rules.hpp"
#include "backend_nft/commit.hpp"
#include "backend_nft/kernel_reader.hpp"
#include "backend_nft/kernel_view.hpp"
#include "backend_nft/planner.hpp"

namespace ferrule::nft {
namespace {

constexpr int kAttempts = 4;

bool names_a_set(const Transaction& transaction) {
  const auto is_set = [](const Attachment& each) { return each.kind == Attachment::Kind::set_name; };
  return std::ranges::any_of(transaction.changes, [&](const TableChange& change) {
    return std::ranges::any_of(change.operations, [&](const Operation& operation) {
      return operation.rule && std::ranges::any_of(operation.rule->attachments(), is_set);
    });
  });
}

// nullopt where iptables has tables.
Result<std::optional<uint32_t>> generation_of_nothing(netlink::Socket& socket) {
  const auto tables = read_tables(socket);
  if (!tables) return tl::unexpected(tables.error());
  return tables->none() ? std::optional(tables->generation) : std::nullopt;
}

enum class Sent : uint8_t {
  kAtOnce,
  kLater,  // after the kernel had refused it as a whole
  kRefused,
  kNever,  // there was something already
};

netlink::BatchAnswer::End settled(const netlink::BatchAnswer& answer, const Transaction& transaction,
                                  uint32_t generation, netlink::Socket& socket) {
  using End = netlink::BatchAnswer::End;
  if (answer.end != End::kLost) return answer.end;
  switch (fate_of(socket, transaction, generation, Before::kMissing)) {
    case Fate::kDone:
      return End::kDone;
    case Fate::kNotDone:
      return End::kRefused;
    case Fate::kUnknown:
      break;
  }
  return End::kLost;
}

Result<Sent> send(const Batch& batch, const Transaction& transaction, Opening opening, netlink::Socket& socket) {
  uint32_t generation = kFirstGeneration;
  if (opening == Opening::kAsk) {
    const auto now = read_generation(socket);
    if (!now) return tl::unexpected(now.error());
    if (*now != kFirstGeneration) {
      const auto of_nothing = generation_of_nothing(socket);
      if (!of_nothing || !*of_nothing) return Sent::kNever;
      generation = **of_nothing;
    }
  }
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    Batch::Begin begin;
    const auto answer = socket.send(batch.pieces(generation, begin), batch.first_sequence(), batch.last_sequence());
    if (!answer) return tl::unexpected(answer.error());
    switch (settled(*answer, transaction, generation, socket)) {
      case netlink::BatchAnswer::End::kDone:
        return attempt == 0 ? Sent::kAtOnce : Sent::kLater;
      case netlink::BatchAnswer::End::kLost:
        return tl::unexpected(outcome_unknown(transaction, answer->error_number));
      case netlink::BatchAnswer::End::kRefused:
        break;
    }
    if (!is_conflict(*answer, batch)) return Sent::kRefused;
    const auto now = generation_of_nothing(socket);
    if (!now || !*now) return Sent::kRefused;
    generation = **now;
  }
  return Sent::kRefused;
}

}  // namespace

std::optional<Batch> prebuild(const Transaction& transaction) {
  if (!refuse_foreign_rules(transaction) || names_a_set(transaction)) return std::nullopt;
  KernelView nothing = KernelView::of_nothing();
  Result<Batch> batch = Planner(transaction, nothing).run();
  if (!batch || batch->empty()) return std::nullopt;
  batch->finish(Batch::Ending::kCommit);
  return *std::move(batch);
}

Result<bool> send_to_empty(const Batch& batch, const Transaction& transaction, Opening opening,
                           const NftBackend::SocketTaker& done_with) {
  auto socket = netlink::Socket::open();
  if (!socket) return tl::unexpected(socket.error());
  const auto sent = send(batch, transaction, opening, *socket);
  const bool closes_at_once = sent && (*sent == Sent::kNever || (*sent == Sent::kAtOnce && !batch.deletes()));
  if (!closes_at_once && done_with) done_with(std::move(*socket));
  return sent.map([](Sent how) { return how == Sent::kAtOnce || how == Sent::kLater; });
}

Result<bool> holds_nothing() {
  auto socket = netlink::Socket::open();
  if (!socket) return tl::unexpected(socket.error());
  const auto generation = read_generation(*socket);
  if (!generation) return tl::unexpected(generation.error());
  if (*generation == kFirstGeneration) return true;
  const auto tables = read_tables(*socket);
  if (!tables) return tl::unexpected(tables.error());
  return tables->none();
}

}  // namespace ferrule::nft
