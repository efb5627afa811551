#include "iptables/dump/nft_batch.hpp"

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include <algorithm>
#include <utility>

#include "iptables/dump/nft_cache.hpp"
#include "iptables/dump/nft_message_text.hpp"

namespace ferrule::cli {
namespace {

constexpr std::array<Hook, 5> kHooks = {Hook::prerouting, Hook::input, Hook::forward, Hook::output, Hook::postrouting};
constexpr uint32_t kFirstSequence = 2;  // behind the begin of the batch

size_t index_of(Hook hook) { return static_cast<size_t>(hook); }

uint16_t type_of(const DraftMessage& draft) {
  nlmsghdr header;
  std::memcpy(&header, draft.bytes.data(), sizeof header);
  return header.nlmsg_type & 0xff;
}

NftAttributes attributes_of(const DraftMessage& draft) {
  return NftAttributes(NftBytes(draft.bytes).subspan(NLMSG_HDRLEN + sizeof(nfgenmsg)));
}

}  // namespace

NftBatch::NftBatch(const NftPlace& place, const NftKernelTable& table, Begin begin, uint32_t last_id)
    : place_(place), exists_(table.exists && begin == Begin::kAsItIs), last_id_(last_id) {
  if (begin == Begin::kAnew) {
    if (table.exists) send(NFT_MSG_DELTABLE);
    return;
  }
  for (const NftChain& chain : table.chains) {
    const auto hook = own_hook_of(place.table, chain);
    if (chain.base && !hook) continue;
    Known known{.chain = std::make_shared<NftChain>(chain), .handle = chain.handle};
    known.chain->handle.reset();
    for (const NftRule& rule : table.rules_of(chain.name)) known.rules.push_back(std::make_shared<NftRule>(rule));
    if (hook) {
      base_[index_of(*hook)] = std::move(known);
    } else {
      add_user(std::move(known));
    }
  }
}

// Takes back what was to be done to the rules of a chain that is going to be flushed.
void NftBatch::forget_rules(std::string_view chain) {
  std::erase_if(sent_, [&](const Sent& sent) {
    return sent.rule && !is_flush(sent) && (chain.empty() || sent.rule->chain == chain);
  });
}

bool NftBatch::is_flush(const Sent& sent) {
  return sent.type == NFT_MSG_DELRULE && !sent.rule->handle && !sent.rule->id;
}

void NftBatch::send_flush(std::string_view chain) {
  send(NFT_MSG_DELRULE, std::make_shared<NftRule>(NftRule{.chain = std::string(chain)}));
}

std::optional<Hook> NftBatch::base_hook(std::string_view chain) const {
  const auto hook = hook_of_chain(chain);
  return hook && table_has_hook(place_.table, *hook) ? hook : std::nullopt;
}

std::shared_ptr<NftChain> NftBatch::new_base_chain(Hook hook) const {
  return std::make_shared<NftChain>(
      NftChain{.name = std::string(hook_name(hook)), .base = nft_base_of(place_.table, hook), .policy = NF_ACCEPT});
}

NftBatch::Known* NftBatch::find(std::string_view chain) {
  if (const auto hook = base_hook(chain)) {
    std::optional<Known>& base = base_[index_of(*hook)];
    return base ? &*base : nullptr;
  }
  const auto found = users_.find(chain);
  return found == users_.end() ? nullptr : &found->second;
}

void NftBatch::add_user(Known known) {
  order_.push_back(known.chain->name);
  users_.emplace(order_.back(), std::move(known));
}

// User chains that came from the kernel are sorted for the first command that names them.
std::vector<NftBatch::Known*> NftBatch::all(Naming naming) {
  if (naming == Naming::kByName && !std::exchange(sorted_, true)) {
    std::ranges::sort(order_);
  }
  std::vector<Known*> chains;
  for (std::optional<Known>& base : base_) {
    if (base) chains.push_back(&*base);
  }
  for (const std::string& user : order_) chains.push_back(&users_.at(user));
  return chains;
}

// iptables-nft looks for the table where it was before, and so makes it again for each command.
void NftBatch::make_table() {
  if (!exists_) send(NFT_MSG_NEWTABLE);
}

void NftBatch::make_base_chain(Hook hook) {
  std::optional<Known>& base = base_[index_of(hook)];
  if (base) return;
  base = Known{.chain = new_base_chain(hook)};
  send(NFT_MSG_NEWCHAIN, base->chain);
}

void NftBatch::make(std::string_view chain) {
  make_table();
  if (const auto hook = base_hook(chain)) make_base_chain(*hook);
  if (!chain.empty()) return;
  for (const Hook hook : kHooks) {
    const bool last = place_.table == TableId::nat && hook == Hook::output;
    if (table_has_hook(place_.table, hook) && !last) make_base_chain(hook);
  }
  if (place_.table == TableId::nat) make_base_chain(Hook::output);
}

void NftBatch::pretend_base_chains() {
  for (const Hook hook : kHooks) {
    std::optional<Known>& base = base_[index_of(hook)];
    if (table_has_hook(place_.table, hook) && !base) base = Known{.chain = new_base_chain(hook)};
  }
}

NftBatch::RulePointer NftBatch::new_rule(const Operation& operation, const std::vector<const DraftMessage*>& drafts) {
  const auto is_new = [](const DraftMessage* draft) { return type_of(*draft) == NFT_MSG_NEWRULE; };
  const auto draft = std::ranges::find_if(drafts, is_new);
  auto rule = std::make_shared<NftRule>();
  if (draft != drafts.end()) {
    const NftAttributes attributes = attributes_of(**draft);
    *rule = read_nft_rule(attributes);
    if (attributes.has(NFTA_RULE_ID)) drafted_[attributes.be32(NFTA_RULE_ID)] = rule;
  }
  rule->chain = operation.chain.str();
  rule->handle.reset();
  rule->position.reset();
  return rule;
}

uint32_t NftBatch::name_rule(NftRule& rule) {
  if (!rule.id) rule.id = ++last_id_;
  return *rule.id;
}

void NftBatch::append(Known& chain, const RulePointer& rule) {
  send(NFT_MSG_NEWRULE, rule);
  chain.rules.push_back(rule);
}

void NftBatch::insert(Known& chain, const RulePointer& rule, uint32_t number) {
  const size_t index = number <= 1 ? 0 : number - 1;
  if (index != 0 && index >= chain.rules.size()) {
    make(chain.chain->name);
    return append(chain, rule);
  }
  if (index != 0) {
    NftRule& next = *chain.rules[index];
    if (next.handle) {
      rule->position = next.handle;
    } else {
      rule->position_id = name_rule(next);
    }
  }
  send(NFT_MSG_NEWRULE, rule);
  chain.rules.insert(chain.rules.begin() + static_cast<std::ptrdiff_t>(index), rule);
}

void NftBatch::replace(Known& chain, const RulePointer& rule, uint32_t number) {
  if (number == 0 || number > chain.rules.size()) return;
  rule->handle = chain.rules[number - 1]->handle;
  make(chain.chain->name);
  send(NFT_MSG_NEWRULE, rule);
  chain.rules[number - 1] = rule;
}

void NftBatch::take(Known& chain, size_t index) {
  if (index >= chain.rules.size()) return;
  const RulePointer rule = chain.rules[index];
  if (!rule->handle) rule->id = ++last_id_;
  send(NFT_MSG_DELRULE, rule);
  chain.rules.erase(chain.rules.begin() + static_cast<std::ptrdiff_t>(index));
}

// Which rule it is, ferrule has found.
void NftBatch::take_drafted(Known& chain, const std::vector<const DraftMessage*>& drafts) {
  for (const DraftMessage* draft : drafts) {
    const NftAttributes attributes = attributes_of(*draft);
    const bool by_handle = attributes.has(NFTA_RULE_HANDLE);
    const RulePointer wanted = by_handle ? RulePointer() : drafted_[attributes.be32(NFTA_RULE_ID)];
    const auto found = std::ranges::find_if(chain.rules, [&](const RulePointer& rule) {
      return by_handle ? rule->handle == attributes.be64(NFTA_RULE_HANDLE) : rule == wanted;
    });
    if (found != chain.rules.end()) take(chain, static_cast<size_t>(found - chain.rules.begin()));
  }
}

void NftBatch::flush(std::string_view chain, Naming naming) {
  if (!chain.empty() || naming == Naming::kByName) {
    make(chain);
  } else if (!exists_) {
    return;
  } else {
    forget_rules({});
    send_flush({});
  }
  for (Known* each : all(naming)) {
    if (!chain.empty() && each->chain->name != chain) continue;
    each->rules.clear();
    if (chain.empty() && naming == Naming::kSilent) continue;
    forget_rules(each->chain->name);
    send_flush(each->chain->name);
  }
}

void NftBatch::set(const Operation& operation, std::optional<Policy> policy, const Counters& counters) {
  make(operation.chain.view());
  auto chain = std::make_shared<NftChain>(NftChain{.name = operation.chain.str()});
  if (const auto hook = base_hook(chain->name)) chain->base = nft_base_of(place_.table, *hook);
  if (policy) chain->policy = *policy == Policy::drop ? NF_DROP : NF_ACCEPT;
  chain->counters = counters;
  send(NFT_MSG_NEWCHAIN, std::move(chain));
}

void NftBatch::declare(const Operation& operation) {
  const std::string_view name = operation.chain.view();
  if (base_hook(name)) return set(operation, operation.policy, operation.counters.value_or(Counters{}));
  make_table();
  if (Known* known = find(name)) {
    send_flush(name);
    known->rules.clear();
    return;
  }
  auto chain = std::make_shared<NftChain>(NftChain{.name = std::string(name)});
  send(NFT_MSG_NEWCHAIN, chain);
  add_user({.chain = std::move(chain)});
}

void NftBatch::delete_chain(std::string_view chain) {
  const Known* known = find(chain);
  if (known == nullptr) return;
  send(NFT_MSG_DELCHAIN, known->chain);
  if (const auto hook = base_hook(chain)) {
    base_[index_of(*hook)].reset();
  } else {
    std::erase(order_, chain);
    users_.erase(users_.find(chain));
  }
}

// Base chains that cannot be deleted are forgotten all the same.
void NftBatch::delete_all_chains(Naming naming) {
  for (const Known* each : all(naming)) {
    const bool kept =
        each->chain->base && (each->chain->policy.value_or(NF_ACCEPT) != NF_ACCEPT || !each->rules.empty());
    if (!kept) send(NFT_MSG_DELCHAIN, each->chain);
  }
  base_ = {};
  users_.clear();
  order_.clear();
}

void NftBatch::add(const Operation& operation, const std::vector<const DraftMessage*>& drafts, Naming naming) {
  using Kind = Operation::Kind;
  const std::string_view name = operation.chain.view();
  if (operation.kind == Kind::append || operation.kind == Kind::insert) make(name);
  Known* known = find(name);
  switch (operation.kind) {
    case Kind::append:
      if (known != nullptr) append(*known, new_rule(operation, drafts));
      break;
    case Kind::insert:
      if (known != nullptr) insert(*known, new_rule(operation, drafts), operation.number);
      break;
    case Kind::replace:
      if (known != nullptr) replace(*known, new_rule(operation, drafts), operation.number);
      break;
    case Kind::delete_number:
      if (known != nullptr) take(*known, operation.number - size_t{1});
      break;
    case Kind::delete_rule:
      if (known != nullptr) take_drafted(*known, drafts);
      break;
    case Kind::check:
      break;
    case Kind::flush:
      flush(name, naming);
      break;
    case Kind::zero:
      zero(operation, naming);
      break;
    case Kind::new_chain:
    case Kind::declare_chain:
      declare(operation);
      break;
    case Kind::delete_chain:
      if (name.empty()) {
        delete_all_chains(naming);
      } else {
        delete_chain(name);
      }
      break;
    case Kind::rename_chain:
      if (known == nullptr) break;
      send(NFT_MSG_NEWCHAIN,
           std::make_shared<NftChain>(NftChain{.name = operation.new_name.str(), .handle = known->handle}));
      break;
    case Kind::set_policy:
      set(operation, operation.policy, Counters{});
      break;
  }
}

std::string NftBatch::text_of(const Sent& sent) const {
  if (sent.chain) return nft_chain_text(place_, *sent.chain);
  if (!sent.rule) return nft_table_text(place_);
  return is_flush(sent) ? nft_flush_text(place_, *sent.rule) : nft_rule_text(place_, *sent.rule);
}

std::vector<std::byte> NftBatch::message_of(const Sent& sent, uint32_t sequence) const {
  if (sent.chain) return nft_chain_message(place_, *sent.chain, sent.type, sequence);
  if (sent.rule) return nft_rule_message(place_, *sent.rule, sent.type, sequence);
  return nft_table_message(place_, sent.type, sequence);
}

std::string NftBatch::text(unsigned verbose) const {
  std::string text;
  uint32_t sequence = kFirstSequence;
  for (const Sent& sent : sent_) {
    text += text_of(sent);
    if (verbose > 2) text += nft_message_text(message_of(sent, sequence));
    ++sequence;
  }
  return text;
}

}  // namespace ferrule::cli
