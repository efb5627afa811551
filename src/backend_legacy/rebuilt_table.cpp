#include "backend_legacy/rebuilt_table.hpp"

#include <linux/netfilter.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "backend_legacy/errors.hpp"
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

int put_into_kernel(const XtSocket& socket, uint32_t old_entry_count, WrittenTable written) {
  const TableId table = written.blob.table();
  const auto replaced = socket.replace(written.blob, old_entry_count);
  if (!replaced) return replaced.error().errno_value;
  if (written.counters.empty()) return 0;
  return after_replacing(socket.add_counters(table, written.counters));
}

class RebuiltTable final : public EditableTable {
 public:
  // The kernel's table is to become this one.
  RebuiltTable(XtSocket socket, const TableBlob& old)
      : family_(socket.family()), table_(old.table()), socket_(std::move(socket)) {
    learn(old);
  }

  // It is handed to `deliver` instead.
  RebuiltTable(Family family, TableId table, Deliver deliver)
      : family_(family), table_(table), deliver_(std::move(deliver)) {
    for (size_t number = 0; number < kHooks; ++number) {
      const auto hook = static_cast<Hook>(number);
      if (table_has_hook(table, hook)) chains_.add(ChainName(hook_name(hook)))->hook = hook;
    }
  }

  ChainKind kind(const ChainName& chain) override {
    const BlobChain* found = chains_.find(chain);
    if (found == nullptr) return ChainKind::none;
    return found->hook ? ChainKind::base : ChainKind::user;
  }

  std::vector<ChainName> chains() override {
    std::vector<const BlobChain*> sorted;
    for (const BlobChain& chain : chains_) sorted.push_back(&chain);
    std::ranges::sort(sorted, [](const BlobChain* a, const BlobChain* b) {
      if (a->hook && b->hook) return *a->hook < *b->hook;
      return a->hook || b->hook ? a->hook.has_value() : a->name < b->name;
    });
    std::vector<ChainName> names;
    names.reserve(sorted.size());
    for (const BlobChain* chain : sorted) names.push_back(chain->name);
    return names;
  }

  int create_chain(const ChainName& chain) override {
    return !is_verdict(chain) && chains_.add(chain) != nullptr ? 0 : EEXIST;
  }

  int flush(const ChainName& chain) override {
    BlobChain* found = chains_.find(chain);
    if (found == nullptr) return ENOENT;
    found->rules.clear();
    return 0;
  }

  int set_policy(const ChainName& chain, Policy policy, std::optional<Counters> counters) override {
    BlobChain* found = chains_.find(chain);
    if (found == nullptr || !found->hook) return ENOENT;
    found->policy = policy;
    described_policies_ |= 1u << static_cast<unsigned>(*found->hook);
    found->counters = counters.value_or(Counters{});
    return 0;
  }

  int append(const ChainName& chain, Rule rule) override {
    BlobChain* found = chains_.find(chain);
    if (found == nullptr) return ENOENT;
    found->rules.push_back(std::move(rule));
    return 0;
  }

  int insert(const ChainName& chain, Rule rule, uint32_t number) override {
    BlobChain* found = chains_.find(chain);
    if (found == nullptr) return ENOENT;
    if (number > found->rules.size()) return E2BIG;
    found->rules.insert(number, std::move(rule));
    return 0;
  }

  // A table that is described from nothing holds nothing that could be meant by these.
  int delete_chain(const ChainName&) override { return EINVAL; }
  int rename_chain(const ChainName&, const ChainName&) override { return EINVAL; }
  int zero(const ChainName&) override { return EINVAL; }
  int zero_rule(const ChainName&, uint32_t) override { return EINVAL; }
  int replace(const ChainName&, Rule, uint32_t) override { return EINVAL; }
  int erase(const ChainName&, uint32_t) override { return EINVAL; }
  Result<std::optional<uint32_t>> find(const ChainName&, const Rule&, SetNames&) override {
    return std::optional<uint32_t>{};
  }

  int commit() override {
    auto written = write_blob(family_, table_, chains_);
    if (!written) return written.error().errno_value;
    return socket_ ? put_into_kernel(*socket_, old_entry_count_, *std::move(written)) : deliver_(*std::move(written));
  }

  bool stands_alone() const override { return true; }

  Result<void> look_again() override {
    const Result<TableBlob> old = socket_->read_table(table_);
    if (!old) return tl::unexpected(old.error());
    learn(*old);
    return {};
  }

 private:
  void learn(const TableBlob& old) {
    old_entry_count_ = old.info().entry_count;
    for (size_t number = 0; number < kHooks; ++number) {
      if (!old.info().has_hook(number) || (described_policies_ >> number & 1u) != 0) continue;
      const auto hook = static_cast<Hook>(number);
      const ChainName name(hook_name(hook));
      BlobChain* chain = chains_.find(name);
      if (chain == nullptr) chain = chains_.add(name);
      chain->hook = hook;
      chain->policy = policy_of(family_, old, number);
    }
  }

  Family family_;
  TableId table_;
  std::optional<XtSocket> socket_;
  Deliver deliver_;
  uint32_t old_entry_count_ = 0;
  unsigned described_policies_ = 0;  // bit h: the policy of the chain on hook h does not come from the old table
  BlobChains chains_;
};

}  // namespace

bool describes_whole_table(const TableChanges& changes) {
  using Kind = Operation::Kind;
  if (changes.changes.size() != 1 || changes.changes.front().existing != Existing::kReplace) return false;
  return std::ranges::all_of(changes.changes.front().operations, [](const Operation& operation) {
    return operation.kind == Kind::append || operation.kind == Kind::insert || operation.kind == Kind::declare_chain ||
           operation.kind == Kind::new_chain || operation.kind == Kind::set_policy;
  });
}

Result<std::unique_ptr<EditableTable>> open_rebuilt_table(Family family, TableId table) {
  auto socket = XtSocket::open(family);
  if (!socket) return tl::unexpected(socket.error());
  auto old = socket->read_table(table);
  if (!old) return tl::unexpected(old.error());
  return std::make_unique<RebuiltTable>(*std::move(socket), *old);
}

std::unique_ptr<EditableTable> describe_table(Family family, TableId table, Deliver deliver) {
  return std::make_unique<RebuiltTable>(family, table, std::move(deliver));
}

}  // namespace ferrule::legacy
