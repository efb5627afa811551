// Voice: what the iptables tools say when something goes wrong, to the byte, and the exit status that goes with it.
// Programs match on both. Two registers: complaints about the command line name program and version and point to the
// help (exit 2); what the kernel refused is short (exit 1, or 4 for an nf_tables transaction).
#pragma once

#include <string>
#include <string_view>

#include "ferrule/detect.hpp"
#include "ferrule/error.hpp"
#include "ferrule/rule.hpp"
#include "identity.hpp"

namespace ferrule::cli {

inline constexpr std::string_view kVersion = "v1.8.9";  // whose behaviour this is

class Voice {
 public:
  Voice(Identity identity, BackendKind backend) : identity_(std::move(identity)), backend_(backend) {}

  const Identity& identity() const { return identity_; }
  BackendKind backend() const { return backend_; }
  // "v1.8.9 (legacy)" or "v1.8.9 (nf_tables)".
  std::string version() const;
  // The name that messages begin with: iptables-restore's own where that is what was called.
  std::string program() const;

  // A command line that cannot be understood. `line` is that of restore input, 0 elsewhere.
  int usage(const Error& error, unsigned line = 0) const;
  // A table that does not exist.
  int no_table(std::string_view table) const;
  // What an operation came to; `rule_of_extension` says that the rule to be found has a target of its own, which legacy
  // words differently when it is not there.
  int failure(const Error& error, TargetKind rule_target) const;
  // Failures while restoring.
  int restore_failure(const Error& error, unsigned commit_line) const;

 private:
  int short_failure(std::string_view text, bool hint_at_dmesg) const;
  int permission() const;

  Identity identity_;
  BackendKind backend_;
};

}  // namespace ferrule::cli
