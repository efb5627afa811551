#include "iptables/voice.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "iptables/legacy_table.hpp"
#include "say.hpp"

namespace ferrule::cli {
namespace {

constexpr std::string_view kPassedOver = "; rules that cannot be read were passed over";
// Where the error says more, iptables does not.
std::string_view as_iptables_says(std::string_view message) {
  if (message.ends_with(kPassedOver)) message.remove_suffix(kPassedOver.size());
  return message;
}

// Of "goto 'x' is not a chain".
constexpr std::string_view kGoto = "goto '";
constexpr std::string_view kNoChain = "' is not a chain";

constexpr std::string_view kInvalid = "Invalid argument";

bool is_transaction_failure(std::string_view message) { return message.find(" failed (") != std::string_view::npos; }

// Complaints of the part of libxtables that reads extensions' options by their tables. They end with a line of their
// own.
bool is_from_option_tables(std::string_view message) {
  constexpr std::string_view kParts[] = {": bad value for option \"",
                                         "bad integer value for option \"",
                                         "\" cannot be inverted.",
                                         "\" can only be used once.",
                                         "\" cannot be used together with \"",
                                         "\" must be specified",
                                         "\" also requires \"",
                                         "\" has unexpected characters near \"",
                                         "trailing garbage after value for option \"",
                                         "\" does not resolve to anything.",
                                         " to an integer value for option \"",
                                         "getaddrinfo: ",
                                         "Too many components for option \"",
                                         "Argument must have a m"};
  const auto has = [&](std::string_view part) { return message.find(part) != std::string_view::npos; };
  return std::ranges::any_of(kParts, has) || (message.starts_with("log level \"") && message.ends_with("\" unknown"));
}

// A `-P` line of restore input that is understood, but says what cannot be.
bool is_policy_in_command(std::string_view message) { return message == "Bad policy name"; }

// What nf_tables would refuse, and is not sent.
bool is_rename_of_new_chain(std::string_view message) { return message.starts_with("nf_tables cannot rename a chain"); }

bool is_about_set(std::string_view message) {
  return (message.starts_with("Set ") && message.ends_with(" doesn't exist")) ||
         message.starts_with("The protocol family of set ");
}

const char* lock_file() {
  const char* variable = std::getenv("XTABLES_LOCKFILE");
  return variable != nullptr && *variable != '\0' ? variable : "/run/xtables.lock";
}

}  // namespace

std::string Voice::version() const { return fmt::format("{} ({})", kVersion, is_nft() ? "nf_tables" : "legacy"); }

std::string Voice::program() const {
  if (identity_.tool == Tool::kCommand) return std::string(identity_.plain());
  if (is_nft()) return identity_.called;
  return std::string(identity_.plain()) + (identity_.tool == Tool::kRestore ? "-restore" : "-save");
}

bool Voice::is_about_target(const Error& error) { return error.kind == ErrorKind::kJumpToMissingChain; }
bool Voice::is_about_policy(const Error& error) { return error.message.ends_with("Bad policy name"); }
bool Voice::is_about_goto(const Error& error) {
  return error.message.starts_with(kGoto) && error.message.ends_with(kNoChain);
}
bool Voice::is_found_by_reading(const Error& error) {
  if (is_from_kernel(error) || is_rename_of_new_chain(error.message)) return false;
  return is_about_set(error.message) || error.message.find(" match requires '-p ") != std::string::npos ||
         error.code == Code::kPermission || error.code == Code::kUnsupported;
}
bool Voice::passed_over_rules(const Error& error) { return error.message.ends_with(kPassedOver); }
bool Voice::is_from_kernel(const Error& error) { return is_transaction_failure(error.message); }

void Voice::notes(const std::vector<std::string>& notes) {
  for (const std::string& note : notes) complain("{}\n", note);
}

// What cannot be a chain is taken for a target's name.
Error Voice::missing_chain(std::string_view target, Leads leads) const {
  if (is_nft()) return {Code::kNotFound, fmt::format("Chain '{}' does not exist", target)};
  if (leads == Leads::kByGoto) return {Code::kNotFound, fmt::format("goto '{}' is not a chain", target)};
  return {Code::kNotFound, fmt::format("Couldn't load target `{}':No such file or directory", target)};
}

int Voice::usage(const Error& error, unsigned line) const {
  const std::string name = program();
  if (is_nft() && is_about_goto(error)) {
    const size_t length = error.message.size() - kGoto.size() - kNoChain.size();
    return usage(missing_chain(std::string_view(error.message).substr(kGoto.size(), length), Leads::kByGoto), line);
  }
  constexpr std::string_view kTooLong = "' (28 chars max)";
  if (is_nft() && error.message.starts_with("Invalid chain name `") && error.message.ends_with(kTooLong)) {
    const std::string_view chain =
        std::string_view(error.message).substr(20, error.message.size() - 20 - kTooLong.size());
    return usage({error.code, fmt::format("chain name `{}' too long (must be under 29 chars)", chain)}, line);
  }
  if (error.message.starts_with("Bad argument `")) {
    complain("{}\n", error.message);
  } else if (error.message != "the option is for the other address family") {
    const bool framed = error.message.starts_with("The \"nat\" table");
    const bool loading = error.message.starts_with("Couldn't load ") || error.message.starts_with("Can't use -") ||
                         error.message.starts_with("--wait-interval only") || is_from_option_tables(error.message);
    if (error.message.starts_with("The -t option")) {
      complain("{0} {1}: The -t option cannot be used in {0}.\n\n", name, version());
    } else if (is_about_set(error.message)) {
      complain("{} {}: {}.\n\n", name, version(), error.message);
    } else {
      complain("{} {}: {}{}{}\n", name, version(), framed ? "\n" : "", error.message,
               framed ? "\n\n" : (loading ? "\n" : ""));
    }
  }
  if (line != 0) complain("Error occurred at line: {}\n", line == kBeforeTheFirstLine ? 0 : line);
  complain("Try `{} -h' or '{} --help' for more information.\n", name, name);
  return 2;
}

int Voice::no_table(std::string_view table) const {
  if (backend_ == BackendKind::legacy && ask_for_legacy_table(identity_.family, table) == EPERM) {
    return permission(table);
  }
  if (is_nft()) {
    complain("{} {}: table '{}' does not exist\n", program(), version(), table);
  } else {
    complain("{} {}: can't initialize {} table `{}': Table does not exist (do you need to insmod?)\n", program(),
             version(), identity_.plain(), table);
  }
  complain("Perhaps {} or your kernel needs to be upgraded.\n", identity_.plain());
  return 3;
}

int Voice::incompatible(std::string_view table, std::string_view chain) const {
  if (!chain.empty()) return incompatible_chain(table, chain);
  complain("{} {}: table `{}' is incompatible, use 'nft' tool.\n", program(), version(), table);
  return 1;
}

int Voice::incompatible_chain(std::string_view table, std::string_view chain) const {
  complain("{} {}: chain `{}' in table `{}' is incompatible, use 'nft' tool.\n", program(), version(), chain, table);
  return 1;
}

int Voice::unreadable(const std::vector<std::string>& refusals) const {
  for (const std::string& refusal : refusals) complain("Error: {}\n", refusal);
  complain("{0} {1}: Parsing nftables rule failed\nPerhaps {0} or your kernel needs to be upgraded.\n", program(),
           version());
  return 3;
}

int Voice::short_failure(std::string_view text, bool hint_at_dmesg) const {
  complain("{}: {}.{}\n", identity_.plain(), as_iptables_says(text),
           hint_at_dmesg ? " Run `dmesg' for more information." : "");
  return 1;
}

bool Voice::can_open_lock() {
  const int file = open(lock_file(), O_RDONLY | O_CREAT | O_CLOEXEC, 0600);
  if (file >= 0) close(file);
  return file >= 0;
}

bool Voice::lock_is_out_of_reach() {
  if (can_open_lock()) return false;
  complain("Fatal: can't open lock file {}: {}\n", lock_file(), std::strerror(errno));
  return true;
}

int Voice::permission(std::string_view table) const {
  if (is_nft()) {
    complain("{} {}: Could not fetch rule set generation id: Permission denied (you must be root)\n", program(),
             version());
    return 4;
  }
  if (lock_is_out_of_reach()) return 4;
  return cannot_initialize(table, "Permission denied (you must be root)");
}

int Voice::cannot_initialize(std::string_view table, std::string_view why) const {
  complain("{} {}: can't initialize {} table `{}': {}\n", program(), version(), identity_.plain(),
           table.empty() ? "filter" : table, why);
  complain("Perhaps {} or your kernel needs to be upgraded.\n", identity_.plain());
  return 3;
}

std::optional<int> Voice::lock_failure(const Error& error) {
  if (error.kind == ErrorKind::kLockUnavailable) {
    complain("{}\n", std::string_view(error.message).substr(0, error.message.find("; ")));
    return 4;
  }
  if (error.kind == ErrorKind::kLockHeld) {
    complain("Can't lock {}: Resource temporarily unavailable\n{}.\n", lock_file(), error.message);
    return 4;
  }
  return std::nullopt;
}

int Voice::failure(const Error& error, Leads leads) const {
  if (const auto status = lock_failure(error)) return *status;
  if (!is_nft() && error.errno_value == EAFNOSUPPORT) {
    return cannot_initialize(error.table, strerrordesc_np(error.errno_value));
  }
  if (error.code == Code::kPermission && !is_transaction_failure(error.message)) return permission(error.table);
  if (is_about_target(error)) {
    return usage(missing_chain(error.subject, leads));
  }
  if (is_transaction_failure(error.message)) {
    complain("{} {}:  {}\n", program(), version(), error.message);
    return 4;
  }
  if (error.code == Code::kBusy) {
    complain("{}\n", error.message);
    return 4;
  }
  if (error.code == Code::kUnsupported || is_about_set(error.message)) return usage(error);
  if (is_nft() && error.message.find(" match requires '-p ") != std::string::npos) {
    return usage(error);
  }
  // Where the error says more, iptables does not.
  const bool invalid = error.errno_value == EINVAL;
  return short_failure(invalid && error.message.starts_with(kInvalid) ? kInvalid : error.message, invalid);
}

int Voice::chain_failure(const Error& error) const {
  if (is_nft() || error.code != Code::kExists) return restore_failure(error, error.origin.line);
  return usage({Code::kExists, fmt::format("error creating chain '{}':File exists", error.chain)}, error.origin.line);
}

std::optional<int> Voice::malformed_line(const Error& error) const {
  const std::string name = program();
  const unsigned line = error.origin.line;
  const std::string& message = error.message;
  if (message.starts_with("expected `*TABLE`")) {
    complain("{}: line {} failed\n", name, line);
    return 1;
  }
  if (message.ends_with(": Bad policy name") || message.ends_with(": Bad built-in chain name")) {
    if (is_nft()) {
      complain("{}: line {} failed: Bad policy name.\n", name, line);
    } else {
      complain("{} {}: {}\n", name, version(), message);
    }
    return 1;
  }
  if (message.starts_with("table name '") && backend_ == BackendKind::legacy) {
    if (lock_is_out_of_reach()) return 4;
    const std::string_view table = std::string_view(message).substr(11, message.size() - 11 - 8);
    return usage({Code::kInvalidInput, fmt::format("{}: unable to initialize table {}", name, table)}, line);
  }
  for (const std::string_view begin : {"table name", "chain name invalid", "policy invalid"}) {
    if (!message.starts_with(begin)) continue;
    return usage({Code::kInvalidInput, fmt::format("{}: line {} {}", name, line, message)}, line);
  }
  return std::nullopt;
}

int Voice::out_of_reach(std::string_view table, unsigned line) const {
  if (is_nft()) return permission(table);
  if (lock_is_out_of_reach()) return 4;
  return usage({Code::kPermission, fmt::format("{}: unable to initialize table '{}'", program(), table)}, line);
}

int Voice::restore_failure(const Error& error, unsigned commit_line, Leads leads) const {
  const std::string name = program();
  if (const auto status = lock_failure(error)) return *status;
  if (const auto status = malformed_line(error)) return *status;
  if (error.message.starts_with("COMMIT expected")) {
    complain("{}: {}\n", name, error.message);
    return 1;
  }
  if (is_about_target(error)) {
    return usage(missing_chain(error.subject, leads), is_nft() ? commit_line : error.origin.line);
  }
  if (is_policy_in_command(error.message)) {
    complain("{}: line {} failed{}\n", name, error.origin.line, is_nft() ? ": " + error.message + "." : "");
    return 1;
  }
  if (is_rename_of_new_chain(error.message)) {
    complain("{} {}: \nline {}: CHAIN_RENAME failed (No such file or directory): chain {}\n", name, version(),
             error.origin.line, error.chain);
    return 4;
  }
  if (error.code == Code::kInvalidInput || error.code == Code::kUnsupported || is_about_set(error.message)) {
    return usage(error, is_nft() && is_about_goto(error) ? commit_line : error.origin.line);
  }
  if (is_nft()) {
    if (is_transaction_failure(error.message)) {
      complain("{} {}: \nline {}: {}\n", name, version(), error.origin.line, error.message);
      for (const RefusedLine& other : error.also_refused) {
        complain("line {}: {}\n", other.origin.line, other.message);
      }
      return 4;
    }
    complain("{}: line {} failed: {}.\n", name, error.origin.line, as_iptables_says(error.message));
    return 1;
  }
  complain("{}: line {} failed\n", name, error.origin.line);
  return 1;
}

}  // namespace ferrule::cli
