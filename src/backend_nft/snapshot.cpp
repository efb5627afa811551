#include "backend_nft/snapshot.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <span>
#include <string>
#include <utility>

#include "backend/backend.hpp"
#include "backend/sets.hpp"
#include "backend_nft/base_chains.hpp"
#include "backend_nft/decode.hpp"
#include "backend_nft/interface_names.hpp"
#include "backend_nft/kernel_reader.hpp"

namespace ferrule::nft {
namespace {

constexpr int kAttempts = 20;

// The kernel gives a dump out in pieces of 32 KiB and for each piece counts again from the first rule, so that reading
// a table in one dump takes time with the square of its rules: about a nanosecond times that. A dump of each chain does
// not, but costs some 20 µs a chain.
bool better_by_chain(uint64_t chains, uint64_t rules) { return rules * rules > 20'000 * chains; }

// Puts one table together.
class TableReader {
 public:
  TableReader(Family family, TableId id, SetNames& sets) : rules_(family, interface_name), sets_(sets) {
    table_.id = id;
    for (const BaseChain& base : base_chains(id)) {
      table_.chains.push_back({.name = ChainName(base.name), .hook = base.hook, .in_kernel = false});
    }
    base_chain_count_ = table_.chains.size();
  }

  void add_chain(const ChainInfo& info) {
    if (info.base) return add_base_chain(info);
    if (!ChainName::fits(info.name)) {
      table_.foreign.push_back({.kind = Foreign::Kind::chain, .chain = info.name, .text = "its name is too long"});
      return;
    }
    table_.chains.push_back({.name = ChainName(info.name), .references = info.use});
  }

  // After the last chain.
  void index_chains() {
    const auto users = table_.chains.begin() + static_cast<std::ptrdiff_t>(base_chain_count_);
    std::sort(users, table_.chains.end(), [](const Chain& a, const Chain& b) { return a.name < b.name; });
    numbers_.resize(table_.chains.size());
    for (size_t i = 0; i < table_.chains.size(); ++i) {
      // A user chain with a base chain's name comes after that one and is the one that rules can be in.
      if (table_.chains[i].in_kernel) by_name_[table_.chains[i].name.view()] = i;
    }
  }

  Result<void> add_rule(const RuleView& view) {
    const auto found = find(view.chain);
    if (!found) return {};
    Chain& chain = table_.chains[*found];
    const uint32_t number = ++numbers_[*found];
    if (!chain.hook && chain.references != 0) --chain.references;
    auto rule = rules_.read(view.expressions, view.userdata);
    if (rule) {
      if (auto named = sets_.add_names(*rule); !named) {
        // A set that a rule refers to cannot be gone, so the rule is gone as well.
        if (named.error().code == Code::kNotFound) named.error().code = Code::kBusy;
        return named;
      }
      chain.rules.push_back(std::move(*rule));
      return {};
    }
    std::optional<Rule>& shown = rule.error().shown;
    if (shown) {
      if (auto named = sets_.add_names(*shown); !named) shown.reset();
    }
    const bool incompatible = rule.error().reason == NoRule::Reason::incompatible;
    table_.incompatible |= incompatible;
    table_.foreign.push_back({.kind = incompatible ? Foreign::Kind::rule : Foreign::Kind::unreadable_rule,
                              .chain = chain.name.str(),
                              .number = number,
                              .text = std::move(rule.error().text),
                              .refusals = std::move(rule.error().refusals),
                              .shown = std::move(shown)});
    return {};
  }

  Table finish() { return std::move(table_); }

 private:
  void add_base_chain(const ChainInfo& info) {
    if (!info.is_iptables_base(table_.id)) {
      table_.foreign.push_back({.kind = Foreign::Kind::base_chain,
                                .chain = info.name,
                                .text = "a base chain of type " + info.base->type + " on hook " +
                                        std::to_string(info.base->hook) + " with priority " +
                                        std::to_string(info.base->priority)});
      return;
    }
    const size_t index = static_cast<size_t>(base_chain(table_.id, info.name) - base_chains(table_.id).data());
    table_.chains[index].in_kernel = true;
    table_.chains[index].policy = info.base->policy;
    table_.chains[index].counters = info.base->counters;
  }

  // Rules come chain by chain.
  std::optional<size_t> find(std::string_view chain) {
    if (chain == last_name_) return last_;
    const auto found = by_name_.find(chain);
    last_ = found == by_name_.end() ? std::nullopt : std::optional(found->second);
    last_name_ = chain;
    return last_;
  }

  Table table_;
  size_t base_chain_count_ = 0;
  std::map<std::string_view, size_t> by_name_;
  std::vector<uint32_t> numbers_;  // of the last rule of each chain
  std::string last_name_;
  std::optional<size_t> last_;
  RuleReader rules_;
  SetNames& sets_;
};

// `names` are those of chains that `reader` has been told of; the empty name stands for all at once.
Result<Table> read_rules_of(std::span<const std::string_view> names, netlink::Socket& socket, Family family, TableId id,
                            TableReader& reader) {
  reader.index_chains();
  Result<void> added;
  const auto add = [&](const RuleView& rule) {
    if (added) added = reader.add_rule(rule);
  };
  for (const std::string_view name : names) {
    if (auto read = read_rules(socket, family, id, name, add); !read) return tl::unexpected(read.error());
  }
  if (!added) return tl::unexpected(added.error());
  return reader.finish();
}

Result<Table> read_table(netlink::Socket& socket, Family family, TableId id, const std::vector<ChainInfo>& chains,
                         SetNames& sets) {
  TableReader reader(family, id, sets);
  std::vector<std::string_view> names;
  uint64_t rules = 0;
  for (const ChainInfo& chain : chains) {
    if (chain.table != table_name(id)) continue;
    reader.add_chain(chain);
    names.push_back(chain.name);
    rules += chain.use;
  }
  if (!better_by_chain(names.size(), rules)) names = {{}};
  return read_rules_of(names, socket, family, id, reader);
}

Result<void> still_at(uint32_t generation, netlink::Socket& socket) {
  const auto now = read_generation(socket);
  if (!now) return tl::unexpected(now.error());
  if (*now != generation) return fail(Code::kBusy, "the rules kept changing while they were read");
  return {};
}

Result<void> name_objects(netlink::Socket& socket, Ruleset& ruleset) {
  const auto objects = read_objects(socket, ruleset.family);
  if (!objects) return tl::unexpected(objects.error());
  for (Table& table : ruleset.tables) {
    for (const ObjectInfo& object : *objects) {
      if (object.table != table_name(table.id)) continue;
      table.foreign.push_back({.kind = Foreign::Kind::object, .text = object.text});
    }
  }
  return {};
}

Result<Ruleset> read_once(netlink::Socket& socket, Family family, std::optional<TableId> only, Objects objects) {
  const auto tables = read_tables(socket);
  if (!tables) return tl::unexpected(tables.error());
  Ruleset ruleset{.family = family};
  std::optional<std::vector<ChainInfo>> chains;
  SetNames sets;
  for (const TableId id : kSaveOrder) {
    if (only && *only != id) continue;
    if (!tables->has(family, id)) {
      if (only) ruleset.tables.push_back(TableReader(family, id, sets).finish());
      continue;
    }
    if (!chains) {
      auto read = read_chains(socket, family);
      if (!read) return tl::unexpected(read.error());
      chains = std::move(*read);
    }
    auto table = read_table(socket, family, id, *chains, sets);
    if (!table) return tl::unexpected(table.error());
    ruleset.tables.push_back(std::move(*table));
  }
  if (!chains) return ruleset;
  if (objects == Objects::kName) {
    if (auto named = name_objects(socket, ruleset); !named) return tl::unexpected(named.error());
  }
  if (auto steady = still_at(tables->generation, socket); !steady) return tl::unexpected(steady.error());
  return ruleset;
}

Result<Table> read_chain_once(netlink::Socket& socket, Family family, TableId id, const ChainName& name) {
  const auto tables = read_tables(socket);
  if (!tables) return tl::unexpected(tables.error());
  SetNames sets;
  TableReader reader(family, id, sets);
  std::vector<std::string_view> names;
  if (tables->has(family, id)) {
    const auto info = read_chain(socket, family, id, name.view());
    if (!info) return tl::unexpected(info.error());
    if (*info) {
      reader.add_chain(**info);
      names.push_back(name.view());
    }
  }
  auto table = read_rules_of(names, socket, family, id, reader);
  if (!table) return table;
  keep_only(*table, name);
  if (auto steady = still_at(tables->generation, socket); !steady) return tl::unexpected(steady.error());
  return table;
}

template <typename Read>
auto until_steady(const Read& read) {
  auto done = read();
  for (int attempt = 1; attempt < kAttempts && !done && done.error().code == Code::kBusy; ++attempt) done = read();
  return done;
}

}  // namespace

Result<Ruleset> read_ruleset(netlink::Socket& socket, Family family, std::optional<TableId> only, Objects objects) {
  return until_steady([&] { return read_once(socket, family, only, objects); });
}

Result<Table> read_one_chain(netlink::Socket& socket, Family family, TableId table, const ChainName& name) {
  return until_steady([&] { return read_chain_once(socket, family, table, name); });
}

}  // namespace ferrule::nft
