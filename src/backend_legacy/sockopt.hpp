// The socket options of legacy xtables, as they are: <linux/netfilter_ipv4/ip_tables.h>,
// <linux/netfilter_ipv6/ip6_tables.h>.
//
// Beware: get_info, get_entries, replace and add_counters make the kernel create the table in the namespace when it was
// not there, for good. Who only looks asks table_names.hpp first. The revision query creates nothing.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "ferrule/error.hpp"
#include "ferrule/types.hpp"

namespace ferrule::legacy {

inline constexpr size_t kHooks = 5;  // NF_INET_NUMHOOKS

// struct ipt_getinfo without the name. Offsets are in bytes from the first entry; those of hooks that the table does
// not have are meaningless.
struct TableInfo {
  uint32_t valid_hooks = 0;  // bit h: the table has a base chain on hook h
  std::array<uint32_t, kHooks> hook_entry{};
  std::array<uint32_t, kHooks> underflow{};  // of the base chain's policy entry
  uint32_t entry_count = 0;
  uint32_t size = 0;  // of all entries
  bool has_hook(size_t hook) const { return (valid_hooks >> hook & 1u) != 0; }
  friend bool operator==(const TableInfo&, const TableInfo&) = default;
};

// TableBlob: one table as the kernel gives and takes it. Owns its bytes, movable, not to be copied; `replace` writes
// its header into room kept free in front of the entries, so that nothing is copied.
class TableBlob {
 public:
  // The entries are zero.
  TableBlob(TableId table, const TableInfo& info);
  TableBlob(TableBlob&&) noexcept = default;
  TableBlob& operator=(TableBlob&&) noexcept = default;
  TableId table() const { return table_; }
  const TableInfo& info() const { return info_; }
  std::span<std::byte> entries() { return {buffer_.get() + kRoom, info_.size}; }
  std::span<const std::byte> entries() const { return {buffer_.get() + kRoom, info_.size}; }
  // The entries, to be kept for longer than the blob.
  std::shared_ptr<std::byte> shared_entries() && { return {buffer_, buffer_.get() + kRoom}; }

 private:
  friend class XtSocket;
  friend class Replacement;
  static constexpr size_t kRoom = 96;  // sizeof(ipt_replace), the largest header
  std::byte* header(size_t size) { return buffer_.get() + kRoom - size; }
  void write_replace_header(uint32_t old_entry_count, Counters* old_counters);
  TableId table_;
  TableInfo info_;
  std::shared_ptr<std::byte> buffer_;
};

// Replacement: a SET_REPLACE request made beforehand, for a table that has a certain number of entries when it is sent.
// Immutable: it may be sent any number of times, by several threads at once. Movable.
class Replacement {
 public:
  Replacement(TableBlob blob, uint32_t old_entry_count);
  TableId table() const { return blob_.table(); }
  const TableInfo& info() const { return blob_.info(); }
  std::span<const std::byte> entries() const { return blob_.entries(); }

 private:
  friend class XtSocket;
  // The kernel insists on telling what the old entries had counted. Nobody reads it.
  std::unique_ptr<Counters[]> unread_;
  TableBlob blob_;
};

// What the kernel says about an extension.
enum class RevisionAnswer : uint8_t { kSupported, kOtherRevision, kUnknown, kNotAllowed };

// XtSocket: the socket options of one family, in the namespace the thread was in when it was opened. Not thread-safe.
class XtSocket {
 public:
  // kUnsupported where the kernel does not have the family.
  static Result<XtSocket> open(Family family);
  ~XtSocket();
  XtSocket(XtSocket&& other) noexcept;
  XtSocket& operator=(XtSocket&& other) noexcept;

  Family family() const { return family_; }
  Result<TableInfo> get_info(TableId table) const;
  // kBusy where the table no longer has `info.size` bytes.
  Result<TableBlob> get_entries(TableId table, const TableInfo& info) const;
  // Both, starting over where somebody changes the table in between; kBusy when that does not end.
  Result<TableBlob> read_table(TableId table) const;
  // Puts `blob` in the place of the table, which must have `old_entry_count` entries now (kBusy if not), and returns
  // the counters of those. The new entries' counters start at zero, whatever stands in the blob.
  Result<std::vector<Counters>> replace(TableBlob& blob, uint32_t old_entry_count) const;
  // The same of a request made beforehand, for which the old counters are not kept.
  Result<void> replace(const Replacement& replacement) const;
  // Adds to the counters of each entry; there must be as many as the table has entries.
  Result<void> add_counters(TableId table, std::span<const Counters> counters) const;
  // Whether the caller may ask for tables: kPermission where not. Creates no table.
  Result<void> check_rights() const;
  // `name` is at most 28 bytes. The kernel may load the extension's module.
  RevisionAnswer match_revision(std::string_view name, uint8_t revision) const;
  RevisionAnswer target_revision(std::string_view name, uint8_t revision) const;

 private:
  XtSocket(Family family, int fd) : family_(family), fd_(fd) {}
  int level() const;
  Result<void> send_replace(const TableBlob& blob) const;
  RevisionAnswer ask_revision(int option, std::string_view name, uint8_t revision) const;

  Family family_;
  int fd_;
};

}  // namespace ferrule::legacy
