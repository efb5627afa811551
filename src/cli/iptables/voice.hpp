// Voice: what the iptables tools say when something goes wrong, to the byte, and the exit status that goes with it.
// Programs match on both. Two registers: complaints about the command line name program and version and point to the
// help (exit 2); what the kernel refused is short (exit 1, or 4 for an nf_tables transaction).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ferrule/detect.hpp"
#include "ferrule/error.hpp"
#include "ferrule/rule.hpp"
#include "iptables/identity.hpp"

namespace ferrule::cli {

inline constexpr std::string_view kVersion = "v1.8.9";  // whose behaviour this is

// How a rule leads to a chain that turns out not to exist: the words are others.
enum class Leads : uint8_t { kByJump, kByGoto };

class Voice {
 public:
  Voice(Identity identity, BackendKind backend) : identity_(std::move(identity)), backend_(backend) {}

  const Identity& identity() const { return identity_; }
  BackendKind backend() const { return backend_; }
  // "v1.8.9 (legacy)" or "v1.8.9 (nf_tables)".
  std::string version() const;
  // The name that messages begin with: iptables-restore's own where that is what was called.
  std::string program() const;

  // Whether the error is that a jump leads to nothing; that a policy is none; whether nf_tables itself refused.
  static bool is_about_target(const Error& error);
  static bool is_about_policy(const Error& error);
  static bool is_about_goto(const Error& error);
  static bool is_from_kernel(const Error& error);
  // Whether iptables-nft-restore --test, which reads the text and asks nobody about its rules, says so too.
  static bool is_found_by_reading(const Error& error);

  // Whether a rule was looked for in vain among rules of which some cannot be read.
  static bool passed_over_rules(const Error& error);

  // What the parser has to say about options that it takes all the same.
  static void notes(const std::vector<std::string>& notes);
  // A command line that cannot be understood. `line` is that of restore input, 0 elsewhere.
  static constexpr unsigned kBeforeTheFirstLine = 0xffffffff;  // printed as line 0
  int usage(const Error& error, unsigned line = 0) const;
  // A table that does not exist.
  int no_table(std::string_view table) const;
  // Whether the lock that comes before all else can be opened, and the same with a word where it cannot.
  static bool can_open_lock();
  static bool lock_is_out_of_reach();
  // A table, or a chain of it, that cannot be listed or is not there; without `chain`, the table.
  int incompatible(std::string_view table, std::string_view chain) const;
  int incompatible_chain(std::string_view table, std::string_view chain) const;
  // A rule that a listing stops at.
  int unreadable(const std::vector<std::string>& refusals) const;
  // What an operation came to.
  int failure(const Error& error, Leads leads = Leads::kByJump) const;
  // A `:CHAIN` line of restore input that could not be carried out.
  int chain_failure(const Error& error) const;
  // A table that may not be looked at, which stood in `line` of restore input.
  int out_of_reach(std::string_view table, unsigned line) const;
  // Failures while restoring.
  int restore_failure(const Error& error, unsigned commit_line, Leads leads = Leads::kByJump) const;

 private:
  bool is_nft() const { return backend_ == BackendKind::nft; }
  Error missing_chain(std::string_view target, Leads leads) const;
  int short_failure(std::string_view text, bool hint_at_dmesg) const;
  // A line of restore input that is no command; nothing for other errors.
  std::optional<int> malformed_line(const Error& error) const;
  int permission(std::string_view table) const;
  // A legacy table that cannot be opened.
  int cannot_initialize(std::string_view table, std::string_view why) const;
  // The lock that cannot be opened, or was not to be had in time; nothing for other errors.
  static std::optional<int> lock_failure(const Error& error);

  Identity identity_;
  BackendKind backend_;
};

}  // namespace ferrule::cli
