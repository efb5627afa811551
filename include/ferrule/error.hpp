// Errors are values: what every fallible call of ferrule returns instead of throwing, printing or exiting.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#pragma GCC visibility push(default)
namespace ferrule {

// What the caller does next. The finer reason is text, for people.
enum class Code : uint8_t {
  kInvalidInput,  // fix the text, the rule or the argument
  kNotFound,      // a table, chain, rule or namespace that was named does not exist
  kExists,        // something that was to be created is already there
  kInUse,         // a chain is referenced or not empty
  kRefused,       // the kernel did not accept what was asked (errno_value says how)
  kPermission,    // get CAP_NET_ADMIN (or the capability that the message names) and try again
  kBusy,          // somebody else held the lock or kept changing the rules: try again
  kUnsupported,   // cannot be said natively here: take another backend
  kSystem,        // a system call failed for a reason outside the rules (errno_value says which)
};

// The stable lower-case name of a code, e.g. "invalid_input"; what `--json` prints.
std::string_view code_name(Code code);

// Where an operation came from. `line` counts from 1; 0 means "not from a line".
struct Origin {
  std::string file;  // as the caller named it; empty when there was none
  uint32_t line = 0;
  std::string option;  // the option at fault, as typed without dashes; empty when it is not about one
};

// Another line that was refused together with the one that an Error is about.
struct RefusedLine {
  Origin origin = {};
  std::string message = {};
};

struct Error {
  Code code = Code::kSystem;
  std::string message;  // one sentence without a trailing full stop; no file or line in it
  Origin origin = {};
  int errno_value = 0;     // the kernel's errno, positive; 0 when no system call failed
  std::string table = {};  // the table and chain concerned, where known
  std::string chain = {};
  std::vector<RefusedLine> also_refused = {};  // nf_tables names all the lines of a batch that it does not take
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
