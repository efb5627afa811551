#include "backend_legacy/blob_writer.hpp"

#include <linux/netfilter/x_tables.h>
#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv6/ip6_tables.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <limits>
#include <utility>

#include "backend_legacy/errors.hpp"
#include "model/entry.hpp"

namespace ferrule::legacy {
namespace {

constexpr size_t kErrorTargetSize = 64;  // struct xt_error_target, padded
constexpr uint64_t kLargest = std::numeric_limits<int32_t>::max();
constexpr std::string_view kErrorName = "ERROR";
constexpr int32_t kReturn = -NF_REPEAT - 1;  // XT_RETURN

int32_t policy_verdict(Policy policy) { return policy == Policy::accept ? -NF_ACCEPT - 1 : -NF_DROP - 1; }

class BlobWriter {
 public:
  BlobWriter(Family family, TableId table, BlobChains& chains)
      : family_(family), table_(table), header_(model::entry_header_size(family)), chains_(chains) {
    for (BlobChain& chain : chains) (chain.hook ? base_ : users_).push_back(&chain);
    std::ranges::sort(base_, {}, [](const BlobChain* chain) { return *chain->hook; });
    // They mostly come from a listing, in order.
    if (!std::ranges::is_sorted(users_, {}, &BlobChain::name)) std::ranges::sort(users_, {}, &BlobChain::name);
  }

  Result<WrittenTable> run() {
    if (!lay_out()) return tl::unexpected(make_error(Doing::committing, EOVERFLOW, table_, {}));
    WrittenTable out{.blob = TableBlob(table_, info_)};
    entries_ = out.blob.entries();
    for (const BlobChain* chain : base_) {
      if (auto written = write_rules(*chain); !written) return tl::unexpected(written.error());
      note_counters(chain->counters);
      write_standard(policy_verdict(chain->policy));
    }
    for (const BlobChain* chain : users_) {
      write_error(chain->name.view());
      if (auto written = write_rules(*chain); !written) return tl::unexpected(written.error());
      write_standard(kReturn);
    }
    write_error(kErrorName);
    out.counters = std::move(counters_);
    return out;
  }

 private:
  size_t standard_size() const { return header_ + model::kStandardTargetSize; }
  size_t error_size() const { return header_ + kErrorTargetSize; }

  static size_t rules_size(const BlobChain& chain) {
    if (chain.kept) return chain.kept->bytes.size();
    size_t size = 0;
    for (const Rule& rule : chain.rules) size += rule.entry().size();
    return size;
  }

  static size_t rules_count(const BlobChain& chain) { return chain.kept ? chain.kept->count : chain.rules.size(); }

  // Whether the table stays within what its verdicts, which are places in it, and the kernel's counts can say.
  static bool can_be_said(uint64_t size, uint64_t count) { return size <= kLargest && count <= kLargest; }

  // Finds out where everything will be; false where it will be too much.
  bool lay_out() {
    uint64_t at = 0;
    uint64_t count = 0;
    for (const BlobChain* chain : base_) {
      const auto hook = static_cast<size_t>(*chain->hook);
      info_.valid_hooks |= 1u << hook;
      info_.hook_entry[hook] = static_cast<uint32_t>(at);
      at += rules_size(*chain);
      info_.underflow[hook] = static_cast<uint32_t>(at);
      at += standard_size();
      count += rules_count(*chain) + 1;
      if (!can_be_said(at, count)) return false;
    }
    for (BlobChain* chain : users_) {
      at += error_size();
      chain->start = static_cast<uint32_t>(at);
      if (chain->was_at) starts_.emplace_back(*chain->was_at, chain->start);
      at += rules_size(*chain) + standard_size();
      count += rules_count(*chain) + 2;
      if (!can_be_said(at, count)) return false;
    }
    if (!std::ranges::is_sorted(starts_)) std::ranges::sort(starts_);
    info_.entry_count = static_cast<uint32_t>(count + 1);
    info_.size = static_cast<uint32_t>(at + error_size());
    return can_be_said(at + error_size(), count + 1);
  }

  void note_counters(Counters counters) {
    if (counters == Counters{}) return;
    counters_.resize(info_.entry_count);
    counters_[entry_] = counters;
  }

  void write_header(size_t size) {
    const auto target = static_cast<uint16_t>(header_);
    const auto next = static_cast<uint16_t>(size);
    const size_t offset =
        family_ == Family::ipv4 ? offsetof(ipt_entry, target_offset) : offsetof(ip6t_entry, target_offset);
    std::memcpy(entries_.data() + at_ + offset, &target, sizeof target);
    std::memcpy(entries_.data() + at_ + offset + sizeof target, &next, sizeof next);
  }

  void write_target_size(size_t size) {
    const auto size16 = static_cast<uint16_t>(size);
    std::memcpy(entries_.data() + at_ + header_, &size16, sizeof size16);
  }

  void write_standard(int32_t verdict) {
    write_header(standard_size());
    write_target_size(model::kStandardTargetSize);
    std::memcpy(entries_.data() + at_ + header_ + model::kPartHeaderSize, &verdict, sizeof verdict);
    finish_entry(standard_size());
  }

  void write_error(std::string_view text) {
    write_header(error_size());
    write_target_size(kErrorTargetSize);
    std::byte* target = entries_.data() + at_ + header_;
    std::memcpy(target + sizeof(uint16_t), kErrorName.data(), kErrorName.size());
    std::memcpy(target + model::kPartHeaderSize, text.data(), text.size());
    finish_entry(error_size());
  }

  void finish_entry(size_t size) {
    at_ += size;
    ++entry_;
  }

  Result<void> write_rules(const BlobChain& chain) {
    if (chain.kept) return write_kept(*chain.kept);
    for (const Rule& rule : chain.rules) {
      const auto entry = rule.entry();
      const auto verdict = verdict_of(rule);
      if (!verdict) return no_verdict();
      std::memcpy(entries_.data() + at_, entry.data(), entry.size());
      if (rule.target_kind() != TargetKind::extension) write_verdict(entry.size(), *verdict);
      note_counters(rule.counters());
      finish_entry(entry.size());
    }
    return {};
  }

  tl::unexpected<Error> no_verdict() const { return tl::unexpected(make_error(Doing::committing, EINVAL, table_, {})); }

  // Nothing changes but where jumps lead to.
  Result<void> write_kept(const KeptRules& kept) {
    if (!kept.bytes.empty()) std::memcpy(entries_.data() + at_, kept.bytes.data(), kept.bytes.size());
    for (uint32_t was_at = kept.offset; was_at - kept.offset < kept.bytes.size();) {
      const size_t size = size_at(at_);
      std::byte* target = entries_.data() + at_ + target_offset_at(at_);
      if (target[sizeof(uint16_t)] == std::byte{0}) {  // no name: a verdict
        if (read16(static_cast<size_t>(target - entries_.data())) != model::kStandardTargetSize) return no_verdict();
        int32_t verdict = 0;
        std::memcpy(&verdict, target + model::kPartHeaderSize, sizeof verdict);
        const auto moved = moved_verdict(verdict, was_at + static_cast<uint32_t>(size), at_ + size);
        if (!moved) return no_verdict();
        std::memcpy(target + model::kPartHeaderSize, &*moved, sizeof *moved);
      }
      was_at += static_cast<uint32_t>(size);
      finish_entry(size);
    }
    return {};
  }

  // What stands in place of `verdict` in an entry that was followed by `old_next` and is by `next`.
  std::optional<int32_t> moved_verdict(int32_t verdict, uint32_t old_next, size_t next) const {
    if (verdict < 0) return verdict;
    const auto leads_to = static_cast<uint32_t>(verdict);
    if (leads_to == old_next) return static_cast<int32_t>(next);
    const auto found = std::ranges::lower_bound(starts_, leads_to, {}, &std::pair<uint32_t, uint32_t>::first);
    if (found == starts_.end() || found->first != leads_to) return std::nullopt;
    return static_cast<int32_t>(found->second);
  }

  size_t size_at(size_t at) const {
    return read16(at +
                  (family_ == Family::ipv4 ? offsetof(ipt_entry, next_offset) : offsetof(ip6t_entry, next_offset)));
  }
  size_t target_offset_at(size_t at) const {
    return read16(at +
                  (family_ == Family::ipv4 ? offsetof(ipt_entry, target_offset) : offsetof(ip6t_entry, target_offset)));
  }
  uint16_t read16(size_t at) const {
    uint16_t value = 0;
    std::memcpy(&value, entries_.data() + at, sizeof value);
    return value;
  }

  // The kernel has numbers where a Rule has names.
  void write_verdict(size_t entry_size, int32_t verdict) {
    std::byte* target = entries_.data() + at_ + entry_size - model::kStandardTargetSize;
    std::memset(target + sizeof(uint16_t), 0, model::kPartHeaderSize - sizeof(uint16_t));
    std::memcpy(target + model::kPartHeaderSize, &verdict, sizeof verdict);
  }

  std::optional<int32_t> verdict_of(const Rule& rule) const {
    switch (rule.target_kind()) {
      case TargetKind::accept:
        return -NF_ACCEPT - 1;
      case TargetKind::drop:
        return -NF_DROP - 1;
      case TargetKind::queue:
        return -NF_QUEUE - 1;
      case TargetKind::return_:
        return kReturn;
      case TargetKind::chain: {
        const BlobChain* chain = chains_.find(rule.target_name());
        return chain == nullptr || chain->hook ? std::nullopt : std::optional(static_cast<int32_t>(chain->start));
      }
      default:
        return static_cast<int32_t>(at_ + rule.entry().size());  // to the next entry
    }
  }

  Family family_;
  TableId table_;
  size_t header_;
  BlobChains& chains_;
  std::vector<BlobChain*> base_;
  std::vector<BlobChain*> users_;
  std::vector<std::pair<uint32_t, uint32_t>> starts_;  // of user chains: where they were, where they are
  TableInfo info_;
  std::span<std::byte> entries_;
  size_t at_ = 0;
  size_t entry_ = 0;
  std::vector<Counters> counters_;
};

}  // namespace

Result<WrittenTable> write_blob(Family family, TableId table, BlobChains& chains) {
  return BlobWriter(family, table, chains).run();
}

}  // namespace ferrule::legacy
