// The legacy blob reader, and writing what was read with a change to one chain. Input: one byte for the family and
// table, a TableInfo as it lies in memory, then the entries.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "backend_legacy/blob.hpp"
#include "backend_legacy/memory_table.hpp"
#include "model/entry.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace ferrule;
  if (size < 1 + sizeof(legacy::TableInfo)) return 0;
  const Family family = (data[0] & 1) != 0 ? Family::ipv6 : Family::ipv4;
  const TableId id = kAllTables[(data[0] >> 1) % kAllTables.size()];
  legacy::TableInfo info;
  std::memcpy(&info, data + 1, sizeof info);
  const auto* entries = reinterpret_cast<const std::byte*>(data + 1 + sizeof info);
  // A buffer that ends where the entries end, for the address sanitizer.
  const size_t entries_size = size - 1 - sizeof info;
  const std::shared_ptr<std::byte> bytes(new std::byte[entries_size], std::default_delete<std::byte[]>());
  std::copy_n(entries, entries_size, bytes.get());
  // Sizes and counts that are wrong are found at once; right ones let the fuzzer get to the entries.
  if ((data[0] & 0x80) == 0) info.size = static_cast<uint32_t>(entries_size);
  const Result<Table> table = legacy::read_blob(family, id, info, bytes, entries_size);
  if (!table) return 0;
  for (const Chain& chain : table->chains) {
    for (const Rule& rule : chain.rules) {
      if (!model::check_entry(family, rule.entry())) std::abort();
    }
  }
  // The same bytes as a table of which one chain is changed.
  std::copy_n(entries, entries_size, bytes.get());
  auto layout = legacy::BlobLayout::of(family, id, info, bytes, entries_size);
  if (!layout) std::abort();
  const ChainName changed = layout->chains().front().name;
  legacy::MemoryTable memory(*std::move(layout), [&](const auto& chains, const auto& read) {
    legacy::BlobChains out = legacy::chains_to_write(chains, read);
    const auto written = legacy::write_blob(family, id, out);
    return written ? 0 : written.error().errno_value;
  });
  memory.append(changed, Rule(family));
  memory.commit();
  return 0;
}
