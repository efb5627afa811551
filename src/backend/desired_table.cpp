#include "backend/desired_table.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "backend/foreign_rules.hpp"

namespace ferrule {
namespace {

using Kind = Operation::Kind;

void erase_same(std::vector<const Operation*>& operations, const Rule& rule) {
  std::erase_if(operations, [&](const Operation* other) { return same_rule(*other->rule, rule); });
}

class Reader {
 public:
  explicit Reader(const TableChange& change, DesiredTable& table) : change_(change), table_(table) {}

  Result<void> run() {
    if (change_.existing == Existing::kReplace) {
      table_.chains.clear();
      table_.others = Presence::kAbsent;
      table_.content_of_others = Content::kExactly;
    }
    for (const Operation& operation : change_.operations) {
      if (auto taken = take(operation); !taken) return taken;
    }
    return {};
  }

 private:
  DesiredChain& chain_of(const Operation& operation) {
    const auto [found, is_new] = table_.chains.try_emplace(operation.chain);
    if (is_new) {
      found->second.content = table_.content_of_others;
      found->second.origin = &operation;
    }
    return found->second;
  }

  static void empty(DesiredChain& chain) {
    chain.content = Content::kExactly;
    chain.wanted.clear();
    chain.unwanted.clear();
  }

  tl::unexpected<Error> refuse(Code code, const Operation& operation, std::string message) const {
    return tl::unexpected(Error{.code = code,
                                .message = std::move(message),
                                .origin = {.file = change_.file, .line = operation.line, .option = {}},
                                .table = std::string(table_name(change_.table)),
                                .chain = operation.chain.str()});
  }
  tl::unexpected<Error> not_a_state(const Operation& operation, std::string_view option) const {
    return refuse(Code::kInvalidInput, operation,
                  std::string(option) + " says what to do, not what to have: it cannot be ensured");
  }

  Result<void> take(const Operation& operation) {
    switch (operation.kind) {
      case Kind::append:
      case Kind::insert:
        return want(operation);
      case Kind::delete_rule:
        do_without(operation);
        return {};
      case Kind::flush:
        flush(operation);
        return {};
      case Kind::new_chain:
        chain_of(operation).presence = Presence::kPresent;
        return {};
      case Kind::delete_chain:
        delete_chain(operation);
        return {};
      case Kind::set_policy:
        chain_of(operation).policy = operation.policy;
        return {};
      case Kind::declare_chain:
        declare(operation);
        return {};
      case Kind::replace:
        return not_a_state(operation, "-R");
      case Kind::delete_number:
        return not_a_state(operation, "-D with a number");
      case Kind::check:
        return not_a_state(operation, "-C");
      case Kind::zero:
        return not_a_state(operation, "-Z");
      case Kind::rename_chain:
        return not_a_state(operation, "-E");
    }
    return {};
  }

  Result<void> want(const Operation& operation) {
    DesiredChain& chain = chain_of(operation);
    if (table_.others == Presence::kAbsent && chain.presence != Presence::kPresent &&
        !is_base_chain(change_.table, operation.chain.view())) {
      return refuse(Code::kNotFound, operation, "no chain " + operation.chain.str() + " is declared for the rule");
    }
    auto place = chain.wanted.end();
    if (chain.content == Content::kContains) {
      erase_same(chain.unwanted, *operation.rule);
    } else if (operation.kind == Kind::insert) {
      const size_t before = operation.number == 0 ? 0 : operation.number - 1;
      if (before > chain.wanted.size()) {
        return refuse(Code::kInvalidInput, operation, "there is no rule of that number to insert before");
      }
      place = chain.wanted.begin() + static_cast<std::ptrdiff_t>(before);
    }
    chain.wanted.insert(place, &operation);
    return {};
  }

  void do_without(const Operation& operation) {
    DesiredChain& chain = chain_of(operation);
    erase_same(chain.wanted, *operation.rule);
    if (chain.content == Content::kContains) chain.unwanted.push_back(&operation);
  }

  void flush(const Operation& operation) {
    if (!operation.chain.view().empty()) return empty(chain_of(operation));
    for (auto& [name, chain] : table_.chains) empty(chain);
    table_.content_of_others = Content::kExactly;
  }

  void delete_chain(const Operation& operation) {
    if (!operation.chain.view().empty()) {
      chain_of(operation).presence = Presence::kAbsent;
      return;
    }
    for (auto& [name, chain] : table_.chains) {
      if (!is_base_chain(change_.table, name.view())) chain.presence = Presence::kAbsent;
    }
    table_.others = Presence::kAbsent;
  }

  // As --noflush has it: a user chain begins anew, a base chain keeps what it holds.
  void declare(const Operation& operation) {
    DesiredChain& chain = chain_of(operation);
    if (operation.policy) chain.policy = operation.policy;
    if (is_base_chain(change_.table, operation.chain.view())) return;
    chain.presence = Presence::kPresent;
    empty(chain);
  }

  const TableChange& change_;
  DesiredTable& table_;
};

}  // namespace

Result<std::vector<DesiredTable>> desired_tables(const Transaction& transaction) {
  if (auto known = refuse_foreign_rules(transaction); !known) return tl::unexpected(known.error());
  std::vector<DesiredTable> out;
  for (const TableChange& change : transaction.changes) {
    auto table = std::ranges::find_if(
        out, [&](const DesiredTable& t) { return t.family == change.family && t.table == change.table; });
    if (table == out.end()) table = out.insert(out.end(), {.family = change.family, .table = change.table});
    table->file = change.file;
    table->commit_line = change.commit_line;
    if (auto read = Reader(change, *table).run(); !read) return tl::unexpected(read.error());
  }
  return out;
}

}  // namespace ferrule
