#include "engine/spawned_facts.hpp"

#include <algorithm>
#include <array>
#include <chrono>

#include "backend_exec/exec_backend.hpp"

namespace ferrule::engine {
namespace {

constexpr std::array<std::string_view, 2> kHintChains = {"KUBE-IPTABLES-HINT", "KUBE-KUBELET-CANARY"};

bool is_unread(const LegacyFacts& facts) {
  return !facts.tables_known || std::ranges::any_of(facts.tables, [](const TableFacts& t) { return !t.readable; });
}

bool is_unread(const NftFacts& facts) {
  return facts.presence == Presence::blocked || facts.presence == Presence::unknown;
}

using Clock = std::chrono::steady_clock;

// All binaries together have the time of one, so that hanging ones do not add up.
Result<std::vector<TableFacts>> read_tables(const detect::Inventory& binaries, Clock::time_point end, Family family,
                                            detect::Variant variant) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now());
  if (left.count() <= 0)
    return fail(Code::kSystem, "there is no time left to ask " + std::string(detect::variant_name(variant)));
  exec::ExecBackend backend({.inventory = binaries, .ipv4 = variant, .ipv6 = variant, .deadline = left});
  const auto ruleset = backend.snapshot(family, {});
  if (!ruleset) return tl::unexpected(ruleset.error());
  std::vector<TableFacts> out;
  for (const Table& table : ruleset->tables) out.push_back(facts_of(table));
  return out;
}

}  // namespace

TableFacts facts_of(const Table& table) {
  TableFacts out{.table = table.id, .readable = !table.incompatible};
  for (const Chain& chain : table.chains) {
    out.rules.at_least += static_cast<uint32_t>(chain.rules.size());
    if (chain.hook) {
      if (chain.policy == Policy::drop) out.dropping.push_back(*chain.hook);
      continue;
    }
    ++out.user_chains;
    if (table.id == TableId::mangle && std::ranges::find(kHintChains, chain.name.view()) != kHintChains.end()) {
      out.hint_chains.push_back(chain.name.str());
    }
  }
  return out;
}

void ask_binaries(const detect::Inventory& binaries, const Context& context, NamespaceFacts& facts) {
  const Clock::time_point end = Clock::now() + context.spawn_deadline;
  for (const Family family : {Family::ipv4, Family::ipv6}) {
    FamilyFacts& of_family = family == Family::ipv4 ? facts.ipv4 : facts.ipv6;
    if (is_unread(of_family.legacy)) {
      if (auto tables = read_tables(binaries, end, family, detect::Variant::legacy)) {
        of_family.legacy.tables = *std::move(tables);
        of_family.legacy.tables_known = true;
      }
    }
    if (is_unread(of_family.nft)) {
      if (auto tables = read_tables(binaries, end, family, detect::Variant::nft)) {
        of_family.nft.tables = *std::move(tables);
        of_family.nft.told_by_binary = true;
      }
    }
  }
}

}  // namespace ferrule::engine
