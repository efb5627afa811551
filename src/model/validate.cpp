// The one check of a transaction, whoever made it.
#include <algorithm>
#include <string>

#include "ferrule/transaction.hpp"

namespace ferrule {
namespace {

using Kind = Operation::Kind;

bool takes_rule(Kind kind) {
  return kind == Kind::append || kind == Kind::insert || kind == Kind::replace || kind == Kind::delete_rule ||
         kind == Kind::check;
}

// -F, -Z and -X without a chain are about all of them.
bool may_be_about_all(const Operation& operation) {
  return operation.kind == Kind::flush || operation.kind == Kind::delete_chain ||
         (operation.kind == Kind::zero && operation.number == 0);
}

tl::unexpected<Error> wrong(std::string message, ErrorKind kind = ErrorKind::kUnspecified, std::string subject = {}) {
  return tl::unexpected(
      Error{.code = Code::kInvalidInput, .message = std::move(message), .kind = kind, .subject = std::move(subject)});
}

Result<void> check_name(const ChainName& name) {
  if (name.is_valid()) return {};
  if (name.empty()) return wrong("a chain cannot be without a name", ErrorKind::kChainNameInvalid);
  if (name.is_too_long()) {
    return wrong("Invalid chain name `" + name.str() + "...' (28 chars max)", ErrorKind::kChainNameTooLong, name.str());
  }
  return wrong("Invalid chain name `" + name.str() + "': blanks, line breaks and NUL cannot be in it",
               ErrorKind::kChainNameInvalid, name.str());
}

Result<void> check_rule(const Operation& operation, Family family) {
  if (!operation.rule || operation.rule->entry().empty()) return wrong("the operation needs a rule and has none");
  if (operation.rule->family() != family) {
    return wrong("an " + std::string(family_name(operation.rule->family())) + " rule in a change of " +
                 std::string(family_name(family)) + " tables");
  }
  if (operation.rule->target_kind() != TargetKind::chain) return {};
  return check_name(ChainName(operation.rule->target_name()));
}

Result<void> check(const Operation& operation, Family family) {
  if (operation.kind > Kind::declare_chain) return wrong("an operation of a kind that does not exist");
  if (operation.policy && *operation.policy > Policy::drop) {
    return wrong("Bad policy name", ErrorKind::kBadPolicy);
  }
  if (!operation.chain.empty() || !may_be_about_all(operation)) {
    if (auto checked = check_name(operation.chain); !checked) return checked;
  }
  if (takes_rule(operation.kind)) {
    if (auto checked = check_rule(operation, family); !checked) return checked;
  }
  switch (operation.kind) {
    case Kind::replace:
    case Kind::delete_number:
      if (operation.number == 0) return wrong("Invalid rule number `0'");
      return {};
    case Kind::rename_chain:
      return check_name(operation.new_name);
    case Kind::set_policy:
      if (!operation.policy) return wrong("a policy is to be set, and none is given", ErrorKind::kBadPolicy);
      return {};
    default:
      return {};
  }
}

}  // namespace

Result<void> validate(const Transaction& transaction) {
  for (const TableChange& change : transaction.changes) {
    const auto located = [&](Error error, const Operation* operation) {
      error.origin.file = change.file;
      error.family = change.family;
      if (change.table <= TableId::security) error.table = table_name(change.table);
      if (operation != nullptr) {
        error.origin.line = operation->line;
        error.chain = operation->chain.str();
      }
      return tl::unexpected(std::move(error));
    };
    if (change.family != Family::ipv4 && change.family != Family::ipv6) {
      return located(wrong("a change of a family that does not exist").value(), nullptr);
    }
    if (change.table > TableId::security || change.existing > Existing::kKeep) {
      return located(wrong("a change of a table that does not exist").value(), nullptr);
    }
    for (const Operation& operation : change.operations) {
      if (auto checked = check(operation, change.family); !checked) return located(checked.error(), &operation);
    }
  }
  return {};
}

}  // namespace ferrule
