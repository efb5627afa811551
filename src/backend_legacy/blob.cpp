#include "backend_legacy/blob.hpp"

#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv6/ip6_tables.h>

#include <cstring>
#include <utility>

#include "model/entry.hpp"

namespace ferrule::legacy {
namespace {

struct EntrySize {
  uint16_t next_offset;
  Counters counters;
};

template <typename Entry>
EntrySize read_size(std::span<const std::byte> bytes) {
  EntrySize out{};
  std::memcpy(&out.next_offset, bytes.data() + offsetof(Entry, next_offset), sizeof out.next_offset);
  std::memcpy(&out.counters, bytes.data() + offsetof(Entry, counters), sizeof out.counters);
  return out;
}

}  // namespace

Result<Table> read_blob(Family family, TableId table, const TableInfo& info, std::shared_ptr<std::byte> entries,
                        size_t size) {
  auto layout = BlobLayout::of(family, table, info, std::move(entries), size);
  if (!layout) return tl::unexpected<Error>(layout.error());
  Table out{.id = table};
  const std::vector<ChainSpan>& spans = layout->chains();
  out.chains.reserve(spans.size());
  for (size_t i = 0; i < spans.size(); ++i) {
    const ChainSpan& span = spans[i];
    auto rules = layout->read_rules(i);
    if (!rules) return tl::unexpected<Error>(rules.error());
    out.chains.push_back({.name = span.name,
                          .hook = span.hook,
                          .policy = span.policy,
                          .counters = span.counters,
                          .rules = *std::move(rules)});
  }
  // The model counts references of user chains only.
  for (size_t i = 0; i < spans.size(); ++i) {
    if (!spans[i].hook) out.chains[i].references = layout->references(i);
  }
  return out;
}

Result<Table> read_blob(Family family, TableId table, const TableInfo& info, std::span<const std::byte> entries) {
  std::shared_ptr<std::byte> copy = model::EntryArena().allocate(entries.size());
  if (!entries.empty()) std::memcpy(copy.get(), entries.data(), entries.size());
  return read_blob(family, table, info, std::move(copy), entries.size());
}

std::vector<Counters> entry_counters(Family family, std::span<const std::byte> entries) {
  std::vector<Counters> counters;
  const size_t header_size = model::entry_header_size(family);
  while (entries.size() >= header_size) {
    const EntrySize entry = family == Family::ipv4 ? read_size<ipt_entry>(entries) : read_size<ip6t_entry>(entries);
    if (entry.next_offset < header_size || entry.next_offset > entries.size()) break;
    counters.push_back(entry.counters);
    entries = entries.subspan(entry.next_offset);
  }
  return counters;
}

}  // namespace ferrule::legacy
