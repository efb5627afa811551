// Errors are values: what every fallible call of ferrule returns instead of throwing, printing or exiting.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "ferrule/types.hpp"

#pragma GCC visibility push(default)
namespace ferrule {

// What the caller does next. ErrorKind tells finer reasons apart; the message is for people. The values are part of the
// C interface (ferrule_status is the value plus one): new ones are added at the end.
enum class Code : uint8_t {
  kInvalidInput,    // fix the text, the rule or the argument
  kNotFound,        // a table, chain, rule or namespace that was named does not exist
  kExists,          // something that was to be created already exists
  kInUse,           // a chain is referenced or not empty
  kRefused,         // the kernel did not accept the change (errno_value says how)
  kPermission,      // get CAP_NET_ADMIN (or the capability that the message names) and try again
  kBusy,            // another program held the lock or kept changing the rules: try again
  kUnsupported,     // cannot be done natively here: take another backend
  kSystem,          // a system call failed for a reason outside the rules (errno_value says which)
  kOutcomeUnknown,  // the change was sent, and whether the kernel made it cannot be told: read the rules and compare
  kThreadLost,      // the calling thread is still in the other network namespace and must not go on there; the message
                    // says whether the work was done
  kNoMemory,        // the process or the kernel is out of memory; nothing has changed
  kTooManyFiles,    // the process or the system has no file descriptor left (EMFILE, ENFILE); nothing has changed
};

inline constexpr Code kLastCode = Code::kTooManyFiles;

// The stable lower-case name of a code, e.g. "invalid_input"; what `--json` prints.
std::string_view code_name(Code code);

// What exactly went wrong, where a program acts on more than the code: set where the error is made, never found out
// from the message.
enum class ErrorKind : uint8_t {
  kUnspecified,
  // The xtables lock.
  kLockUnavailable,  // the lock file cannot be opened or locked
  kLockHeld,         // another program kept it for as long as the caller wanted to wait
  // Names of tables, chains, targets and sets. Error::subject is the name.
  kTableMissing,        // the kernel does not have the table
  kChainMissing,        // the chain to work on does not exist
  kJumpToMissingChain,  // -j or -g names what is neither a chain of the table nor a target
  kGotoNoChain,         // -g names a verdict
  kChainNameInvalid,    // a chain name that iptables does not allow
  kChainNameTooLong,    // longer than 28 bytes
  kChainInUse,          // referenced or not empty
  kSetMissing,          // an ipset does not exist
  kSetFamily,           // an ipset is of the other address family
  kPolicyInvalid,       // a policy other than ACCEPT and DROP in a `:CHAIN` line
  kBadPolicy,           // -P with a policy other than ACCEPT and DROP
  kNoBuiltinChain,      // a policy for a chain that is not a base chain
  kRenameOfNewChain,    // nf_tables cannot rename a chain that the same batch makes
  // Rules.
  kRuleMissing,            // -C or -D: the chain has no such rule
  kRuleMissingUnreadable,  // likewise, and some rules of the chain could not be read
  kIndexTooBig,            // -I, -R, -D, -Z with a number behind the last rule
  kExtensionUnknown,       // -m or -j names an extension that ferrule does not know
  kExtensionNotInKernel,   // this kernel does not have the extension, or not in this revision
  kTargetInNatTable,       // DROP in the nat table
  kProtocolRequired,       // a match that needs `-p`
  kRuleTooLarge,           // larger than the kernel's 16-bit offsets allow
  // The grammar.
  kBadArgument,           // a word that is not an option
  kOptionValue,           // an extension's option has a value that is wrong
  kOptionConflict,        // two options that cannot be used together, or one used twice
  kOtherFamily,           // -4 for ip6tables, -6 for iptables
  kTableOptionInRestore,  // -t in restore input
  kTableExpected,         // restore input has a line outside of `*TABLE` … COMMIT
  kTableNameInvalid,      // `*TABLE` names a table that does not exist
  kCommitExpected,        // restore input ends without COMMIT
  kLimitExceeded,         // the input is larger than ParseOptions::limits allows
  // The kernel.
  kRefusedByKernel,  // nf_tables refused a message of the batch
  kTableUnreadable,  // the kernel's table is malformed, or larger than ReadLimits allow
  kDumpTorn,         // the rules changed while they were read, each time
  kOwnedTable,       // the table belongs to another program (nft's flag `owner`)
};

inline constexpr ErrorKind kLastErrorKind = ErrorKind::kOwnedTable;

// The stable lower-case name of a kind, e.g. "lock_held"; what `--json` prints.
std::string_view error_kind_name(ErrorKind kind);

// Where an operation came from. `line` counts from 1; 0 means "not from a line".
struct Origin {
  std::string file;  // as the caller named it; empty when there was none
  uint32_t line = 0;
  std::string option;  // the option at fault, as typed without dashes; empty when it is not about one
  friend bool operator==(const Origin&, const Origin&) = default;
};

// Another line that was refused together with the one that an Error is about.
struct RefusedLine {
  Origin origin = {};
  std::string message = {};
  friend bool operator==(const RefusedLine&, const RefusedLine&) = default;
};

// How one family of a transaction was carried out, or was about to be when it failed.
struct FamilyReport {
  Family family = Family::ipv4;
  BackendKind backend = BackendKind::legacy;
  bool native = true;       // false: an iptables binary was spawned
  std::string reason = {};  // why this backend, one sentence
  friend bool operator==(const FamilyReport&, const FamilyReport&) = default;
};

// What a call had done when it failed; the counterpart of Report.
struct Attempt {
  std::vector<FamilyReport> families = {};  // empty where no backend had been chosen yet
  uint32_t retries = 0;                     // times it started over because another program changed the rules
  std::chrono::nanoseconds detect_time{};   // to choose the backend
  std::chrono::nanoseconds commit_time{};   // from then on to the error
  friend bool operator==(const Attempt&, const Attempt&) = default;
};

struct Error {
  Code code = Code::kSystem;
  std::string message;  // one sentence without a trailing full stop; no file or line in it
  Origin origin = {};
  int errno_value = 0;     // the kernel's errno, positive; 0 when no system call failed
  std::string table = {};  // the table and chain concerned, where known
  std::string chain = {};
  std::vector<RefusedLine> also_refused = {};  // nf_tables names all the lines of a batch that it does not take
  ErrorKind kind = ErrorKind::kUnspecified;
  std::string subject = {};           // the name that `kind` is about, as typed
  std::optional<Family> family = {};  // the family and backend at fault, where known
  std::optional<BackendKind> backend = {};
  bool spawned = false;  // an iptables binary was spawned and failed
  Attempt attempt = {};
  friend bool operator==(const Error&, const Error&) = default;
};

// "file:line: message", or the message alone when there is no origin; of the first line only. Thread-safe.
std::string to_string(const Error& error);

template <typename T>
using Result = tl::expected<T, Error>;

// Shorthand for returning an error from a function that returns any Result.
inline tl::unexpected<Error> fail(Code code, std::string message) {
  return tl::unexpected<Error>(Error{code, std::move(message)});
}

}  // namespace ferrule
#pragma GCC visibility pop
