#include "backend/difference.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "backend/desired_table.hpp"

namespace ferrule {
namespace {

using Kind = Operation::Kind;

const std::vector<Rule> kNoRules = {};

// What one table lacks.
class TableDifference {
 public:
  TableDifference(const Table* now, const DesiredTable& desired, const ReadBack& read_back)
      : now_(now), desired_(desired), read_back_(read_back) {}

  Result<TableChange> run() {
    for (const auto& [name, chain] : desired_.chains) {
      if (auto done = add(name, chain); !done) return tl::unexpected(done.error());
    }
    if (now_ != nullptr) add_others();
    TableChange out{.family = desired_.family,
                    .table = desired_.table,
                    .existing = Existing::kKeep,
                    .file = desired_.file,
                    .commit_line = desired_.commit_line};
    // Chains come before the rules that jump to them, and go after them.
    for (auto* part : {&chains_, &emptied_, &removed_, &rules_, &deleted_}) {
      std::ranges::move(*part, std::back_inserter(out.operations));
    }
    return out;
  }

 private:
  // Finds each rule once, starting behind the one found last: what is there mostly has the order of what is wanted.
  class Matcher {
   public:
    explicit Matcher(const std::vector<Rule>& rules) : rules_(rules), taken_(rules.size()) {}

    bool take(const Rule& rule) {
      for (size_t i = 0; i < rules_.size(); ++i, ++next_) {
        if (next_ >= rules_.size()) next_ = 0;
        if (taken_[next_] || !same_rule(rules_[next_], rule)) continue;
        taken_[next_] = true;
        return true;
      }
      return false;
    }

   private:
    const std::vector<Rule>& rules_;
    std::vector<bool> taken_;
    size_t next_ = 0;
  };

  Result<Rule> read_back(const Operation& operation) const {
    auto rule = read_back_(*operation.rule);
    if (!rule) {
      rule.error().origin = {.file = desired_.file, .line = operation.line, .option = {}};
      rule.error().table = table_name(desired_.table);
      rule.error().chain = operation.chain.str();
    }
    return rule;
  }

  // As if it stood where `origin` stands, if it has one.
  static Operation as_of(Operation operation, const Operation* origin) {
    return std::move(operation).at_line(origin == nullptr ? 0 : origin->line);
  }

  Result<void> add(const ChainName& name, const DesiredChain& desired) {
    const Chain* chain = now_ == nullptr ? nullptr : now_->find(name.view());
    if (desired.presence == Presence::kAbsent) {
      if (chain != nullptr) remove(*chain, desired.content, desired.origin);
      return {};
    }
    if (chain == nullptr && desired.presence == Presence::kPresent) {
      chains_.push_back(as_of(Operation::new_chain(name), desired.origin));
    }
    if (desired.policy && desired.policy != (chain == nullptr ? Policy::accept : chain->policy)) {
      chains_.push_back(as_of(Operation::set_policy(name, *desired.policy), desired.origin));
    }
    return desired.content == Content::kExactly ? add_exact(name, chain, desired) : add_contained(chain, desired);
  }

  Result<void> add_exact(const ChainName& name, const Chain* chain, const DesiredChain& desired) {
    const auto same = holds_exactly(chain, desired);
    if (!same) return tl::unexpected(same.error());
    if (*same) return {};
    if (has_rules(chain)) emptied_.push_back(as_of(Operation::flush(name), desired.origin));
    for (const Operation* operation : desired.wanted) {
      rules_.push_back(*operation);
      rules_.back().kind = Kind::append;
      rules_.back().number = 0;
    }
    return {};
  }

  Result<void> add_contained(const Chain* chain, const DesiredChain& desired) {
    const std::vector<Rule>& rules = chain == nullptr ? kNoRules : chain->rules;
    Matcher there(rules);
    for (const Operation* operation : desired.wanted) {
      const auto rule = read_back(*operation);
      if (!rule) return tl::unexpected(rule.error());
      if (!there.take(*rule)) rules_.push_back(*operation);
    }
    for (const Operation* operation : desired.unwanted) {
      const auto rule = read_back(*operation);
      if (!rule) return tl::unexpected(rule.error());
      const auto count = std::ranges::count_if(rules, [&](const Rule& r) { return same_rule(r, *rule); });
      removed_.insert(removed_.end(), static_cast<size_t>(count), *operation);
    }
    return {};
  }

  Result<bool> holds_exactly(const Chain* chain, const DesiredChain& desired) const {
    const std::vector<Rule>& rules = chain == nullptr ? kNoRules : chain->rules;
    if (rules.size() != desired.wanted.size() || (chain != nullptr && has_foreign_rules(*chain))) return false;
    for (size_t i = 0; i < rules.size(); ++i) {
      const auto rule = read_back(*desired.wanted[i]);
      if (!rule) return tl::unexpected(rule.error());
      if (!same_rule(rules[i], *rule)) return false;
    }
    return true;
  }

  bool has_foreign_rules(const Chain& chain) const {
    return std::ranges::any_of(now_->foreign, [&](const Foreign& foreign) {
      const bool is_rule = foreign.kind == Foreign::Kind::rule || foreign.kind == Foreign::Kind::unreadable_rule;
      return is_rule && (foreign.chain.empty() || foreign.chain == chain.name.view());
    });
  }
  bool has_rules(const Chain* chain) const {
    return chain != nullptr && (!chain->rules.empty() || has_foreign_rules(*chain));
  }

  void remove(const Chain& chain, Content content, const Operation* origin) {
    if (content == Content::kExactly && has_rules(&chain))
      emptied_.push_back(as_of(Operation::flush(chain.name), origin));
    deleted_.push_back(as_of(Operation::delete_chain(chain.name), origin));
  }

  void add_others() {
    for (const Chain& chain : now_->chains) {
      if (desired_.chains.contains(chain.name)) continue;
      if (!chain.hook && desired_.others == Presence::kAbsent) {
        remove(chain, desired_.content_of_others, nullptr);
      } else if (desired_.content_of_others == Content::kExactly && has_rules(&chain)) {
        emptied_.push_back(as_of(Operation::flush(chain.name), nullptr));
      }
    }
  }

  const Table* now_;
  const DesiredTable& desired_;
  const ReadBack& read_back_;
  std::vector<Operation> chains_;
  std::vector<Operation> emptied_;
  std::vector<Operation> removed_;
  std::vector<Operation> rules_;
  std::vector<Operation> deleted_;
};

const Table* find(std::span<const Ruleset> now, const DesiredTable& desired) {
  const auto of_family = std::ranges::find(now, desired.family, &Ruleset::family);
  return of_family == now.end() ? nullptr : of_family->find(desired.table);
}

}  // namespace

Result<std::vector<Ruleset>> read_tables_of(const Transaction& wanted, const ReadTable& read) {
  std::vector<Ruleset> out;
  for (const TableChange& change : wanted.changes) {
    auto of_family = std::ranges::find(out, change.family, &Ruleset::family);
    if (of_family == out.end()) of_family = out.insert(out.end(), {.family = change.family});
    if (of_family->find(change.table) != nullptr) continue;
    auto table = read(change.family, change.table);
    if (!table) return tl::unexpected(table.error());
    std::ranges::move(table->tables, std::back_inserter(of_family->tables));
  }
  return out;
}

Result<Transaction> difference(std::span<const Ruleset> now, const Transaction& wanted, const ReadBack& read_back) {
  const auto tables = desired_tables(wanted);
  if (!tables) return tl::unexpected(tables.error());
  Transaction out;
  for (const DesiredTable& desired : *tables) {
    auto change = TableDifference(find(now, desired), desired, read_back).run();
    if (!change) return tl::unexpected(change.error());
    if (!change->operations.empty()) out.changes.push_back(*std::move(change));
  }
  return out;
}

}  // namespace ferrule
