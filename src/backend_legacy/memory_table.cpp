#include "backend_legacy/memory_table.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "extensions/fingerprint.hpp"
#include "kernel/random.hpp"
#include "model/entry.hpp"

namespace ferrule::legacy {
namespace {

bool is_renamed(const MemoryTable::Entry& entry) {
  return entry.jump != nullptr && entry.jump->name.view() != entry.rule.target_name();
}

// The rule with the name that the chain it jumps to has now.
Rule with_current_target(const MemoryTable::Entry& entry) {
  Rule rule = entry.rule;
  // A jump to a chain, which has a name.
  (void)rule.set_target_chain(entry.jump->name);
  return rule;
}

}  // namespace

MemoryTable::MemoryTable(TableId table) {
  for (size_t number = 0; number < kHooks; ++number) {
    const auto hook = static_cast<Hook>(number);
    if (!table_has_hook(table, hook)) continue;
    MemoryChain& made = chains_[ChainName(hook_name(hook))];
    made.name = ChainName(hook_name(hook));
    made.hook = hook;
    base_.push_back(&made);
  }
}

MemoryTable::MemoryTable(BlobLayout layout, Commit commit) : layout_(std::move(layout)), commit_(std::move(commit)) {
  const std::vector<ChainSpan>& spans = layout_->chains();
  // From the end, where the user chains are in the order of their names.
  for (size_t i = spans.size(); i-- > 0;) {
    const ChainSpan& span = spans[i];
    MemoryChain& made = chains_.emplace_hint(chains_.begin(), span.name, MemoryChain{.name = span.name})->second;
    made.hook = span.hook;
    made.policy = span.policy;
    made.unread = i;
    if (span.hook) {
      base_.insert(base_.begin(), &made);
    } else {
      made.was_at = span.first;
    }
  }
}

MemoryTable::MemoryChain* MemoryTable::chain_of(const ChainName& name) {
  const auto found = chains_.find(name);
  return found == chains_.end() ? nullptr : &found->second;
}

int MemoryTable::read(MemoryChain& chain) {
  if (!chain.unread) return 0;
  const size_t number = *chain.unread;
  auto rules = layout_->read_rules(number);
  if (!rules) return EINVAL;
  chain.unread.reset();
  chain.rules.reserve(rules->size());
  uint32_t entry = layout_->chains()[number].first_entry;
  for (Rule& rule : *rules) {
    Entry read = make_entry(std::move(rule));
    read.was = entry++;
    chain.rules.push_back(std::move(read));
  }
  return 0;
}

int MemoryTable::read_all() {
  if (all_read_) return 0;
  for (auto& [name, chain] : chains_) {
    if (const int error_number = read(chain); error_number != 0) return error_number;
  }
  all_read_ = true;
  return 0;
}

MemoryTable::Entry MemoryTable::make_entry(Rule rule) {
  MemoryChain* jump = rule.target_kind() == TargetKind::chain ? chain_of(ChainName(rule.target_name())) : nullptr;
  if (jump != nullptr) ++jump->references;
  return {std::move(rule), jump};
}

void MemoryTable::drop(Entry& entry) {
  if (entry.jump != nullptr) --entry.jump->references;
}

ChainKind MemoryTable::kind(const ChainName& chain) {
  const MemoryChain* found = chain_of(chain);
  if (found == nullptr) return ChainKind::none;
  return found->hook ? ChainKind::base : ChainKind::user;
}

std::vector<ChainName> MemoryTable::chains() {
  std::vector<ChainName> names;
  for (const MemoryChain* chain : base_) names.push_back(chain->name);
  for (const auto& [name, chain] : chains_) {
    if (!chain.hook) names.push_back(name);
  }
  return names;
}

int MemoryTable::create_chain(const ChainName& chain) {
  if (is_verdict(chain) || chain_of(chain) != nullptr) return EEXIST;
  chains_[chain].name = chain;
  return 0;
}

int MemoryTable::delete_chain(const ChainName& chain) {
  const MemoryChain* found = chain_of(chain);
  if (found == nullptr) return ENOENT;
  if (found->hook) return EINVAL;
  if (const int error_number = read_all(); error_number != 0) return error_number;
  if (found->references != 0) return EMLINK;
  if (!found->rules.empty()) return ENOTEMPTY;
  chains_.erase(chain);
  return 0;
}

int MemoryTable::rename_chain(const ChainName& chain, const ChainName& new_name) {
  if (is_verdict(new_name) || chain_of(new_name) != nullptr) return EEXIST;
  const MemoryChain* found = chain_of(chain);
  if (found == nullptr || found->hook) return ENOENT;
  // What stands in the bytes jumps by place, what was read by name.
  if (const int error_number = read_all(); error_number != 0) return error_number;
  auto node = chains_.extract(chain);
  node.key() = new_name;
  node.mapped().name = new_name;
  chains_.insert(std::move(node));
  return 0;
}

int MemoryTable::flush(const ChainName& chain) {
  MemoryChain* found = chain_of(chain);
  if (found == nullptr) return ENOENT;
  found->unread.reset();
  for (Entry& entry : found->rules) drop(entry);
  found->rules.clear();
  return 0;
}

int MemoryTable::zero(const ChainName& chain) {
  MemoryChain* found = chain_of(chain);
  if (found == nullptr) return ENOENT;
  if (const int error_number = read(*found); error_number != 0) return error_number;
  for (Entry& entry : found->rules) entry.zeroed = true;
  return 0;
}

int MemoryTable::zero_rule(const ChainName& chain, uint32_t number) {
  MemoryChain* found = chain_of(chain);
  if (found == nullptr) return ENOENT;
  if (const int error_number = read(*found); error_number != 0) return error_number;
  if (number >= found->rules.size()) return E2BIG;
  found->rules[number].zeroed = true;
  return 0;
}

int MemoryTable::set_policy(const ChainName& chain, Policy policy, std::optional<Counters> counters) {
  MemoryChain* found = chain_of(chain);
  if (found == nullptr || !found->hook) return ENOENT;
  found->policy = policy;
  found->counters = counters;
  return 0;
}

int MemoryTable::append(const ChainName& chain, Rule rule) {
  MemoryChain* found = chain_of(chain);
  if (found == nullptr) return ENOENT;
  if (const int error_number = read(*found); error_number != 0) return error_number;
  found->rules.push_back(make_entry(std::move(rule)));
  return 0;
}

int MemoryTable::insert(const ChainName& chain, Rule rule, uint32_t number) {
  MemoryChain* found = chain_of(chain);
  if (found == nullptr) return ENOENT;
  if (const int error_number = read(*found); error_number != 0) return error_number;
  if (number > found->rules.size()) return E2BIG;
  found->rules.insert(number, make_entry(std::move(rule)));
  return 0;
}

int MemoryTable::replace(const ChainName& chain, Rule rule, uint32_t number) {
  MemoryChain* found = chain_of(chain);
  if (found == nullptr) return ENOENT;
  if (const int error_number = read(*found); error_number != 0) return error_number;
  if (number >= found->rules.size()) return E2BIG;
  Entry& replaced = found->rules[number];
  drop(replaced);
  replaced = make_entry(std::move(rule));
  return 0;
}

int MemoryTable::erase(const ChainName& chain, uint32_t number) {
  MemoryChain* found = chain_of(chain);
  if (found == nullptr) return ENOENT;
  if (const int error_number = read(*found); error_number != 0) return error_number;
  if (number >= found->rules.size()) return E2BIG;
  drop(found->rules[number]);
  found->rules.erase(number);
  return 0;
}

Result<bool> MemoryTable::is_same(const Entry& entry, const Rule& rule, SetNames& sets) {
  if (entry.rule.entry().size() != rule.entry().size()) return false;
  if (is_renamed(entry)) return same_rule(rule, with_current_target(entry));
  if (rule.attachments().empty() || !entry.rule.attachments().empty()) return same_rule(rule, entry.rule);
  // As it was read: its sets are known by number only.
  Rule named = entry.rule;
  if (Result<void> done = sets.add_names(named); !done) return tl::unexpected<Error>(done.error());
  return same_rule(rule, named);
}

uint64_t MemoryTable::seed() {
  if (!seed_) seed_ = kernel::random_number();
  return *seed_;
}

Result<std::optional<uint32_t>> MemoryTable::find(const ChainName& chain, const Rule& rule, SetNames& sets) {
  MemoryChain* found = chain_of(chain);
  if (found == nullptr) return std::optional<uint32_t>{};
  if (read(*found) != 0) return fail(Code::kInvalidInput, "malformed table: chain " + chain.str() + " cannot be read");
  // To learn the fingerprints of all rules takes longer than to look once.
  const bool by_fingerprint = std::exchange(found->searched, true) && rule.attachments().empty();
  const uint32_t wanted = by_fingerprint ? ext::fingerprint(rule, seed()) : 0;
  uint32_t number = 0;
  for (Entry& entry : found->rules) {
    if (by_fingerprint && entry.fingerprint == 0) entry.fingerprint = ext::fingerprint(entry.rule, seed());
    if (!by_fingerprint || entry.fingerprint == wanted) {
      const Result<bool> same = is_same(entry, rule, sets);
      if (!same) return tl::unexpected<Error>(same.error());
      if (*same) return std::optional<uint32_t>(number);
    }
    ++number;
  }
  return std::optional<uint32_t>{};
}

BlobChains chains_to_write(const MemoryTable::Chains& chains, const BlobLayout& read) {
  BlobChains out;
  for (const auto& [name, chain] : chains) {
    BlobChain* made = out.add(name);
    made->hook = chain.hook;
    made->policy = chain.policy;
    made->was_at = chain.was_at;
    if (chain.unread) {
      const ChainSpan& span = read.chains()[*chain.unread];
      made->kept = KeptRules{.bytes = read.bytes(span), .offset = span.first, .count = span.rules};
      continue;
    }
    made->rules.reserve(chain.rules.size());
    for (const MemoryTable::Entry& entry : chain.rules) {
      made->rules.push_back(is_renamed(entry) ? with_current_target(entry) : entry.rule);
    }
  }
  return out;
}

int MemoryTable::commit() { return commit_ ? commit_(chains_, *layout_) : 0; }

}  // namespace ferrule::legacy
