#include "backend_legacy/rebuilt_table.hpp"

#include <linux/netfilter.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "model/entry.hpp"

namespace ferrule::legacy {
namespace {

// The policy stands in the verdict of the base chain's last entry.
Policy policy_of(Family family, const TableBlob& blob, size_t hook) {
  const size_t at = blob.info().underflow[hook] + model::entry_header_size(family) + model::kPartHeaderSize;
  int32_t verdict = 0;
  if (at + sizeof verdict > blob.entries().size()) return Policy::accept;
  std::memcpy(&verdict, blob.entries().data() + at, sizeof verdict);
  return verdict == -NF_DROP - 1 ? Policy::drop : Policy::accept;
}

class RebuiltTable final : public EditableTable {
 public:
  // Base chains have the policies of `old`, and ACCEPT where there is none.
  RebuiltTable(Family family, TableId table, const TableBlob* old, Deliver deliver)
      : family_(family), table_(table), deliver_(std::move(deliver)) {
    for (size_t number = 0; number < kHooks; ++number) {
      const auto hook = static_cast<Hook>(number);
      if (!table_has_hook(table, hook)) continue;
      const bool has_old = old != nullptr && old->info().has_hook(number);
      chains_[ChainName(hook_name(hook))] = {.hook = hook,
                                             .policy = has_old ? policy_of(family, *old, number) : Policy::accept};
    }
  }

  ChainKind kind(const ChainName& chain) override {
    const auto found = chains_.find(chain);
    if (found == chains_.end()) return ChainKind::none;
    return found->second.hook ? ChainKind::base : ChainKind::user;
  }

  std::vector<ChainName> chains() override {
    std::vector<ChainName> base;
    std::vector<ChainName> users;
    for (const auto& [name, chain] : chains_) (chain.hook ? base : users).push_back(name);
    std::ranges::sort(base, {}, [this](const ChainName& name) { return *chains_.at(name).hook; });
    base.insert(base.end(), users.begin(), users.end());
    return base;
  }

  int create_chain(const ChainName& chain) override {
    return !is_verdict(chain) && chains_.try_emplace(chain).second ? 0 : EEXIST;
  }

  int flush(const ChainName& chain) override {
    BlobChain* found = chain_of(chain);
    if (found == nullptr) return ENOENT;
    found->rules.clear();
    return 0;
  }

  int set_policy(const ChainName& chain, Policy policy, std::optional<Counters> counters) override {
    BlobChain* found = chain_of(chain);
    if (found == nullptr || !found->hook) return ENOENT;
    found->policy = policy;
    found->counters = counters.value_or(Counters{});
    return 0;
  }

  int append(const ChainName& chain, const Rule& rule) override {
    BlobChain* found = chain_of(chain);
    if (found == nullptr) return ENOENT;
    found->rules.push_back(kept(rule));
    return 0;
  }

  int insert(const ChainName& chain, const Rule& rule, uint32_t number) override {
    BlobChain* found = chain_of(chain);
    if (found == nullptr) return ENOENT;
    if (number > found->rules.size()) return E2BIG;
    found->rules.insert(found->rules.begin() + number, kept(rule));
    return 0;
  }

  // A table that is described from nothing holds nothing that could be meant by these.
  int delete_chain(const ChainName& chain) override {
    const auto found = chains_.find(chain);
    if (found == chains_.end()) return ENOENT;
    if (found->second.hook) return EINVAL;
    chains_.erase(found);
    return 0;
  }
  int rename_chain(const ChainName&, const ChainName&) override { return EINVAL; }
  int zero(const ChainName&) override { return EINVAL; }
  int zero_rule(const ChainName&, uint32_t) override { return EINVAL; }
  int replace(const ChainName&, const Rule&, uint32_t) override { return EINVAL; }
  int erase(const ChainName&, uint32_t) override { return EINVAL; }
  Result<std::optional<uint32_t>> find(const ChainName&, const Rule&, SetNames&) override {
    return std::optional<uint32_t>{};
  }

  int commit() override {
    auto written = write_blob(family_, table_, chains_);
    return written ? deliver_(*std::move(written)) : written.error().errno_value;
  }

 private:
  BlobChain* chain_of(const ChainName& name) {
    const auto found = chains_.find(name);
    return found == chains_.end() ? nullptr : &found->second;
  }

  // A rule with set names is a copy of the caller's with the indexes written, and gone after the call.
  const Rule* kept(const Rule& rule) {
    if (rule.attachments().empty()) return &rule;
    return &copies_.emplace_back(rule);
  }

  Family family_;
  TableId table_;
  Deliver deliver_;
  BlobChains chains_;
  std::deque<Rule> copies_;
};

int put_into_kernel(const XtSocket& socket, uint32_t old_entry_count, WrittenTable written) {
  const TableId table = written.blob.table();
  const auto replaced = socket.replace(written.blob, old_entry_count);
  if (!replaced) return replaced.error().errno_value;
  if (written.counters.empty()) return 0;
  const auto added = socket.add_counters(table, written.counters);
  return added ? 0 : added.error().errno_value;
}

}  // namespace

bool describes_whole_table(const TableChanges& changes) {
  using Kind = Operation::Kind;
  if (changes.changes.size() != 1 || changes.changes.front()->existing != Existing::kReplace) return false;
  return std::ranges::all_of(changes.changes.front()->operations, [](const Operation& operation) {
    return operation.kind == Kind::append || operation.kind == Kind::insert || operation.kind == Kind::declare_chain ||
           operation.kind == Kind::new_chain || operation.kind == Kind::set_policy;
  });
}

Result<std::unique_ptr<EditableTable>> open_rebuilt_table(Family family, TableId table) {
  auto socket = XtSocket::open(family);
  if (!socket) return tl::unexpected(socket.error());
  auto old = socket->read_table(table);
  if (!old) return tl::unexpected(old.error());
  const auto deliver = [kernel = std::make_shared<XtSocket>(*std::move(socket)), count = old->info().entry_count](
                           WrittenTable written) { return put_into_kernel(*kernel, count, std::move(written)); };
  return std::make_unique<RebuiltTable>(family, table, &*old, deliver);
}

std::unique_ptr<EditableTable> describe_table(Family family, TableId table, Deliver deliver) {
  return std::make_unique<RebuiltTable>(family, table, nullptr, std::move(deliver));
}

}  // namespace ferrule::legacy
