#include "backend_legacy/edit.hpp"

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>

#include "backend_legacy/errors.hpp"
#include "model/entry.hpp"

namespace ferrule::legacy {
namespace {

using Kind = Operation::Kind;

class Editor {
 public:
  Editor(const TableChange& change, EditableTable& table, SetNames& sets)
      : change_(change), table_(table), sets_(sets) {}

  Result<Edited> run();

 private:
  Result<void> empty_table();
  Result<void> carry_out(const Operation& op);
  Result<void> put_rule(const Operation& op);
  Result<void> put_rule(const Operation& op, const Rule& rule);
  Result<void> find_rule(const Operation& op);
  Result<void> flush(const Operation& op);
  Result<void> zero(const Operation& op);
  Result<void> delete_chains(const Operation& op);
  Result<void> declare_chain(const Operation& op);
  Result<void> check_rule(const Operation& op) const;
  Result<void> check_target(const Operation& op) const;

  Result<void> done(Doing doing, const Operation& op, int error_number);
  tl::unexpected<Error> wrong(const Operation& op, Code code, std::string message, int error_number = 0) const;

  const TableChange& change_;
  EditableTable& table_;
  SetNames& sets_;
  Edited edited_ = Edited::kNothing;
};

// The rule number of -I: 1 is the head, and so is none.
uint32_t insert_position(const Operation& op) { return op.number == 0 ? 0 : op.number - 1; }

// A rule as it comes back from the kernel: names of sets can be found again there, the rest of a long prefix cannot.
Rule as_kept(const Rule& rule) {
  std::vector<Attachment> kept;
  for (const Attachment& attachment : rule.attachments()) {
    if (attachment.kind == Attachment::Kind::set_name) kept.push_back(attachment);
  }
  // The bytes are those of a rule already.
  return *Rule::from_entry(rule.family(), rule.target_kind(), rule.entry(), std::move(kept));
}

tl::unexpected<Error> Editor::wrong(const Operation& op, Code code, std::string message, int error_number) const {
  Error error{.code = code, .message = std::move(message), .errno_value = error_number};
  error.origin.file = change_.file;
  error.origin.line = op.line;
  error.table = table_name(change_.table);
  error.chain = op.chain.view();
  return tl::unexpected<Error>(std::move(error));
}

Result<void> Editor::done(Doing doing, const Operation& op, int error_number) {
  if (error_number != 0) {
    Error error = make_error(doing, error_number, change_.table, op.chain.str());
    error.origin.file = change_.file;
    error.origin.line = op.line;
    return tl::unexpected<Error>(std::move(error));
  }
  edited_ = Edited::kSomething;
  return {};
}

Result<Edited> Editor::run() {
  if (change_.existing == Existing::kReplace) {
    if (Result<void> emptied = empty_table(); !emptied) return tl::unexpected<Error>(emptied.error());
  }
  for (const Operation& op : change_.operations) {
    if (Result<void> result = carry_out(op); !result) return tl::unexpected<Error>(std::move(result.error()));
  }
  return edited_;
}

Result<void> Editor::empty_table() {
  const Operation op = Operation::flush_all().at_line(change_.commit_line);
  if (Result<void> flushed = flush(op); !flushed) return flushed;
  return delete_chains(op);
}

Result<void> Editor::carry_out(const Operation& op) {
  switch (op.kind) {
    case Kind::append:
    case Kind::insert:
    case Kind::replace:
      return put_rule(op);
    case Kind::delete_rule:
    case Kind::check:
      return find_rule(op);
    case Kind::delete_number:
      if (op.number == 0) return wrong(op, Code::kInvalidInput, "Invalid rule number `0'");
      return done(Doing::deleting_number, op, table_.erase(op.chain, op.number - 1));
    case Kind::flush:
      return flush(op);
    case Kind::zero:
      return zero(op);
    case Kind::new_chain:
      return done(Doing::creating_chain, op, table_.create_chain(op.chain));
    case Kind::delete_chain:
      return delete_chains(op);
    case Kind::rename_chain:
      return done(Doing::renaming_chain, op, table_.rename_chain(op.chain, op.new_name));
    case Kind::set_policy:
      if (!op.policy) return wrong(op, Code::kInvalidInput, "Bad policy name");
      return done(Doing::setting_policy, op, table_.set_policy(op.chain, *op.policy, op.counters));
    case Kind::declare_chain:
      return declare_chain(op);
  }
  return wrong(op, Code::kInvalidInput, "unknown kind of operation");
}

Result<void> Editor::check_rule(const Operation& op) const {
  if (!op.rule) return wrong(op, Code::kInvalidInput, "the operation has no rule");
  if (op.rule->family() != change_.family) return wrong(op, Code::kInvalidInput, "the rule is of the other family");
  if (Result<void> checked = model::check_entry(op.rule->family(), op.rule->entry()); !checked) {
    return wrong(op, checked.error().code, checked.error().message);
  }
  return {};
}

Result<void> Editor::check_target(const Operation& op) const {
  const TargetKind kind = op.rule->target_kind();
  if (kind != TargetKind::chain && kind != TargetKind::extension) return {};
  const std::string_view name = op.rule->target_name();
  const ChainKind chain = table_.kind(ChainName(name));
  if (kind == TargetKind::extension) {
    // libiptc goes by the name alone and would make a jump of it.
    if (chain == ChainKind::none) return {};
    return wrong(op, Code::kInvalidInput, "target " + std::string(name) + " is hidden by a chain of that name", EINVAL);
  }
  switch (chain) {
    case ChainKind::user:
      return {};
    case ChainKind::base:
      return wrong(op, Code::kRefused, "Invalid argument: " + std::string(name) + " is a base chain", EINVAL);
    case ChainKind::none:
      break;
  }
  auto error = wrong(op, Code::kNotFound, "Chain '" + std::string(name) + "' does not exist", ENOENT);
  error.value().kind = ErrorKind::kJumpToMissingChain;
  error.value().subject = name;
  return error;
}

Result<void> Editor::put_rule(const Operation& op) {
  if (Result<void> checked = check_rule(op); !checked) return checked;
  // libiptc looks for the chain before it looks at a jump; iptables alone finds that one leads to nothing.
  const bool jumps_to_base =
      op.rule->target_kind() == TargetKind::chain && table_.kind(ChainName(op.rule->target_name())) == ChainKind::base;
  if (jumps_to_base && table_.kind(op.chain) == ChainKind::none) return done(Doing::appending, op, ENOENT);
  // And for the number.
  if (jumps_to_base && op.kind != Kind::append) {
    if (Result<void> put = put_rule(op, *op.rule); !put) return put;
  }
  if (Result<void> checked = check_target(op); !checked) return checked;
  if (op.kind == Kind::replace && op.number == 0) return wrong(op, Code::kInvalidInput, "Invalid rule number `0'");
  if (op.rule->attachments().empty()) return put_rule(op, *op.rule);
  Rule rule = *op.rule;
  if (Result<void> written = sets_.write_indexes(rule); !written) {
    return wrong(op, written.error().code, written.error().message, written.error().errno_value);
  }
  return put_rule(op, rule);
}

Result<void> Editor::put_rule(const Operation& op, const Rule& rule) {
  if (op.kind == Kind::append) return done(Doing::appending, op, table_.append(op.chain, rule));
  if (op.kind == Kind::insert) {
    return done(Doing::inserting, op, table_.insert(op.chain, rule, insert_position(op)));
  }
  return done(Doing::replacing, op, table_.replace(op.chain, rule, op.number - 1));
}

Result<void> Editor::find_rule(const Operation& op) {
  if (Result<void> checked = check_rule(op); !checked) return checked;
  if (!op.rule->attachments().empty()) {
    if (Result<void> sets = sets_.check(*op.rule); !sets) {
      return wrong(op, sets.error().code, sets.error().message, sets.error().errno_value);
    }
  }
  const bool jumps_to_base =
      op.rule->target_kind() == TargetKind::chain && table_.kind(ChainName(op.rule->target_name())) == ChainKind::base;
  if (jumps_to_base && table_.kind(op.chain) == ChainKind::none) return done(Doing::finding_rule, op, ENOENT);
  if (op.rule->target_kind() == TargetKind::chain) {
    if (Result<void> checked = check_target(op); !checked) return checked;
  }
  const bool plain = op.rule->attachments().empty();
  const auto found = table_.find(op.chain, plain ? *op.rule : as_kept(*op.rule), sets_);
  if (!found) return wrong(op, found.error().code, found.error().message, found.error().errno_value);
  if (*found)
    return op.kind == Kind::check ? Result<void>{} : done(Doing::deleting_number, op, table_.erase(op.chain, **found));
  // iptables words this one by the target, and callers compare the text.
  const bool has_module =
      op.rule->target_kind() == TargetKind::extension || op.rule->target_kind() == TargetKind::chain;
  const bool has_chain = table_.kind(op.chain) != ChainKind::none;
  return done(has_chain && has_module ? Doing::appending : Doing::finding_rule, op, ENOENT);
}

Result<void> Editor::flush(const Operation& op) {
  if (!op.chain.empty()) return done(Doing::flushing, op, table_.flush(op.chain));
  for (const ChainName& chain : table_.chains()) {
    if (Result<void> flushed = done(Doing::flushing, op, table_.flush(chain)); !flushed) return flushed;
  }
  return {};
}

Result<void> Editor::zero(const Operation& op) {
  if (op.number != 0) return done(Doing::zeroing, op, table_.zero_rule(op.chain, op.number - 1));
  if (!op.chain.empty()) return done(Doing::zeroing, op, table_.zero(op.chain));
  for (const ChainName& chain : table_.chains()) {
    if (Result<void> zeroed = done(Doing::zeroing, op, table_.zero(chain)); !zeroed) return zeroed;
  }
  return {};
}

Result<void> Editor::delete_chains(const Operation& op) {
  if (!op.chain.empty()) return done(Doing::deleting_chain, op, table_.delete_chain(op.chain));
  // As iptables does, on to the last chain: of several that cannot be deleted it names the last one's reason.
  Result<void> result;
  for (const ChainName& chain : table_.chains()) {
    if (table_.kind(chain) == ChainKind::base) continue;
    const Operation one = Operation::delete_chain(chain).at_line(op.line);
    if (Result<void> deleted = done(Doing::deleting_chain, one, table_.delete_chain(chain)); !deleted) result = deleted;
  }
  return result;
}

Result<void> Editor::declare_chain(const Operation& op) {
  switch (table_.kind(op.chain)) {
    case ChainKind::base:
      // `:INPUT -` says nothing about it.
      if (!op.policy) return {};
      return done(Doing::setting_policy, op, table_.set_policy(op.chain, *op.policy, op.counters.value_or(Counters{})));
    case ChainKind::user:
      if (change_.existing == Existing::kKeep) return done(Doing::flushing, op, table_.flush(op.chain));
      break;
    case ChainKind::none:
      break;
  }
  return done(Doing::creating_chain, op, table_.create_chain(op.chain));
}

}  // namespace

Result<Edited> apply_operations(const TableChange& change, EditableTable& table, SetNames& sets) {
  return Editor(change, table, sets).run();
}

}  // namespace ferrule::legacy
