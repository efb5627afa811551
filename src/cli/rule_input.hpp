// What `ferrule apply` and `ferrule ensure` share: rules from files, and what to print of a Report.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "arguments.hpp"
#include "ferrule/engine.hpp"

namespace ferrule::cli {

struct RuleInput {
  std::string ipv4;
  std::string ipv6;
  bool noflush = false;
  bool counters = false;
};

void add_rule_input(CLI::App& command, RuleInput& input);

// Both families as one transaction. kInvalidInput for files that cannot be read, or no file at all.
Result<Transaction> read_transaction(const RuleInput& input);

// The words of a line about what was done.
struct Wording {
  std::string_view done;  // "applied"
  std::string_view step;  // "commit"
};

// Prints it as text or, where that is asked for, as JSON, or says what went wrong. Returns the exit status.
int print(const Result<Report>& report, const Wording& wording, const Common& common);

}  // namespace ferrule::cli
