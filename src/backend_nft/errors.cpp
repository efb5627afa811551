#include "backend_nft/errors.hpp"

#include <array>
#include <cerrno>
#include <utility>

namespace ferrule::nft {
namespace {

constexpr std::array<std::string_view, 14> kActions = {
    "TABLE_ADD",    "TABLE_FLUSH", "CHAIN_ADD",   "CHAIN_USER_ADD", "CHAIN_USER_FLUSH", "CHAIN_DEL",   "CHAIN_UPDATE",
    "CHAIN_RENAME", "CHAIN_ZERO",  "RULE_APPEND", "RULE_INSERT",    "RULE_REPLACE",     "RULE_DELETE", "RULE_FLUSH"};

constexpr const char* kPermissionText = "Permission denied: CAP_NET_ADMIN is needed in the network namespace";

Code refusal_code(Action action, int error_number) {
  switch (error_number) {
    // Who may send a batch at all lacks a right to this table only: it belongs to another program.
    case EPERM:
    case EACCES:
      return Code::kPermission;
    case EBUSY:
      return Code::kInUse;
    case EEXIST:
      return Code::kExists;
    case ENOMEM:
    case ENOBUFS:
      return Code::kNoMemory;
    case EOPNOTSUPP:
    case EAFNOSUPPORT:
      return action == Action::table_add ? Code::kUnsupported : Code::kRefused;
    default:
      return Code::kRefused;
  }
}

std::string described(Action action, std::string_view object) {
  if (action <= Action::table_flush) return "table " + std::string(object);
  if (action >= Action::rule_append) return "rule in chain " + std::string(object);
  return "chain " + std::string(object);
}

}  // namespace

std::string_view action_name(Action action) { return kActions[static_cast<size_t>(action)]; }

Error reading_error(int error_number) {
  Error error{.code = Code::kSystem, .message = {}, .errno_value = error_number};
  switch (error_number) {
    case EPERM:
    case EACCES:
      error.code = Code::kPermission;
      error.message = kPermissionText;
      break;
    case EPROTONOSUPPORT:
    case EAFNOSUPPORT:
    case ECONNREFUSED:
    case EOPNOTSUPP:
    // The answer to a request for a netfilter subsystem that is not there.
    case EINVAL:
      error.code = Code::kUnsupported;
      error.message = "nf_tables is not available: " + errno_text(error_number);
      break;
    case ETIMEDOUT:
      error.message = "the kernel did not answer a request to nf_tables in time; try again";
      break;
    case EOVERFLOW:
      error.kind = ErrorKind::kTableUnreadable;
      error.message = "the nf_tables rules of this namespace are larger than ferrule reads (1 GiB)";
      break;
    default:
      error.code = kernel::code_of_errno(error_number);
      error.message = "cannot talk to nf_tables: " + errno_text(error_number);
  }
  return error;
}

Error exchange_error(const netlink::Answer& answer) {
  if (answer.error_number != 0) return reading_error(answer.error_number);
  return {.code = Code::kBusy,
          .message = "the rules kept changing while they were read",
          .errno_value = EINTR,
          .kind = ErrorKind::kDumpTorn};
}

tl::unexpected<Error> missing(std::string message) {
  return tl::unexpected(Error{.code = Code::kNotFound, .message = std::move(message), .errno_value = ENOENT});
}

tl::unexpected<Error> index_too_big(const char* of) {
  auto error = missing(std::string("Index of ") + of + " too big");
  error.value().errno_value = E2BIG;
  return error;
}

Error refusal(Action action, int error_number, std::string_view object) {
  Error error{.code = refusal_code(action, error_number),
              .message = std::string(action_name(action)) + " failed (" + errno_text(error_number) +
                         "): " + described(action, object),
              .errno_value = error_number};
  error.kind = ErrorKind::kRefusedByKernel;
  if (action > Action::table_flush) error.chain = object;
  return error;
}

}  // namespace ferrule::nft
