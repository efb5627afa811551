// append_operations: what a command's verb stands for in a Transaction.
#include "text/command_line.hpp"

namespace ferrule::text {
namespace {

std::optional<Operation::Kind> kind_of(uint32_t verbs) {
  switch (verbs) {
    case kInsert:
      return Operation::Kind::insert;
    case kDelete:
      return Operation::Kind::delete_rule;
    case kDeleteNumber:
      return Operation::Kind::delete_number;
    case kReplace:
      return Operation::Kind::replace;
    case kAppend:
      return Operation::Kind::append;
    case kFlush:
      return Operation::Kind::flush;
    case kZero:
    case kZeroNumber:
      return Operation::Kind::zero;
    case kNewChain:
      return Operation::Kind::new_chain;
    case kDeleteChain:
      return Operation::Kind::delete_chain;
    case kSetPolicy:
      return Operation::Kind::set_policy;
    case kRenameChain:
      return Operation::Kind::rename_chain;
    case kCheck:
      return Operation::Kind::check;
    default:
      return std::nullopt;
  }
}

}  // namespace

std::optional<Policy> policy_by_name(std::string_view name) {
  if (name == "ACCEPT") return Policy::accept;
  if (name == "DROP") return Policy::drop;
  return std::nullopt;
}

Result<void> append_operations(CommandLine&& command, uint32_t line, std::vector<Operation>& out) {
  const auto kind = kind_of(command.verbs);
  if (!kind) return fail(Code::kInvalidInput, "a command that changes rules is expected here");
  Operation operation{.kind = *kind,
                      .chain = ChainName(command.chain),
                      .number = command.number,
                      .line = line,
                      .new_name = ChainName(command.new_name)};
  if (*kind == Operation::Kind::rename_chain && !ChainName::fits(command.new_name)) {
    return fail(Code::kInvalidInput, "chain name `" + command.new_name + "' too long (must be under 29 chars)");
  }
  if (*kind == Operation::Kind::set_policy) {
    operation.policy = policy_by_name(command.policy);
    if (!operation.policy) return fail(Code::kInvalidInput, "Bad policy name");
  }
  if ((command.verbs & kRuleVerbs) == 0) {
    out.push_back(std::move(operation));
    return {};
  }
  for (Rule& rule : command.rules) {
    out.push_back(operation);
    out.back().rule = std::move(rule);
  }
  return {};
}

}  // namespace ferrule::text
