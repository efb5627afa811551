#include "backend_exec/save_output.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "ferrule/text.hpp"

namespace ferrule::exec {
namespace {

// A remark that stands in place of a table, or above one.
struct Remark {
  TableId table;
  bool incompatible;  // the table is left out
  size_t tables_before;
};

constexpr std::string_view kRemarkBegin = "# Table `";
constexpr std::string_view kLeftOut = "' is incompatible";
constexpr std::string_view kTainted = "' contains incompatible base-chains";

std::optional<Remark> read_remark(std::string_view line, size_t tables_before) {
  if (!line.starts_with(kRemarkBegin)) return std::nullopt;
  line.remove_prefix(kRemarkBegin.size());
  const size_t quote = std::min(line.find('\''), line.size());
  const auto table = table_by_name(line.substr(0, quote));
  const std::string_view rest = line.substr(quote);
  if (!table || (!rest.starts_with(kLeftOut) && !rest.starts_with(kTainted))) return std::nullopt;
  return Remark{.table = *table, .incompatible = rest.starts_with(kLeftOut), .tables_before = tables_before};
}

std::vector<Remark> read_remarks(std::string_view text) {
  std::vector<Remark> out;
  size_t tables = 0;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    if (line.starts_with('*')) ++tables;
    if (const auto remark = read_remark(line, tables)) out.push_back(*remark);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

class TableReader {
 public:
  explicit TableReader(TableId id) : table_{.id = id} {}

  Result<Table> run(std::vector<Operation>&& operations) {
    for (Operation& operation : operations) {
      if (operation.kind == Operation::Kind::declare_chain) {
        declare(operation);
      } else if (operation.kind == Operation::Kind::append) {
        if (!append(operation)) return unexpected_line(operation);
      } else {
        return unexpected_line(operation);
      }
    }
    count_references();
    sort_chains();
    return std::move(table_);
  }

 private:
  tl::unexpected<Error> unexpected_line(const Operation& operation) const {
    Error error{Code::kSystem, "iptables-save printed something else than chains and their rules"};
    error.origin.line = operation.line;
    error.table = table_name(table_.id);
    return tl::unexpected(std::move(error));
  }

  void declare(const Operation& operation) {
    Chain chain{.name = operation.chain};
    const auto hook = hook_of_chain(operation.chain.view());
    if (operation.policy && hook && table_has_hook(table_.id, *hook)) {
      chain.hook = hook;
      chain.policy = *operation.policy;
      chain.counters = operation.counters.value_or(Counters{});
    }
    index_.emplace(chain.name, table_.chains.size());
    table_.chains.push_back(std::move(chain));
  }

  bool append(Operation& operation) {
    const auto at = index_.find(operation.chain);
    if (at == index_.end() || !operation.rule) return false;
    table_.chains[at->second].rules.push_back(*std::move(operation.rule));
    return true;
  }

  void count_references() {
    for (const Chain& chain : table_.chains) {
      for (const Rule& rule : chain.rules) {
        if (rule.target_kind() != TargetKind::chain) continue;
        const auto at = index_.find(ChainName(rule.target_name()));
        if (at != index_.end()) ++table_.chains[at->second].references;
      }
    }
  }

  // Binaries before 1.8.7 print user chains in the order in which they were made.
  void sort_chains() {
    std::stable_sort(table_.chains.begin(), table_.chains.end(), [](const Chain& a, const Chain& b) {
      if (a.hook && b.hook) return *a.hook < *b.hook;
      if (a.hook || b.hook) return a.hook.has_value();
      return a.name < b.name;
    });
  }

  Table table_;
  std::map<ChainName, size_t> index_;
};

}  // namespace

Result<Ruleset> ruleset_from_save(Family family, std::string_view text, std::optional<TableId> only) {
  auto parsed = parse_restore(family, text,
                              {.existing = Existing::kReplace,
                               .counters = CounterUse::kRestore,
                               .names = NameLookup::kFiles,  // protocols are printed by name
                               .unknown = UnknownRules::kKeepInvalid});
  if (!parsed) {
    Error error = parsed.error();
    error.code = Code::kSystem;
    error.message = "cannot read what iptables-save printed: " + error.message;
    return tl::unexpected(std::move(error));
  }
  const std::vector<Remark> remarks = read_remarks(text);
  Ruleset out{.family = family};
  const auto wanted = [&](TableId table) { return !only || *only == table; };
  const auto add_left_out = [&](size_t tables_before) {
    for (const Remark& remark : remarks) {
      if (remark.incompatible && remark.tables_before == tables_before && wanted(remark.table)) {
        out.tables.push_back({.id = remark.table, .incompatible = true});
      }
    }
  };
  add_left_out(0);
  for (size_t i = 0; i < parsed->changes.size(); ++i) {
    TableChange& change = parsed->changes[i];
    if (wanted(change.table)) {
      auto table = TableReader(change.table).run(std::move(change.operations));
      if (!table) return tl::unexpected(table.error());
      for (const Remark& remark : remarks) {
        if (!remark.incompatible && remark.table == change.table) {
          table->foreign.push_back(
              {.kind = Foreign::Kind::base_chain, .text = "base chains that iptables cannot show"});
        }
      }
      out.tables.push_back(*std::move(table));
    }
    add_left_out(i + 1);
  }
  return out;
}

}  // namespace ferrule::exec
