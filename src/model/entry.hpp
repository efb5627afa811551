// Reading and building the kernel-form bytes of a rule: struct ipt_entry and ip6t_entry, their matches and target.
// Layout: <linux/netfilter_ipv4/ip_tables.h>, <linux/netfilter_ipv6/ip6_tables.h>, <linux/netfilter/x_tables.h>.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ferrule/error.hpp"
#include "ferrule/rule.hpp"

namespace ferrule::model {

inline constexpr size_t kInterfaceSize = 16;   // IFNAMSIZ
inline constexpr size_t kPartHeaderSize = 32;  // struct xt_entry_match, xt_entry_target
inline constexpr size_t kStandardTargetSize = 40;
inline constexpr size_t kMaxPartName = 28;  // XT_EXTENSION_MAXNAMELEN less the NUL

// XT_ALIGN: payloads and entries are padded to 8 bytes.
constexpr size_t align(size_t size) { return (size + 7) & ~size_t{7}; }

// Inversion bits; the same in both families (IPT_INV_*, IP6T_INV_*).
enum Invert : uint8_t {
  kInvertIn = 0x01,
  kInvertOut = 0x02,
  kInvertTos = 0x04,
  kInvertSource = 0x08,
  kInvertDestination = 0x10,
  kInvertFragment = 0x20,
  kInvertProtocol = 0x40,
};

// An address in network order; IPv4 uses the first four bytes and leaves the rest zero.
using Address = std::array<uint8_t, 16>;

constexpr size_t address_size(Family family) { return family == Family::ipv4 ? 4 : 16; }
size_t entry_header_size(Family family);  // 112 or 168

// An interface name as the kernel compares it: bytes under a mask. "eth0" masks its NUL too, "eth+" does not mask
// the `+`, "+" has an empty mask.
struct Interface {
  std::array<char, kInterfaceSize> name{};
  std::array<uint8_t, kInterfaceSize> mask{};
  bool given() const { return name[0] != '\0'; }
  std::string_view text() const;                      // as typed, `+` included
  static Interface from_text(std::string_view text);  // at most 15 bytes
};

// The selectors that every rule has, of either family.
struct Selectors {
  Address source{}, source_mask{}, destination{}, destination_mask{};
  Interface in, out;
  uint16_t protocol = 0;
  uint8_t tos = 0;
  uint8_t invert = 0;           // Invert bits
  bool protocol_given = false;  // IPv6 only: IP6T_F_PROTO, set by -p even for "all"
  bool fragment = false;        // IPv4 only: -f
  bool is_goto = false;         // -g
};

Selectors read_selectors(Family family, std::span<const std::byte> entry);

// A match or a target: its name, revision and payload, as views into a rule's buffer.
struct Part {
  std::string_view name;
  uint8_t revision = 0;
  std::span<const std::byte> payload;
  uint32_t payload_offset = 0;  // in the entry
};

// Iterates over the matches of a well-formed entry.
class MatchRange {
 public:
  MatchRange(Family family, std::span<const std::byte> entry);
  class Iterator {
   public:
    Iterator(std::span<const std::byte> entry, uint32_t offset) : entry_(entry), offset_(offset) {}
    Part operator*() const;
    Iterator& operator++();
    // The end is the only one that it is compared with.
    bool operator!=(const Iterator& end) const { return offset_ < end.offset_; }

   private:
    std::span<const std::byte> entry_;
    uint32_t offset_;
  };
  Iterator begin() const { return {entry_, begin_}; }
  Iterator end() const { return {entry_, end_}; }
  bool empty() const { return begin_ == end_; }

 private:
  std::span<const std::byte> entry_;
  uint32_t begin_;
  uint32_t end_;
};

inline MatchRange matches(const Rule& rule) { return {rule.family(), rule.entry()}; }
// The target part; its name is what Rule::target_name gives.
Part target(const Rule& rule);
Part target(Family family, std::span<const std::byte> entry);

// Whether `entry` is one well-formed entry: offsets inside the buffer, in order, aligned, names terminated. Everything
// that reads an entry relies on this having been asked once, where the bytes came in.
Result<void> check_entry(Family family, std::span<const std::byte> entry);

// EntryArena: room for the bytes of many rules in few buffers, which the rules keep alive. The first has room for one
// rule, since often there is no second.
class EntryArena {
 public:
  // Uninitialized, aligned to 8.
  std::shared_ptr<std::byte> allocate(size_t size);

 private:
  std::shared_ptr<std::byte> buffer_;
  size_t used_ = 0;
  size_t capacity_ = 0;
};

// Puts rules together, one after the other. Parts are copied as given and padded with zeros to 8 bytes.
class RuleBuilder {
 public:
  explicit RuleBuilder(Family family) : family_(family) {}
  Selectors selectors;
  Counters counters;

  Family family() const { return family_; }
  // Returns the index of the match for `attach_to_match`.
  size_t add_match(std::string_view name, uint8_t revision, std::span<const std::byte> payload);
  void set_verdict(TargetKind verdict);    // accept, drop, queue, return_ or none
  void set_chain(std::string_view chain);  // jump, or goto where selectors.is_goto
  void set_target(std::string_view name, uint8_t revision, std::span<const std::byte> payload);
  // `offset` is relative to the payload of the match with that index, or of the target.
  void attach_to_match(size_t index, Attachment attachment);
  void attach_to_target(Attachment attachment);
  // Makes the rule; the attachments go with it. `clear` before the next one: the buffers are kept for it. kInvalidInput
  // (kRuleTooLarge) where the entry would be larger than Rule::kMaxEntrySize.
  Result<Rule> finish();
  void clear();
  // Takes the matches and the target out again; selectors and counters stay.
  void clear_parts();

 private:
  Family family_;
  EntryArena arena_;
  TargetKind kind_ = TargetKind::none;
  std::vector<std::byte> parts_;   // the matches
  std::vector<uint32_t> offsets_;  // of each match in parts_
  std::vector<std::byte> target_;
  std::vector<Attachment> match_attachments_;
  std::vector<Attachment> target_attachments_;
};

}  // namespace ferrule::model
