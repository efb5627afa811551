#include "backend_exec/tool_error.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <string>
#include <utility>

namespace ferrule::exec {
namespace {

struct Meaning {
  std::string_view text;  // somewhere in the message
  Code code;
  int errno_value;
};

// The first that is found counts. Texts of iptables 1.4 to 1.8, and of strerror(3) in the C locale.
constexpr std::array kMeanings = {
    Meaning{"you must be root", Code::kPermission, EPERM},
    Meaning{"Permission denied", Code::kPermission, EACCES},
    Meaning{"Operation not permitted", Code::kPermission, EPERM},
    Meaning{"holding the xtables lock", Code::kBusy, EAGAIN},
    Meaning{"Resource temporarily unavailable", Code::kBusy, EAGAIN},
    Meaning{"Couldn't load match", Code::kUnsupported, 0},
    Meaning{"Couldn't load target", Code::kUnsupported, 0},
    Meaning{"Couldn't find match", Code::kUnsupported, 0},
    Meaning{"Couldn't find target", Code::kUnsupported, 0},
    Meaning{"Can't find library", Code::kUnsupported, 0},
    Meaning{"No chain/target/match by that name", Code::kNotFound, ENOENT},
    Meaning{"does a matching rule exist", Code::kNotFound, ENOENT},
    Meaning{"Bad built-in chain name", Code::kNotFound, ENOENT},
    Meaning{"too big", Code::kNotFound, E2BIG},
    Meaning{"Chain already exists", Code::kExists, EEXIST},
    Meaning{"File exists", Code::kExists, EEXIST},
    Meaning{"Table does not exist", Code::kNotFound, ENOENT},
    Meaning{"unable to initialize table", Code::kNotFound, ENOENT},
    Meaning{"Directory not empty", Code::kInUse, ENOTEMPTY},
    Meaning{"Device or resource busy", Code::kInUse, EBUSY},
    // A loop where a rule is added, references to it where a chain is deleted.
    Meaning{"RULE_APPEND failed (Too many links)", Code::kRefused, EMLINK},
    Meaning{"RULE_INSERT failed (Too many links)", Code::kRefused, EMLINK},
    Meaning{"RULE_REPLACE failed (Too many links)", Code::kRefused, EMLINK},
    Meaning{"Too many links", Code::kInUse, EMLINK},
    Meaning{"Too many levels of symbolic links", Code::kRefused, ELOOP},
    Meaning{"Invalid argument", Code::kRefused, EINVAL},
    Meaning{"Operation not supported", Code::kRefused, EOPNOTSUPP},
    Meaning{"Numerical result out of range", Code::kRefused, ERANGE},
    Meaning{"No such file or directory", Code::kRefused, ENOENT},
    Meaning{"does not exist", Code::kNotFound, ENOENT},
    Meaning{"Cannot allocate memory", Code::kSystem, ENOMEM},
    Meaning{"Memory allocation problem", Code::kSystem, ENOMEM},
};

Code code_of_exit(int status) {
  switch (status) {
    case 2:
      return Code::kInvalidInput;
    case 3:  // the versions of binary and kernel do not fit
    case 126:
    case 127:
      return Code::kUnsupported;
    default:
      return Code::kRefused;
  }
}

void give_meaning(Error& error, int exit_status) {
  for (const Meaning& meaning : kMeanings) {
    if (error.message.find(meaning.text) == std::string::npos) continue;
    error.code = meaning.code;
    error.errno_value = meaning.errno_value;
    return;
  }
  error.code = code_of_exit(exit_status);
}

std::string_view next_line(std::string_view& text) {
  const size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

// "NAME: TEXT" or "NAME v1.8.9 (VARIANT): TEXT" less what stands before TEXT.
std::string_view without_program(std::string_view line) {
  const size_t colon = line.find(": ");
  if (colon == std::string_view::npos) return line.ends_with(':') ? std::string_view() : line;
  const size_t space = std::min(line.find(' '), colon);
  const bool is_program = line.substr(0, space).find("tables") != std::string_view::npos;
  return is_program && (space == colon || line.substr(space).starts_with(" v")) ? line.substr(colon + 2) : line;
}

// The number behind `key`, and what follows it.
struct Numbered {
  uint32_t line;
  std::string_view rest;
};
std::optional<Numbered> number_behind(std::string_view line, std::string_view key) {
  const size_t at = line.find(key);
  if (at == std::string_view::npos) return std::nullopt;
  const char* begin = line.data() + at + key.size();
  const char* end = line.data() + line.size();
  uint32_t number = 0;
  const auto [next, error] = std::from_chars(begin, end, number);
  if (error != std::errc{}) return std::nullopt;
  return Numbered{.line = number, .rest = {next, static_cast<size_t>(end - next)}};
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with(':')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('.') || text.ends_with('\n')) text.remove_suffix(1);
  return text;
}

struct Complaint {
  uint32_t line = 0;  // of the input; 0 where none is named
  std::string text = {};
};

// The forms, of the versions from 1.4 on:
//   iptables-restore: line 3 failed[: TEXT.]
//   line 3: TEXT                                  (nft, when the kernel refuses; one for each refused line)
//   NAME v1.8.9 (VARIANT): TEXT, and further below: Error occurred at line: 3
Complaint read_complaint(std::string_view error) {
  Complaint out;
  while (!error.empty()) {
    const std::string_view line = next_line(error);
    if (line.empty() || line.starts_with("Try `") || line.starts_with("# Warning")) continue;
    if (const auto at = number_behind(line, "Error occurred at line: ")) {
      out.line = at->line;
      break;
    }
    const auto at = number_behind(line, "line ");
    if (at && (at->rest.starts_with(" failed") || (line.starts_with("line ") && at->rest.starts_with(":")))) {
      out.line = at->line;
      std::string_view rest = at->rest;
      if (rest.starts_with(" failed")) rest.remove_prefix(std::string_view(" failed").size());
      out.text = trimmed(rest);
      break;
    }
    const std::string_view text = trimmed(without_program(line));
    if (text.empty()) continue;
    if (!out.text.empty()) out.text += "; ";
    out.text += text;
  }
  return out;
}

// For iptables-legacy-restore, which names the line and not the reason.
struct Guess {
  Code code;
  std::string_view text;
};
Guess guess_of(Operation::Kind kind) {
  using enum Operation::Kind;
  switch (kind) {
    case check:
    case delete_rule:
      return {Code::kNotFound, "Bad rule (does a matching rule exist in that chain?)"};
    case insert:
      return {Code::kNotFound, "no such chain, or the rule's number is too big"};
    case replace:
    case delete_number:
      return {Code::kNotFound, "no such chain, or no rule of that number in it"};
    case append:
    case flush:
    case zero:
      return {Code::kNotFound, "No chain/target/match by that name"};
    case new_chain:
      return {Code::kExists, "Chain already exists"};
    case delete_chain:
      return {Code::kInUse, "no such chain, or it has rules, or rules jump to it"};
    case rename_chain:
      return {Code::kNotFound, "no such chain, or the new name is taken"};
    case set_policy:
      return {Code::kNotFound, "Bad built-in chain name"};
    case declare_chain:
      return {Code::kRefused, "the chain cannot be declared"};
  }
  return {Code::kRefused, "the line was refused"};
}

bool did_not_exit(const Program& program, const Outcome& done, Error& out) {
  if (done.end == Outcome::End::exited) return false;
  out.code = Code::kSystem;
  if (done.end == Outcome::End::timed_out) {
    out.message = program.path + " did not finish in time and was killed";
    out.errno_value = ETIMEDOUT;
  } else {
    out.message = program.path + " was killed by signal " + std::to_string(done.status);
  }
  return true;
}

// A whole message, also where the binary said nothing.
void complete(const Program& program, const Outcome& done, Error& error) {
  if (!error.message.empty()) return;
  error.message = program.path + " failed with exit status " + std::to_string(done.status) + " and without a message";
}

}  // namespace

Error tool_error(const Program& program, const Outcome& done) {
  Error out;
  if (did_not_exit(program, done, out)) return out;
  out.message = read_complaint(done.error).text;
  give_meaning(out, done.status);
  complete(program, done, out);
  return out;
}

RestoreError restore_error(const Program& program, const Outcome& done, const text::RestoreText& fed,
                           std::span<const TableChange* const> changes) {
  RestoreError out;
  Error& error = out.error;
  if (did_not_exit(program, done, error)) return out;
  Complaint complaint = read_complaint(done.error);
  error.message = std::move(complaint.text);
  if (complaint.line == 0 || complaint.line > fed.lines.size()) {
    give_meaning(error, done.status);
    // Without rights even the first table is refused. The lock is taken anew for each table, so that it tells nothing
    // about those before.
    const bool only_one = fed.lines.front().change == fed.lines.back().change;
    if (error.code == Code::kPermission || only_one) out.change = fed.lines.front().change;
    complete(program, done, error);
    return out;
  }
  const text::RestoreText::Line& at = fed.lines[complaint.line - 1];
  const TableChange& change = *changes[at.change];
  out.change = at.change;
  error.origin.file = change.file;
  error.table = table_name(change.table);
  if (at.operation) {
    const Operation& operation = change.operations[*at.operation];
    error.origin.line = operation.line;
    error.chain = operation.chain.view();
    if (error.message.empty()) {
      const Guess guess = guess_of(operation.kind);
      error.message = guess.text;
      error.code = guess.code;
      return out;
    }
  } else {
    error.origin.line = change.commit_line;
    out.at_commit = true;
    if (error.message.empty()) error.message = "the kernel refused the table";
  }
  give_meaning(error, done.status);
  return out;
}

}  // namespace ferrule::exec
