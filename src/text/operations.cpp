// append_operations: what a command's verb stands for in a Transaction.
#include "ferrule/command.hpp"
#include "text/command_line.hpp"
#include "text/global_options.hpp"

namespace ferrule {
namespace {

std::optional<Operation::Kind> kind_of(uint32_t verbs) {
  switch (static_cast<Verb>(verbs)) {
    case Verb::kInsert:
      return Operation::Kind::insert;
    case Verb::kDelete:
      return Operation::Kind::delete_rule;
    case Verb::kDeleteNumber:
      return Operation::Kind::delete_number;
    case Verb::kReplace:
      return Operation::Kind::replace;
    case Verb::kAppend:
      return Operation::Kind::append;
    case Verb::kFlush:
      return Operation::Kind::flush;
    case Verb::kZero:
    case Verb::kZeroNumber:
      return Operation::Kind::zero;
    case Verb::kNewChain:
      return Operation::Kind::new_chain;
    case Verb::kDeleteChain:
      return Operation::Kind::delete_chain;
    case Verb::kSetPolicy:
      return Operation::Kind::set_policy;
    case Verb::kRenameChain:
      return Operation::Kind::rename_chain;
    case Verb::kCheck:
      return Operation::Kind::check;
    default:
      return std::nullopt;
  }
}

}  // namespace

std::optional<Policy> text::policy_by_name(std::string_view name) {
  if (name == "ACCEPT") return Policy::accept;
  if (name == "DROP") return Policy::drop;
  return std::nullopt;
}

Result<void> append_operations(Command&& command, uint32_t line, std::vector<Operation>& out) {
  const auto kind = kind_of(command.verbs);
  if (!kind) return fail(Code::kInvalidInput, "a command that changes rules is expected here");
  // Without a name it would be about all chains.
  if (command.chain_is_empty_word) return fail(Code::kNotFound, "No chain/target/match by that name");
  Operation operation{.kind = *kind,
                      .chain = ChainName(command.chain),
                      .number = command.number,
                      .line = line,
                      .new_name = ChainName(command.new_name)};
  if (*kind == Operation::Kind::rename_chain && !ChainName::fits(command.new_name)) {
    return fail(Code::kInvalidInput, "chain name `" + command.new_name + "' too long (must be under 29 chars)");
  }
  if (*kind == Operation::Kind::rename_chain && command.new_name.empty()) {
    return fail(Code::kInvalidInput, "a chain cannot be without a name");
  }
  if (*kind == Operation::Kind::set_policy) {
    operation.policy = text::policy_by_name(command.policy);
    if (!operation.policy) return fail(Code::kInvalidInput, "Bad policy name");
    operation.counters = command.counters;
  }
  if ((command.verbs & text::kRuleVerbs) == 0) {
    out.push_back(std::move(operation));
    return {};
  }
  for (Rule& rule : command.rules) {
    out.push_back(operation);
    out.back().rule = std::move(rule);
  }
  return {};
}

}  // namespace ferrule
