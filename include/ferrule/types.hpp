// The small words that everything shares: family, hook, verdict, counters, names of chains and tables.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#pragma GCC visibility push(default)
namespace ferrule {

// Address family; the values are NFPROTO_IPV4 and NFPROTO_IPV6 of <linux/netfilter.h>.
enum class Family : uint8_t { ipv4 = 2, ipv6 = 10 };

// "ipv4" or "ipv6".
std::string_view family_name(Family family);

// A way to read and write rules: through the kernel's legacy xtables, through nf_tables as iptables-nft does, or by
// spawning the binary that fits.
enum class BackendKind : uint8_t { legacy, nft, exec };
// "legacy", "nft" or "exec".
std::string_view backend_name(BackendKind backend);
std::optional<BackendKind> backend_by_name(std::string_view name);

// Netfilter hooks; the values are NF_INET_* of <linux/netfilter.h>.
enum class Hook : uint8_t { prerouting = 0, input = 1, forward = 2, output = 3, postrouting = 4 };

// The name of the base chain that iptables hangs on the hook, e.g. "PREROUTING".
std::string_view hook_name(Hook hook);
std::optional<Hook> hook_of_chain(std::string_view chain_name);

// The five tables that iptables knows.
enum class TableId : uint8_t { filter, nat, mangle, raw, security };
inline constexpr std::array<TableId, 5> kAllTables = {TableId::filter, TableId::nat, TableId::mangle, TableId::raw,
                                                      TableId::security};
std::string_view table_name(TableId table);
std::optional<TableId> table_by_name(std::string_view name);
// Whether `table` has a base chain on `hook` (e.g. nat has no FORWARD).
bool table_has_hook(TableId table, Hook hook);
// Whether the table has a base chain of that name.
bool is_base_chain(TableId table, std::string_view chain_name);

// Packets and bytes seen, host order.
struct Counters {
  uint64_t packets = 0;
  uint64_t bytes = 0;
  friend bool operator==(const Counters&, const Counters&) = default;
};

// A base chain's policy.
enum class Policy : uint8_t { accept, drop };
std::string_view policy_name(Policy policy);

// A chain's name: at most kMaxLength bytes (XT_EXTENSION_MAXNAMELEN - 1), stored inline so that tens of thousands of
// rules need no allocation for it. A value type; safe to share.
class ChainName {
 public:
  static constexpr size_t kMaxLength = 28;
  ChainName() = default;
  // Any text. One that is no chain's name (see is_valid) is never equal to the name of a chain, and a transaction with
  // it is refused.
  explicit ChainName(std::string_view name);
  static bool fits(std::string_view name) { return name.size() <= kMaxLength; }
  // Whether iptables' tables can have a chain of this name: not empty, not longer than kMaxLength, without what ends a
  // word of restore input (blanks, line breaks) or a name of the kernel's (NUL).
  bool is_valid() const;
  bool is_too_long() const { return length_ > kMaxLength; }
  // Of a name that is too long, the beginning.
  std::string_view view() const { return {chars_.data(), length_}; }
  std::string str() const { return std::string(view()); }
  // NUL-terminated.
  const char* c_str() const { return chars_.data(); }
  bool empty() const { return length_ == 0; }
  friend bool operator==(const ChainName& a, const ChainName& b) { return a.view() == b.view(); }
  friend auto operator<=>(const ChainName& a, const ChainName& b) { return a.view() <=> b.view(); }

 private:
  std::array<char, kMaxLength + 3> chars_{};
  uint8_t length_ = 0;
};

}  // namespace ferrule
#pragma GCC visibility pop
