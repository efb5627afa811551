#include "backend_legacy/blob_layout.hpp"

#include <linux/netfilter.h>
#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv6/ip6_tables.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <string>
#include <utility>

#include "model/entry.hpp"
#include "model/rule_bytes.hpp"

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

}  // namespace

BlobLayout::BlobLayout(Family family, TableId table, const TableInfo& info, std::shared_ptr<std::byte> bytes,
                       size_t size)
    : family_(family), table_(table), info_(info), owner_(std::move(bytes)), bytes_(owner_.get(), size) {}

Result<BlobLayout> BlobLayout::of(Family family, TableId table, const TableInfo& info,
                                  std::shared_ptr<std::byte> entries, size_t size) {
  BlobLayout layout(family, table, info, std::move(entries), size);
  const Result<void> found =
      layout.check_info().and_then([&] { return layout.find_chains(); }).and_then([&] { return layout.sort_chains(); });
  if (!found) return tl::unexpected<Error>(found.error());
  return layout;
}

tl::unexpected<Error> BlobLayout::malformed(uint32_t offset, std::string_view what) const {
  Error error{.code = Code::kInvalidInput,
              .message = "malformed table: " + std::string(what) + " at offset " + std::to_string(offset)};
  error.table = table_name(table_);
  return tl::unexpected<Error>(std::move(error));
}

Result<void> BlobLayout::check_info() const {
  if (bytes_.size() != info_.size) return malformed(0, "another size than announced");
  for (size_t h = 0; h < kHooks; ++h) {
    if (info_.has_hook(h) != table_has_hook(table_, static_cast<Hook>(h))) return malformed(0, "unexpected hooks");
  }
  return {};
}

std::optional<Hook> BlobLayout::hook_at(uint32_t offset) const {
  for (size_t h = 0; h < kHooks; ++h) {
    if (info_.has_hook(h) && info_.hook_entry[h] == offset) return static_cast<Hook>(h);
  }
  return std::nullopt;
}

bool BlobLayout::is_bare(std::span<const std::byte> entry) const {
  const size_t selectors = family_ == Family::ipv4 ? sizeof(ipt_ip) : sizeof(ip6t_ip6);
  return read_header(family_, entry).target_offset == model::entry_header_size(family_) &&
         std::all_of(entry.begin(), entry.begin() + static_cast<std::ptrdiff_t>(selectors),
                     [](std::byte b) { return b == std::byte{0}; });
}

std::optional<int32_t> BlobLayout::bare_verdict(std::span<const std::byte> entry) const {
  const model::Part target = model::target(family_, entry);
  if (!is_bare(entry) || !target.name.empty() || target.payload.size() != 8) return std::nullopt;
  return load<int32_t>(target.payload, 0);
}

Result<void> BlobLayout::find_chains() {
  uint32_t count = 0;
  bool terminated = false;
  for (uint32_t offset = 0; offset < bytes_.size(); ++count) {
    const auto entry = entry_at(family_, bytes_, offset);
    if (!entry) return malformed(offset, entry.error().message);
    const auto next = static_cast<uint32_t>(offset + entry->size());
    terminated = next == bytes_.size() && !hook_at(offset) && model::target(family_, *entry).name == XT_ERROR_TARGET;
    Result<void> placed = terminated ? close_user(offset) : place_entry(offset, *entry, count);
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

Result<void> BlobLayout::place_entry(uint32_t offset, std::span<const std::byte> entry, uint32_t number) {
  const bool is_head = model::target(family_, entry).name == XT_ERROR_TARGET;
  if (const std::optional<Hook> hook = hook_at(offset)) {
    if (Result<void> closed = close_user(offset); !closed) return closed;
    if (Result<void> opened = open_base(offset, *hook, number); !opened) return opened;
    if (is_head) return malformed(offset, "a base chain without a policy");
  } else if (is_head) {
    if (Result<void> closed = close_user(offset); !closed) return closed;
    return open_user(offset, entry, number);
  }
  if (!open_) return malformed(offset, "a rule outside of chains");
  ChainSpan& chain = chains_.back();
  if (chain.hook && info_.underflow[static_cast<size_t>(*chain.hook)] == offset) return close_base(offset, entry);
  ++chain.rules;
  return {};
}

Result<void> BlobLayout::open_base(uint32_t offset, Hook hook, uint32_t number) {
  const auto starting_here = [&](size_t h) { return info_.has_hook(h) && info_.hook_entry[h] == offset; };
  for (size_t h = static_cast<size_t>(hook) + 1; h < kHooks; ++h) {
    if (starting_here(h)) return malformed(offset, "two base chains");
  }
  chains_.push_back({.name = ChainName(hook_name(hook)), .hook = hook, .first = offset, .first_entry = number});
  open_ = true;
  return {};
}

Result<void> BlobLayout::open_user(uint32_t offset, std::span<const std::byte> head, uint32_t number) {
  const std::span<const std::byte> payload = model::target(family_, head).payload;
  constexpr size_t kErrorName = XT_FUNCTION_MAXNAMELEN;
  if (!is_bare(head) || payload.size() != model::align(kErrorName)) return malformed(offset, "a malformed chain head");
  const char* name = reinterpret_cast<const char*>(payload.data());
  const std::string_view text(name, strnlen(name, kErrorName));
  if (text.empty() || !ChainName::fits(text)) return malformed(offset, "a chain name that is empty or too long");
  chains_.push_back(
      {.name = ChainName(text), .first = static_cast<uint32_t>(offset + head.size()), .first_entry = number + 1});
  open_ = true;
  return {};
}

Result<void> BlobLayout::close_base(uint32_t offset, std::span<const std::byte> entry) {
  const std::optional<int32_t> verdict = bare_verdict(entry);
  if (!verdict || (*verdict != kAccept && *verdict != kDrop)) return malformed(offset, "a policy that is none");
  ChainSpan& chain = chains_.back();
  chain.policy = *verdict == kDrop ? Policy::drop : Policy::accept;
  chain.counters = read_header(family_, entry).counters;
  chain.last = offset;
  open_ = false;
  return {};
}

Result<void> BlobLayout::close_user(uint32_t next_offset) {
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

Result<void> BlobLayout::sort_chains() {
  const auto before = [](const ChainSpan& a, const ChainSpan& b) {
    if (a.hook && b.hook) return *a.hook < *b.hook;
    if (a.hook || b.hook) return a.hook.has_value();
    return a.name < b.name;
  };
  // They are in order already where iptables or this library wrote them.
  if (!std::ranges::is_sorted(chains_, before)) std::ranges::sort(chains_, before);
  for (size_t i = 0; i < chains_.size(); ++i) by_offset_.emplace_back(chains_[i].first, i);
  if (!std::ranges::is_sorted(by_offset_)) std::ranges::sort(by_offset_);
  references_.resize(chains_.size());
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

std::optional<size_t> BlobLayout::chain_at(uint32_t offset) const {
  const auto found = std::lower_bound(by_offset_.begin(), by_offset_.end(), std::pair<uint32_t, size_t>(offset, 0));
  if (found == by_offset_.end() || found->first != offset) return std::nullopt;
  return found->second;
}

Result<TargetKind> BlobLayout::name_verdict(uint32_t offset, std::span<std::byte> entry) {
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
    ++references_[*chain];
  }
  std::byte* at = entry.data() + target.payload_offset;
  std::memset(at, 0, target.payload.size());
  std::memset(at - model::kPartHeaderSize + 2, 0, model::kPartHeaderSize - 2);
  if (!name.empty()) std::memcpy(at - model::kPartHeaderSize + 2, name.data(), name.size());
  return kind;
}

Result<Rule> BlobLayout::read_rule(uint32_t offset, std::span<std::byte> entry) {
  const size_t comefrom = family_ == Family::ipv4 ? offsetof(ipt_entry, comefrom) : offsetof(ip6t_entry, comefrom);
  std::memset(entry.data() + comefrom, 0, sizeof(ipt_entry::comefrom));
  TargetKind kind = TargetKind::extension;
  if (model::target(family_, entry).name.empty()) {
    const Result<TargetKind> named = name_verdict(offset, entry);
    if (!named) return tl::unexpected<Error>(named.error());
    kind = *named;
  }
  return model::RuleBytes::share(family_, kind, std::shared_ptr<const std::byte>(owner_, entry.data()), entry.size());
}

Result<std::vector<Rule>> BlobLayout::read_rules(size_t chain) {
  const ChainSpan& span = chains_[chain];
  std::vector<Rule> rules;
  rules.reserve(span.rules);
  for (uint32_t offset = span.first; offset < span.last;) {
    const auto entry = bytes_.subspan(offset, read_header(family_, bytes_.subspan(offset)).next_offset);
    Result<Rule> rule = read_rule(offset, entry);
    if (!rule) return tl::unexpected<Error>(rule.error());
    rules.push_back(std::move(*rule));
    offset += static_cast<uint32_t>(entry.size());
  }
  return rules;
}

}  // namespace ferrule::legacy
