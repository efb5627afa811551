#include "backend_legacy/blob.hpp"

#include <linux/netfilter.h>
#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv6/ip6_tables.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <string>
#include <utility>

#include "model/entry.hpp"

namespace ferrule::legacy {
namespace {

// How <linux/netfilter.h>'s verdicts stand in a standard target; XT_RETURN is there as it is.
constexpr int32_t kAccept = -NF_ACCEPT - 1;
constexpr int32_t kDrop = -NF_DROP - 1;
constexpr int32_t kQueue = -NF_QUEUE - 1;

struct Header {
  uint16_t next_offset;
  uint16_t target_offset;
  Counters counters;
};

// A chain's place in the blob.
struct ChainSpan {
  ChainName name;
  std::optional<Hook> hook;
  Policy policy = Policy::accept;
  Counters counters;
  uint32_t first = 0;  // offset of the first rule, which is what jumps name
  uint32_t last = 0;   // offset of the policy entry, or of the RETURN that ends a user chain
  uint32_t rules = 0;
};

template <typename T>
T load(std::span<const std::byte> bytes, size_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

Header read_header(Family family, std::span<const std::byte> entry) {
  const auto read = [&]<typename Entry>() {
    return Header{.next_offset = load<uint16_t>(entry, offsetof(Entry, next_offset)),
                  .target_offset = load<uint16_t>(entry, offsetof(Entry, target_offset)),
                  .counters = load<Counters>(entry, offsetof(Entry, counters))};
  };
  return family == Family::ipv4 ? read.operator()<ipt_entry>() : read.operator()<ip6t_entry>();
}

Result<std::span<const std::byte>> entry_at(Family family, std::span<const std::byte> bytes, size_t offset) {
  const auto rest = bytes.subspan(offset);
  if (rest.size() < model::entry_header_size(family)) return fail(Code::kInvalidInput, "a cut entry");
  const size_t size = read_header(family, rest).next_offset;
  if (size > rest.size()) return fail(Code::kInvalidInput, "an entry that reaches beyond the end");
  if (const auto checked = model::check_entry(family, rest.first(size)); !checked) {
    return tl::unexpected<Error>(checked.error());
  }
  return rest.first(size);
}

class BlobReader {
 public:
  BlobReader(Family family, TableId table, const TableInfo& info, std::shared_ptr<std::byte> bytes, size_t size)
      : family_(family),
        table_(table),
        info_(info),
        owner_(std::move(bytes)),
        bytes_(owner_.get(), size),
        header_size_(model::entry_header_size(family)) {}

  Result<Table> read();

 private:
  tl::unexpected<Error> malformed(uint32_t offset, std::string_view what) const;
  Result<void> check_info() const;
  Header header(std::span<const std::byte> entry) const { return read_header(family_, entry); }
  std::optional<Hook> hook_at(uint32_t offset) const;
  bool is_bare(std::span<const std::byte> entry) const;
  // The verdict of an entry that does nothing but give one; nullopt for any other.
  std::optional<int32_t> bare_verdict(std::span<const std::byte> entry) const;

  Result<void> find_chains();
  Result<void> place_entry(uint32_t offset, std::span<const std::byte> entry);
  Result<void> open_base(uint32_t offset, Hook hook);
  Result<void> open_user(uint32_t offset, std::span<const std::byte> head);
  Result<void> close_base(uint32_t offset, std::span<const std::byte> entry);
  Result<void> close_user(uint32_t next_offset);
  Result<void> sort_chains();

  Result<Table> read_rules();
  Result<Rule> read_rule(uint32_t offset, std::span<std::byte> entry, Table& out) const;
  Result<TargetKind> name_verdict(uint32_t offset, std::span<std::byte> entry, Table& out) const;
  // The index of the chain that a jump to `offset` goes to.
  std::optional<size_t> chain_at(uint32_t offset) const;

  Family family_;
  TableId table_;
  const TableInfo& info_;
  std::shared_ptr<std::byte> owner_;
  std::span<std::byte> bytes_;
  size_t header_size_;
  std::vector<ChainSpan> chains_;
  std::vector<std::pair<uint32_t, size_t>> by_offset_;  // ChainSpan::first and index, ascending
  bool open_ = false;                                   // whether chains_.back() still takes entries
  uint32_t previous_ = 0;                               // offset of the entry before
};

tl::unexpected<Error> BlobReader::malformed(uint32_t offset, std::string_view what) const {
  Error error{.code = Code::kInvalidInput,
              .message = "malformed table: " + std::string(what) + " at offset " + std::to_string(offset)};
  error.table = table_name(table_);
  return tl::unexpected<Error>(std::move(error));
}

Result<void> BlobReader::check_info() const {
  if (bytes_.size() != info_.size) return malformed(0, "another size than announced");
  for (size_t h = 0; h < kHooks; ++h) {
    if (info_.has_hook(h) != table_has_hook(table_, static_cast<Hook>(h))) return malformed(0, "unexpected hooks");
  }
  return {};
}

std::optional<Hook> BlobReader::hook_at(uint32_t offset) const {
  for (size_t h = 0; h < kHooks; ++h) {
    if (info_.has_hook(h) && info_.hook_entry[h] == offset) return static_cast<Hook>(h);
  }
  return std::nullopt;
}

bool BlobReader::is_bare(std::span<const std::byte> entry) const {
  const size_t selectors = family_ == Family::ipv4 ? sizeof(ipt_ip) : sizeof(ip6t_ip6);
  return header(entry).target_offset == header_size_ &&
         std::all_of(entry.begin(), entry.begin() + static_cast<std::ptrdiff_t>(selectors),
                     [](std::byte b) { return b == std::byte{0}; });
}

std::optional<int32_t> BlobReader::bare_verdict(std::span<const std::byte> entry) const {
  const model::Part target = model::target(family_, entry);
  if (!is_bare(entry) || !target.name.empty() || target.payload.size() != 8) return std::nullopt;
  return load<int32_t>(target.payload, 0);
}

Result<void> BlobReader::find_chains() {
  uint32_t count = 0;
  bool terminated = false;
  for (uint32_t offset = 0; offset < bytes_.size(); ++count) {
    const auto entry = entry_at(family_, bytes_, offset);
    if (!entry) return malformed(offset, entry.error().message);
    const auto next = static_cast<uint32_t>(offset + entry->size());
    terminated = next == bytes_.size() && !hook_at(offset) && model::target(family_, *entry).name == XT_ERROR_TARGET;
    Result<void> placed = terminated ? close_user(offset) : place_entry(offset, *entry);
    if (!placed) return placed;
    previous_ = offset;
    offset = next;
  }
  const auto end = static_cast<uint32_t>(bytes_.size());
  if (!terminated) return malformed(end, "no terminator");
  if (count != info_.entry_count) return malformed(end, "another number of entries than announced");
  const auto base_chains = std::count_if(chains_.begin(), chains_.end(), [](const auto& c) { return c.hook; });
  if (base_chains != std::popcount(info_.valid_hooks)) return malformed(end, "no base chain for a hook");
  return {};
}

Result<void> BlobReader::place_entry(uint32_t offset, std::span<const std::byte> entry) {
  const bool is_head = model::target(family_, entry).name == XT_ERROR_TARGET;
  if (const std::optional<Hook> hook = hook_at(offset)) {
    if (Result<void> closed = close_user(offset); !closed) return closed;
    if (Result<void> opened = open_base(offset, *hook); !opened) return opened;
    if (is_head) return malformed(offset, "a base chain without a policy");
  } else if (is_head) {
    if (Result<void> closed = close_user(offset); !closed) return closed;
    return open_user(offset, entry);
  }
  if (!open_) return malformed(offset, "a rule outside of chains");
  ChainSpan& chain = chains_.back();
  if (chain.hook && info_.underflow[static_cast<size_t>(*chain.hook)] == offset) return close_base(offset, entry);
  ++chain.rules;
  return {};
}

Result<void> BlobReader::open_base(uint32_t offset, Hook hook) {
  const auto starting_here = [&](size_t h) { return info_.has_hook(h) && info_.hook_entry[h] == offset; };
  for (size_t h = static_cast<size_t>(hook) + 1; h < kHooks; ++h) {
    if (starting_here(h)) return malformed(offset, "two base chains");
  }
  chains_.push_back({.name = ChainName(hook_name(hook)), .hook = hook, .counters = {}, .first = offset});
  open_ = true;
  return {};
}

Result<void> BlobReader::open_user(uint32_t offset, std::span<const std::byte> head) {
  const std::span<const std::byte> payload = model::target(family_, head).payload;
  constexpr size_t kErrorName = XT_FUNCTION_MAXNAMELEN;
  if (!is_bare(head) || payload.size() != model::align(kErrorName)) return malformed(offset, "a malformed chain head");
  const char* name = reinterpret_cast<const char*>(payload.data());
  const std::string_view text(name, strnlen(name, kErrorName));
  if (text.empty() || !ChainName::fits(text)) return malformed(offset, "a chain name that is empty or too long");
  chains_.push_back(
      {.name = ChainName(text), .hook = {}, .counters = {}, .first = static_cast<uint32_t>(offset + head.size())});
  open_ = true;
  return {};
}

Result<void> BlobReader::close_base(uint32_t offset, std::span<const std::byte> entry) {
  const std::optional<int32_t> verdict = bare_verdict(entry);
  if (verdict != kAccept && verdict != kDrop) return malformed(offset, "a policy that is none");
  ChainSpan& chain = chains_.back();
  chain.policy = *verdict == kDrop ? Policy::drop : Policy::accept;
  chain.counters = header(entry).counters;
  chain.last = offset;
  open_ = false;
  return {};
}

Result<void> BlobReader::close_user(uint32_t next_offset) {
  if (!open_) return {};
  ChainSpan& chain = chains_.back();
  if (chain.hook) return malformed(next_offset, "a base chain without a policy");
  if (chain.rules == 0 || bare_verdict(bytes_.subspan(previous_, next_offset - previous_)) != XT_RETURN) {
    return malformed(next_offset, "a user chain without its last RETURN");
  }
  --chain.rules;
  chain.last = previous_;
  open_ = false;
  return {};
}

Result<void> BlobReader::sort_chains() {
  std::sort(chains_.begin(), chains_.end(), [](const ChainSpan& a, const ChainSpan& b) {
    if (a.hook && b.hook) return *a.hook < *b.hook;
    if (a.hook || b.hook) return a.hook.has_value();
    return a.name < b.name;
  });
  for (size_t i = 0; i < chains_.size(); ++i) by_offset_.emplace_back(chains_[i].first, i);
  std::sort(by_offset_.begin(), by_offset_.end());
  const auto users = std::find_if(chains_.begin(), chains_.end(), [](const ChainSpan& c) { return !c.hook; });
  const auto same =
      std::adjacent_find(users, chains_.end(), [](const auto& a, const auto& b) { return a.name == b.name; });
  if (same != chains_.end()) return malformed(same->first, "a chain name that is already taken");
  for (auto base = chains_.begin(); base != users; ++base) {
    const auto found = std::lower_bound(users, chains_.end(), *base,
                                        [](const ChainSpan& a, const ChainSpan& b) { return a.name < b.name; });
    if (found != chains_.end() && found->name == base->name) {
      return malformed(found->first, "a chain name that is already taken");
    }
  }
  return {};
}

std::optional<size_t> BlobReader::chain_at(uint32_t offset) const {
  const auto found = std::lower_bound(by_offset_.begin(), by_offset_.end(), std::pair<uint32_t, size_t>(offset, 0));
  if (found == by_offset_.end() || found->first != offset) return std::nullopt;
  return found->second;
}

Result<TargetKind> BlobReader::name_verdict(uint32_t offset, std::span<std::byte> entry, Table& out) const {
  const model::Part target = model::target(family_, entry);
  if (target.payload.size() != 8) return malformed(offset, "a verdict of another size");
  const auto verdict = load<int32_t>(target.payload, 0);
  std::string_view name;
  TargetKind kind = TargetKind::none;
  if (verdict == kAccept) {
    kind = TargetKind::accept, name = "ACCEPT";
  } else if (verdict == kDrop) {
    kind = TargetKind::drop, name = "DROP";
  } else if (verdict == kQueue) {
    kind = TargetKind::queue, name = "QUEUE";
  } else if (verdict == XT_RETURN) {
    kind = TargetKind::return_, name = "RETURN";
  } else if (verdict < 0) {
    return malformed(offset, "an unknown verdict");
  } else if (static_cast<size_t>(verdict) != offset + entry.size()) {
    const std::optional<size_t> chain = chain_at(static_cast<uint32_t>(verdict));
    if (!chain) return malformed(offset, "a jump to where no chain begins");
    kind = TargetKind::chain, name = chains_[*chain].name.view();
    ++out.chains[*chain].references;
  }
  std::byte* at = entry.data() + target.payload_offset;
  std::memset(at, 0, target.payload.size());
  std::memset(at - model::kPartHeaderSize + 2, 0, model::kPartHeaderSize - 2);
  if (!name.empty()) std::memcpy(at - model::kPartHeaderSize + 2, name.data(), name.size());
  return kind;
}

Result<Rule> BlobReader::read_rule(uint32_t offset, std::span<std::byte> entry, Table& out) const {
  const size_t comefrom = family_ == Family::ipv4 ? offsetof(ipt_entry, comefrom) : offsetof(ip6t_entry, comefrom);
  std::memset(entry.data() + comefrom, 0, sizeof(ipt_entry::comefrom));
  TargetKind kind = TargetKind::extension;
  if (model::target(family_, entry).name.empty()) {
    const Result<TargetKind> named = name_verdict(offset, entry, out);
    if (!named) return tl::unexpected<Error>(named.error());
    kind = *named;
  }
  return Rule(family_, kind, std::shared_ptr<const std::byte>(owner_, entry.data()), entry.size());
}

Result<Table> BlobReader::read_rules() {
  Table out{.id = table_};
  for (const ChainSpan& span : chains_) {
    out.chains.push_back({.name = span.name, .hook = span.hook, .policy = span.policy, .counters = span.counters});
  }
  for (size_t i = 0; i < chains_.size(); ++i) {
    std::vector<Rule>& rules = out.chains[i].rules;
    rules.reserve(chains_[i].rules);
    for (uint32_t offset = chains_[i].first; offset < chains_[i].last;) {
      const auto entry = bytes_.subspan(offset, header(bytes_.subspan(offset)).next_offset);
      Result<Rule> rule = read_rule(offset, entry, out);
      if (!rule) return tl::unexpected<Error>(rule.error());
      rules.push_back(std::move(*rule));
      offset += static_cast<uint32_t>(entry.size());
    }
  }
  // The model counts references of user chains only.
  for (Chain& chain : out.chains) {
    if (chain.hook) chain.references = 0;
  }
  return out;
}

Result<Table> BlobReader::read() {
  return check_info().and_then([&] { return find_chains(); }).and_then([&] { return sort_chains(); }).and_then([&] {
    return read_rules();
  });
}

}  // namespace

Result<Table> read_blob(Family family, TableId table, const TableInfo& info, std::shared_ptr<std::byte> entries,
                        size_t size) {
  return BlobReader(family, table, info, std::move(entries), size).read();
}

Result<Table> read_blob(Family family, TableId table, const TableInfo& info, std::span<const std::byte> entries) {
  std::shared_ptr<std::byte> copy = model::EntryArena().allocate(entries.size());
  if (!entries.empty()) std::memcpy(copy.get(), entries.data(), entries.size());
  return read_blob(family, table, info, std::move(copy), entries.size());
}

std::map<ChainName, uint32_t> first_rules(Family family, const TableBlob& blob) {
  std::map<ChainName, uint32_t> out;
  const std::span<const std::byte> entries = blob.entries();
  uint32_t number = 0;
  for (size_t offset = 0; offset < entries.size(); ++number) {
    for (size_t h = 0; h < kHooks; ++h) {
      if (!blob.info().has_hook(h) || blob.info().hook_entry[h] != offset) continue;
      out[ChainName(hook_name(static_cast<Hook>(h)))] = number;
    }
    const auto entry = entry_at(family, entries, offset);
    if (!entry) break;
    const model::Part target = model::target(family, *entry);
    offset += entry->size();
    if (target.name != XT_ERROR_TARGET || offset == entries.size()) continue;
    const char* name = reinterpret_cast<const char*>(target.payload.data());
    out[ChainName(std::string_view(name, strnlen(name, target.payload.size())))] = number + 1;
  }
  return out;
}

std::vector<Counters> entry_counters(Family family, std::span<const std::byte> entries) {
  std::vector<Counters> counters;
  const size_t header_size = model::entry_header_size(family);
  while (entries.size() >= header_size) {
    const Header header = read_header(family, entries);
    if (header.next_offset < header_size || header.next_offset > entries.size()) break;
    counters.push_back(header.counters);
    entries = entries.subspan(header.next_offset);
  }
  return counters;
}

}  // namespace ferrule::legacy
