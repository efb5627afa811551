// append_operations: what a command's verb stands for in a Transaction.
#include <cerrno>
#include <utility>

#include "ferrule/command.hpp"
#include "text/command_line.hpp"
#include "text/global_options.hpp"

namespace ferrule {
namespace {

// A chain without a name is one that does not exist, in the tools' words. (One is not made either: validate refuses
// it.)
Result<void> check_chain_is_named(const Command& command) {
  constexpr uint32_t kAboutOneChain =
      text::kRuleVerbs | static_cast<uint32_t>(Verb::kDeleteNumber) | static_cast<uint32_t>(Verb::kZeroNumber) |
      static_cast<uint32_t>(Verb::kSetPolicy) | static_cast<uint32_t>(Verb::kRenameChain);
  if (!command.chain.empty() || (command.verbs & kAboutOneChain) == 0) return {};
  const bool sets_policy = command.has(Verb::kSetPolicy);
  return tl::unexpected(Error{.code = Code::kNotFound,
                              .message = sets_policy ? "Bad built-in chain name" : "No chain/target/match by that name",
                              .errno_value = ENOENT,
                              .kind = sets_policy ? ErrorKind::kNoBuiltinChain : ErrorKind::kChainMissing});
}

Operation with_rule(const Command& command, Rule rule) {
  const ChainName chain(command.chain);
  switch (static_cast<Verb>(command.verbs)) {
    case Verb::kInsert:
      return Operation::insert(chain, command.number, std::move(rule));
    case Verb::kDelete:
      return Operation::delete_rule(chain, std::move(rule));
    case Verb::kReplace:
      return Operation::replace(chain, command.number, std::move(rule));
    case Verb::kCheck:
      return Operation::check(chain, std::move(rule));
    default:
      return Operation::append(chain, std::move(rule));
  }
}

Result<Operation> rename(const Command& command) {
  if (!ChainName::fits(command.new_name)) {
    return tl::unexpected(Error{.code = Code::kInvalidInput,
                                .message = "chain name `" + command.new_name + "' too long (must be under 29 chars)",
                                .kind = ErrorKind::kChainNameTooLong,
                                .subject = command.new_name});
  }
  if (command.new_name.empty()) return fail(Code::kInvalidInput, "a chain cannot be without a name");
  return Operation::rename_chain(ChainName(command.chain), ChainName(command.new_name));
}

Result<Operation> set_policy(const Command& command) {
  const auto policy = text::policy_by_name(command.policy);
  if (!policy) {
    return tl::unexpected(
        Error{.code = Code::kInvalidInput, .message = "Bad policy name", .kind = ErrorKind::kBadPolicy});
  }
  return Operation::set_policy(ChainName(command.chain), *policy, command.counters);
}

Result<Operation> without_rule(const Command& command) {
  const ChainName chain(command.chain);
  switch (static_cast<Verb>(command.verbs)) {
    case Verb::kDeleteNumber:
      return Operation::delete_number(chain, command.number);
    case Verb::kFlush:
      return Operation::flush(chain);
    case Verb::kZero:
      return Operation::zero(chain);
    case Verb::kZeroNumber:
      return Operation::zero_rule(chain, command.number);
    case Verb::kNewChain:
      return Operation::new_chain(chain);
    case Verb::kDeleteChain:
      return Operation::delete_chain(chain);
    case Verb::kSetPolicy:
      return set_policy(command);
    case Verb::kRenameChain:
      return rename(command);
    default:
      return fail(Code::kInvalidInput, "a command that changes rules is expected here");
  }
}

}  // namespace

std::optional<Policy> text::policy_by_name(std::string_view name) {
  if (name == "ACCEPT") return Policy::accept;
  if (name == "DROP") return Policy::drop;
  return std::nullopt;
}

Result<void> append_operations(Command&& command, uint32_t line, std::vector<Operation>& out) {
  // Without a name it would be about all chains.
  if (command.chain_is_empty_word) return fail(Code::kNotFound, "No chain/target/match by that name");
  if (auto named = check_chain_is_named(command); !named) return named;
  if ((command.verbs & text::kRuleVerbs) == 0) {
    auto operation = without_rule(command);
    if (!operation) return tl::unexpected(operation.error());
    out.push_back(std::move(*operation).at_line(line));
    return {};
  }
  for (Rule& rule : command.rules) out.push_back(with_rule(command, std::move(rule)).at_line(line));
  return {};
}

}  // namespace ferrule
