#include "backend_nft/kernel_view.hpp"

#include <algorithm>
#include <utility>

namespace ferrule::nft {
namespace {

// Asking for so many chains one by one takes longer than having all of them.
constexpr size_t kLookUpsBeforeDump = 16;

bool same_for_plans(const std::optional<ChainInfo>& a, const std::optional<ChainInfo>& b) {
  if (!a || !b) return a.has_value() == b.has_value();
  if (a->handle != b->handle || a->base.has_value() != b->base.has_value()) return false;
  return !a->base || (a->base->hook == b->base->hook && a->base->priority == b->base->priority &&
                      a->base->type == b->base->type && a->base->policy == b->base->policy);
}

}  // namespace

Result<KernelView> KernelView::open(netlink::Socket& socket) {
  KernelView view(&socket);
  auto tables = read_tables(socket);
  if (!tables) return tl::unexpected(tables.error());
  view.tables_ = *tables;
  return view;
}

KernelView KernelView::of_nothing() {
  KernelView view(nullptr);
  view.tables_.generation = kFirstGeneration;
  return view;
}

Result<const KernelView::Dump*> KernelView::dump(Family family) {
  std::optional<Dump>& dump = dump_of(family);
  if (dump) return &*dump;
  if (socket_ == nullptr) return &dump.emplace();
  auto chains = read_chains(*socket_, family);
  if (!chains) return tl::unexpected(chains.error());
  dump.emplace(Dump{.chains = std::move(*chains), .by_key = {}});
  for (size_t i = 0; i < dump->chains.size(); ++i) {
    if (const auto table = table_by_name(dump->chains[i].table)) {
      dump->by_key.emplace(Key{family, *table, dump->chains[i].name}, i);
    }
  }
  return &*dump;
}

Result<std::optional<ChainInfo>> KernelView::look_up(const Key& key) {
  const auto& [family, table, name] = key;
  size_t& count = look_ups_[family == Family::ipv4 ? 0 : 1];
  if (!dump_of(family) && count < kLookUpsBeforeDump) {
    ++count;
    return read_chain(*socket_, family, table, name);
  }
  const auto all = dump(family);
  if (!all) return tl::unexpected(all.error());
  const auto found = (*all)->by_key.find(key);
  if (found == (*all)->by_key.end()) return std::nullopt;
  return (*all)->chains[found->second];
}

Result<const ChainInfo*> KernelView::chain(Family family, TableId table, std::string_view name) {
  if (!has_table(family, table)) return nullptr;
  Key key{family, table, std::string(name)};
  auto known = chains_.find(key);
  if (known == chains_.end()) {
    auto found = look_up(key);
    if (!found) return tl::unexpected(found.error());
    known = chains_.emplace(std::move(key), std::move(*found)).first;
  }
  return known->second ? &*known->second : nullptr;
}

Result<std::vector<ChainInfo>> KernelView::chains(Family family, TableId table) {
  asked_for_more_ = true;
  const auto all = dump(family);
  if (!all) return tl::unexpected(all.error());
  std::vector<ChainInfo> of_table;
  std::copy_if((*all)->chains.begin(), (*all)->chains.end(), std::back_inserter(of_table),
               [&](const ChainInfo& chain) { return chain.table == table_name(table); });
  return of_table;
}

Result<void> KernelView::rules(Family family, TableId table, std::string_view chain,
                               const std::function<void(const RuleView&)>& take) {
  asked_for_more_ = true;
  return socket_ == nullptr ? Result<void>{} : read_rules(*socket_, family, table, chain, take);
}

Result<bool> KernelView::still_holds() {
  auto now = open(*socket_);
  if (!now) return tl::unexpected(now.error());
  bool holds = !asked_for_more_ && now->tables_ == tables_;
  for (auto known = chains_.begin(); holds && known != chains_.end(); ++known) {
    const auto& [key, before] = *known;
    const auto& [family, table, name] = key;
    if (const auto found = now->chain(family, table, name); !found) return tl::unexpected(found.error());
    holds = same_for_plans(before, now->chains_.find(key)->second);
  }
  *this = std::move(*now);
  return holds;
}

}  // namespace ferrule::nft
