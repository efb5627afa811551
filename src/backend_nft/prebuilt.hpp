// Prebuilt batches: what a transaction sends to a namespace in which nf_tables holds nothing of iptables', written out
// beforehand and sent to any number of namespaces.
#pragma once

#include <cstdint>
#include <optional>

#include "backend_nft/batch.hpp"
#include "backend_nft/nft_backend.hpp"
#include "ferrule/error.hpp"
#include "ferrule/transaction.hpp"

namespace ferrule::nft {

// A finished batch. nullopt where that cannot be said beforehand: a rule names an ipset, whose index is another one in
// each namespace, or the transaction would fail where there is nothing. Asks no kernel.
std::optional<Batch> prebuild(const Transaction& transaction);

// Whether to find out by sending that there is something already, which saves a request where there is nothing and
// costs a refused batch where there is; or to ask first.
enum class Opening : uint8_t { kSend, kAsk };

// Sends the batch, which was made of `transaction`, to the namespace that the calling thread is in. False, and nothing
// has changed: iptables' tables are there
// already, or the batch was refused; the transaction must go the ordinary way, which also knows which line is at fault.
// Sockets whose closing may take long go to `done_with`.
Result<bool> send_to_empty(const Batch& batch, const Transaction& transaction, Opening opening,
                           const NftBackend::SocketTaker& done_with);

// What nf_tables holds of iptables' in the namespace that the calling thread is in: surely nothing, or perhaps
// something. One request where nf_tables was never used there. kUnsupported where the kernel does not have it.
Result<bool> holds_nothing();

}  // namespace ferrule::nft
