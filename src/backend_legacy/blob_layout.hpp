// BlobLayout: where the chains of a legacy table stand in the bytes that IPT_SO_GET_ENTRIES returns.
//
// The bytes are base chains in hook order (rules, then one entry with the policy as its verdict), user chains (a head
// entry whose ERROR target holds the name, rules, a bare RETURN), and a terminator, an ERROR target again. A jump's
// verdict is the offset of the first entry behind the chain's head. Nothing here asks the kernel anything.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "backend_legacy/sockopt.hpp"
#include "ferrule/error.hpp"
#include "ferrule/rule.hpp"
#include "ferrule/types.hpp"

namespace ferrule::legacy {

struct ChainSpan {
  ChainName name = {};
  std::optional<Hook> hook = {};
  Policy policy = Policy::accept;
  Counters counters = {};
  uint32_t first = 0;        // offset of the first rule, which is what jumps name
  uint32_t last = 0;         // offset of the policy entry, or of the RETURN that ends a user chain
  uint32_t rules = 0;        // how many
  uint32_t first_entry = 0;  // the number of the first rule among all entries
};

// Movable. Not thread-safe while rules are being read.
class BlobLayout {
 public:
  // Finds the chains in the `size` bytes of `entries`, which nobody else may use any more. Every offset, size and name
  // is checked, since the bytes may come from anywhere: malformed ones and layouts that no iptables would make give
  // kInvalidInput. Extensions are not looked into.
  static Result<BlobLayout> of(Family family, TableId table, const TableInfo& info, std::shared_ptr<std::byte> entries,
                               size_t size);

  static Result<BlobLayout> of(Family family, TableBlob&& blob) {
    const TableId table = blob.table();
    const TableInfo info = blob.info();
    return of(family, table, info, std::move(blob).shared_entries(), info.size);
  }

  TableId table() const { return table_; }
  // Base chains in hook order, then user chains by name.
  const std::vector<ChainSpan>& chains() const { return chains_; }
  // The rules of a chain as they stand there; well-formed entries.
  std::span<const std::byte> bytes(const ChainSpan& chain) const {
    return bytes_.subspan(chain.first, chain.last - chain.first);
  }
  // The rules of chain number `chain`, to be read once: they share the bytes, in which whatever a Rule has in another
  // way is rewritten. kInvalidInput for verdicts that are none.
  Result<std::vector<Rule>> read_rules(size_t chain);
  // How often the rules that have been read jump to chain number `chain`.
  uint32_t references(size_t chain) const { return references_[chain]; }

 private:
  BlobLayout(Family family, TableId table, const TableInfo& info, std::shared_ptr<std::byte> bytes, size_t size);

  tl::unexpected<Error> malformed(uint32_t offset, std::string_view what) const;
  Result<void> check_info() const;
  std::optional<Hook> hook_at(uint32_t offset) const;
  bool is_bare(std::span<const std::byte> entry) const;
  // The verdict of an entry that does nothing but give one; nullopt for any other.
  std::optional<int32_t> bare_verdict(std::span<const std::byte> entry) const;

  Result<void> find_chains();
  Result<void> place_entry(uint32_t offset, std::span<const std::byte> entry, uint32_t number);
  Result<void> open_base(uint32_t offset, Hook hook, uint32_t number);
  Result<void> open_user(uint32_t offset, std::span<const std::byte> head, uint32_t number);
  Result<void> close_base(uint32_t offset, std::span<const std::byte> entry);
  Result<void> close_user(uint32_t next_offset);
  Result<void> sort_chains();

  Result<Rule> read_rule(uint32_t offset, std::span<std::byte> entry);
  Result<TargetKind> name_verdict(uint32_t offset, std::span<std::byte> entry);
  // The number of the chain that a jump to `offset` goes to.
  std::optional<size_t> chain_at(uint32_t offset) const;

  Family family_;
  TableId table_;
  TableInfo info_;
  std::shared_ptr<std::byte> owner_;
  std::span<std::byte> bytes_;
  std::vector<ChainSpan> chains_;
  std::vector<std::pair<uint32_t, size_t>> by_offset_;  // ChainSpan::first and number, ascending
  std::vector<uint32_t> references_;
  bool open_ = false;      // whether chains_.back() still takes entries
  uint32_t previous_ = 0;  // offset of the entry before
};

}  // namespace ferrule::legacy
