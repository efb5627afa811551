// What the subcommands of `ferrule` share: their common options, and how an error becomes text and an exit status.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "ferrule/engine.hpp"

namespace ferrule::cli {

// Exit statuses, as ferrule(1) documents them.
enum Exit : int { kDone = 0, kFailed = 1, kUsage = 2, kTryAgain = 4, kUnknownOutcome = 6 };

// Options that every subcommand has.
struct Common {
  std::string netns;
  std::string context;
  std::string path;
  std::string root;
  std::string backend = "auto";
  std::string policy = "rules_first";
  bool json = false;
  bool allow_module_load = false;
};

// --netns, --context, --path, --root, --backend and --allow-module-load.
void add_common(CLI::App& command, Common& common);

// The search path is --path, else $PATH, else the usual directories. $XTABLES_LOCKFILE counts as it does for iptables.
Result<Context> context_of(const Common& common);
Result<EngineOptions> engine_options_of(const Common& common);

int exit_status(const Error& error);
// Prints `error` on standard error, with --json also as JSON on standard output, and returns its exit status.
int report_error(const Error& error, const Common& common);

}  // namespace ferrule::cli
