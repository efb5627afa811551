#include "backend_legacy/kernel_table.hpp"

#include <algorithm>
#include <climits>
#include <utility>
#include <vector>

#include "backend_legacy/blob_writer.hpp"
#include "backend_legacy/errors.hpp"
#include "backend_legacy/memory_table.hpp"
#include "backend_legacy/sockopt.hpp"

namespace ferrule::legacy {
namespace {

// What -Z takes away are the counters as they were read, so that packets that came since are not lost.
Counters difference(Counters now, Counters before) { return {now.packets - before.packets, now.bytes - before.bytes}; }

Counters counters_of(const MemoryTable::Entry& entry, const std::vector<Counters>& old) {
  // What was given with a new rule, libiptc keeps at -Z too.
  if (!entry.was) return entry.rule.counters();
  if (*entry.was >= old.size()) return {};
  return entry.zeroed ? difference(old[*entry.was], entry.rule.counters()) : old[*entry.was];
}

void append_kept(const ChainSpan& chain, const std::vector<Counters>& old, std::vector<Counters>& out) {
  const auto first = old.begin() + static_cast<std::ptrdiff_t>(std::min<size_t>(chain.first_entry, old.size()));
  const auto count = std::min<std::ptrdiff_t>(chain.rules, old.end() - first);
  out.insert(out.end(), first, first + count);
}

// KernelSide: puts a table in the place of the one that was read.
class KernelSide {
 public:
  KernelSide(XtSocket socket, const TableBlob& read)
      : socket_(std::move(socket)), table_(read.table()), entry_count_(read.info().entry_count) {}

  int replace(const MemoryTable::Chains& chains, const BlobLayout& read) const {
    BlobChains out = chains_to_write(chains, read);
    auto written = write_blob(socket_.family(), table_, out);
    if (!written) return written.error().errno_value;
    const auto old = socket_.replace(written->blob, entry_count_);
    if (!old) return old.error().errno_value;
    const auto counters = new_counters(chains, read, *old, written->blob.info().entry_count);
    if (std::ranges::all_of(counters, [](Counters c) { return c == Counters{}; })) return 0;
    return after_replacing(socket_.add_counters(table_, counters));
  }

 private:
  // One for each entry, in the order of the blob. The policies' start over with every change, as with iptables 1.8.9.
  static std::vector<Counters> new_counters(const MemoryTable::Chains& chains, const BlobLayout& read,
                                            const std::vector<Counters>& old, size_t count) {
    std::vector<const MemoryTable::MemoryChain*> ordered;
    for (const auto& [name, chain] : chains) ordered.push_back(&chain);
    // User chains are in order already.
    std::ranges::stable_sort(ordered, {},
                             [](const auto* chain) { return chain->hook ? static_cast<int>(*chain->hook) : INT_MAX; });
    std::vector<Counters> counters;
    counters.reserve(count);
    for (const MemoryTable::MemoryChain* chain : ordered) {
      if (!chain->hook) counters.emplace_back();  // the head
      for (const MemoryTable::Entry& entry : chain->rules) counters.push_back(counters_of(entry, old));
      if (chain->unread) append_kept(read.chains()[*chain->unread], old, counters);
      counters.push_back(chain->counters.value_or(Counters{}));
    }
    counters.resize(count);
    return counters;
  }

  XtSocket socket_;
  TableId table_;
  uint32_t entry_count_;
};

}  // namespace

Result<std::unique_ptr<EditableTable>> open_kernel_table(Family family, TableId table) {
  auto socket = XtSocket::open(family);
  if (!socket) return tl::unexpected(socket.error());
  auto blob = socket->read_table(table);
  if (!blob) {
    if (blob.error().code == Code::kBusy) return tl::unexpected(blob.error());
    return tl::unexpected(make_error(Doing::opening, blob.error().errno_value, table));
  }
  const auto kernel = std::make_shared<const KernelSide>(*std::move(socket), *blob);
  auto layout = BlobLayout::of(family, *std::move(blob));
  if (!layout) return tl::unexpected(layout.error());
  return std::make_unique<MemoryTable>(
      *std::move(layout),
      [kernel](const MemoryTable::Chains& chains, const BlobLayout& read) { return kernel->replace(chains, read); });
}

}  // namespace ferrule::legacy
