// Rule: one firewall rule in the kernel's own form.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ferrule/error.hpp"
#include "ferrule/types.hpp"

#pragma GCC visibility push(default)
namespace ferrule {

namespace model {
class RuleBytes;
}  // namespace model

// What a rule does with a packet that it matches.
enum class TargetKind : uint8_t {
  none,       // counts and goes on to the next rule
  accept,     // -j ACCEPT
  drop,       // -j DROP
  queue,      // -j QUEUE
  return_,    // -j RETURN
  chain,      // -j CHAIN or -g CHAIN
  extension,  // -j LOG and all others that have a payload
};

// Text that belongs to a payload but cannot stand in its bytes.
struct Attachment {
  enum class Kind : uint8_t {
    set_name,     // an ipset's name; the payload holds its index, which differs per namespace
    long_prefix,  // an NFLOG prefix longer than the payload has room for (nf_tables keeps it whole)
    // The whole rule as it was written, behind `-A CHAIN`: it uses something that only a binary understands. The entry
    // then holds no more than an extension of the name at fault without payload, which no kernel takes.
    foreign_text,
  };
  Kind kind;
  uint32_t offset;  // of the field in Rule::entry()
  std::string text;
  friend bool operator==(const Attachment&, const Attachment&) = default;
};

// Rule stands for one contiguous range of bytes: `struct ipt_entry` (<linux/netfilter_ipv4/ip_tables.h>) or
// `struct ip6t_entry`, then each match (`struct xt_entry_match` and payload), then the target (`struct xt_entry_target`
// and payload). Integers are in host order, addresses and ports in network order, exactly as the kernel has them. Two
// things differ from what the kernel stores: a verdict or jump carries its name ("ACCEPT", a chain's name) in the
// target header, as libiptc takes it, and `comefrom` is zero.
//
// A value type, and always well formed: offsets lie inside the entry, in order and aligned, names end. The bytes never
// change once they are there: copies of a rule share them, and rules that were parsed or read together stand in buffers
// that they share, each of which lives as long as one of its rules does. A rule that is changed gets bytes of its own.
// Const methods are safe to share between threads, and so are copies. A rule that was moved from has no entry; a
// transaction with one is refused.
class Rule {
 public:
  // The kernel's offsets inside an entry have 16 bits, and entries are aligned to 8 bytes.
  static constexpr size_t kMaxEntrySize = 65528;

  // An empty rule: matches everything, has no target.
  explicit Rule(Family family);
  // A rule of the kernel's own bytes, which are copied. kInvalidInput where `entry` is not well formed, `kind` is not
  // what its target says, or an attachment lies outside.
  static Result<Rule> from_entry(Family family, TargetKind kind, std::span<const std::byte> entry,
                                 std::vector<Attachment> attachments = {});
  Rule(const Rule& other);
  Rule(Rule&& other) noexcept;
  Rule& operator=(const Rule& other);
  Rule& operator=(Rule&& other) noexcept;
  ~Rule() = default;

  Family family() const { return family_; }
  TargetKind target_kind() const { return kind_; }
  std::span<const std::byte> entry() const { return {entry_.get(), size_}; }
  // "ACCEPT", the chain's name, the extension's kernel name, or "" where there is no target.
  std::string_view target_name() const;
  Counters counters() const;
  void set_counters(Counters counters);
  // Lets a rule that jumps or goes to a chain lead to another one. kInvalidInput for other rules, and for names that
  // ChainName::is_valid refuses.
  Result<void> set_target_chain(const ChainName& chain);
  std::span<const Attachment> attachments() const;
  // kInvalidInput where `attachment.offset` lies outside of `entry()`.
  Result<void> attach(Attachment attachment);
  // The text of a rule that is known as text only (Attachment::Kind::foreign_text); absent for all others.
  std::optional<std::string_view> foreign_text() const;

 private:
  friend class model::RuleBytes;
  Rule(Family family, TargetKind kind, std::shared_ptr<const std::byte> entry, size_t size,
       std::vector<Attachment> attachments);

  std::shared_ptr<const std::byte> entry_;
  std::unique_ptr<std::vector<Attachment>> attachments_;  // null in nearly every rule
  uint32_t size_ = 0;
  Family family_;
  TargetKind kind_ = TargetKind::none;
};

// Equality as iptables -C and -D see it: selectors, matches in order and the target, less the bytes that the kernel
// keeps for itself, less counters. Extensions that nobody here knows compare whole. Thread-safe.
bool same_rule(const Rule& a, const Rule& b);

}  // namespace ferrule
#pragma GCC visibility pop
