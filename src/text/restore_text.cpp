#include "text/restore_text.hpp"

#include <algorithm>

#include "extensions/registry.hpp"
#include "extensions/text.hpp"
#include "model/entry.hpp"
#include "text/rule_text.hpp"

namespace ferrule::text {
namespace {

using ext::Kind;
using ext::Text;

// The name of a part that cannot be printed, or nullopt.
std::optional<std::string> unprintable_part(const Rule& rule) {
  if (rule.foreign_text()) return std::nullopt;
  const auto known = [&](Kind kind, const model::Part& part) {
    return ext::find_by_payload(kind, rule.family(), part.name, part.revision, part.payload.size()) != nullptr;
  };
  for (const model::Part match : model::matches(rule)) {
    if (!known(Kind::match, match)) return "match `" + std::string(match.name) + "'";
  }
  if (rule.target_kind() != TargetKind::extension || known(Kind::target, model::target(rule))) return std::nullopt;
  return "target `" + std::string(rule.target_name()) + "'";
}

// Names that the grammar takes for something else. Those of rules are quoted where need be, chains cannot be.
bool can_stand_bare(std::string_view name) {
  return !name.starts_with('-') && name.find_first_of(" \t\n\v\f\r\"") == std::string_view::npos;
}

class Printer {
 public:
  Result<RestoreText> run(std::span<const TableChange* const> changes) {
    for (const TableChange* change : changes) {
      change_ = change;
      out_.begins.push_back(out_.text.size());
      line_of({}, [&](Text& out) { out.raw('*').raw(table_name(change->table)); });
      for (uint32_t i = 0; i < change->operations.size(); ++i) {
        if (auto done = add(i, change->operations[i]); !done) return tl::unexpected(done.error());
      }
      line_of({}, [](Text& out) { out.raw("COMMIT"); });
      ++index_;
    }
    return std::move(out_);
  }

 private:
  template <typename Print>
  void line_of(std::optional<uint32_t> operation, Print print) {
    Text out(out_.text);
    print(out);
    out.raw('\n');
    out_.lines.push_back({.change = index_, .operation = operation});
  }

  tl::unexpected<Error> cannot_say(const Operation& operation, const std::string& what) const {
    return tl::unexpected(Error{.code = Code::kUnsupported,
                                .message = what + " cannot be said in iptables-restore input",
                                .origin = {.file = change_->file, .line = operation.line, .option = {}},
                                .table = std::string(table_name(change_->table)),
                                .chain = operation.chain.str()});
  }

  Result<void> add(uint32_t number, const Operation& operation) {
    for (const ChainName& name : {operation.chain, operation.new_name}) {
      if (!can_stand_bare(name.view())) return cannot_say(operation, "the chain name `" + name.str() + "'");
    }
    if (operation.rule) {
      if (const auto part = unprintable_part(*operation.rule)) return cannot_say(operation, *part);
    }
    const size_t begin = out_.text.size();
    line_of(number, [&](Text& out) { print(operation, out); });
    const auto line = std::string_view(out_.text).substr(begin, out_.text.size() - begin - 1);
    if (line.find_first_of(std::string_view("\n\0", 2)) != std::string_view::npos) {
      return cannot_say(operation, "a line break or NUL in a rule");
    }
    return {};
  }

  void print(const Operation& operation, Text& out) {
    using enum Operation::Kind;
    const std::string_view chain = operation.chain.view();
    switch (operation.kind) {
      case append:
        return print_rule("-A ", 0, operation, out);
      case insert:
        return print_rule("-I ", operation.number, operation, out);
      case replace:
        return print_rule("-R ", operation.number, operation, out);
      case delete_rule:
        return print_rule("-D ", 0, operation, out);
      case check:
        return print_rule("-C ", 0, operation, out);
      case delete_number:
        out.raw("-D ").raw(chain).number(operation.number);
        return;
      case flush:
        return print_verb("-F", chain, out);
      case zero:
        print_verb("-Z", chain, out);
        if (operation.number != 0) out.number(operation.number);
        return;
      case new_chain:
        return print_verb("-N", chain, out);
      case delete_chain:
        return print_verb("-X", chain, out);
      case rename_chain:
        out.raw("-E ").raw(chain).word(operation.new_name.view());
        return;
      case set_policy:
        out.raw("-P ").raw(chain).word(policy_name(operation.policy.value_or(Policy::accept)));
        if (operation.counters) out.raw(" -c").number(operation.counters->packets).number(operation.counters->bytes);
        return;
      case declare_chain:
        out.raw(':').raw(chain).word(operation.policy ? policy_name(*operation.policy) : "-").raw(' ');
        print_counters(operation.counters.value_or(Counters{}), out);
        return;
    }
  }

  static void print_verb(std::string_view verb, std::string_view chain, Text& out) {
    out.raw(verb);
    if (!chain.empty()) out.word(chain);
  }

  void print_counters(Counters counters, Text& out) {
    out.raw('[').raw_number(counters.packets).raw(':').raw_number(counters.bytes).raw(']');
    out_.counters = out_.counters || counters != Counters{};
  }

  void print_rule(std::string_view verb, uint32_t number, const Operation& operation, Text& out) {
    const bool stored = operation.kind != Operation::Kind::delete_rule && operation.kind != Operation::Kind::check;
    if (const Counters counters = operation.rule->counters(); stored && counters != Counters{}) {
      print_counters(counters, out);
      out.raw(' ');
    }
    out.raw(verb).raw(operation.chain.view());
    if (number != 0) out.number(number);
    append_rule_options(*operation.rule, names_, out.string());
  }

  Names names_{NameLookup::kNone};
  RestoreText out_;
  const TableChange* change_ = nullptr;
  uint32_t index_ = 0;
};

}  // namespace

RestoreText RestoreText::from(uint32_t first) const {
  const size_t begin = first < begins.size() ? begins[first] : text.size();
  const auto line = std::find_if(lines.begin(), lines.end(), [&](const Line& l) { return l.change >= first; });
  RestoreText out{.text = text.substr(begin), .lines = {line, lines.end()}, .begins = {}, .counters = counters};
  for (size_t at : begins) out.begins.push_back(at < begin ? 0 : at - begin);
  return out;
}

Result<RestoreText> to_restore_text(std::span<const TableChange* const> changes) { return Printer().run(changes); }

}  // namespace ferrule::text

namespace ferrule {

Result<std::string> to_restore_text(const Transaction& transaction, Family family) {
  if (auto valid = validate(transaction); !valid) return tl::unexpected(valid.error());
  std::vector<const TableChange*> changes;
  for (const TableChange& change : transaction.changes) {
    if (change.family == family) changes.push_back(&change);
  }
  auto printed = text::to_restore_text(changes);
  if (!printed) return tl::unexpected(printed.error());
  return std::move(printed->text);
}

}  // namespace ferrule
