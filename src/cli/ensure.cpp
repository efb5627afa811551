// ferrule ensure: iptables-restore input as a state to be in.

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "arguments.hpp"
#include "commands.hpp"
#include "ferrule/text.hpp"
#include "rule_input.hpp"
#include "say.hpp"

namespace ferrule::cli {
namespace {

struct EnsureOptions {
  Common common;
  RuleInput input;
  bool dry_run = false;
};

// As restore input that --noflush is meant for.
int print_missing(const Transaction& missing, const EnsureOptions& options) {
  nlohmann::ordered_json json = {{"dry_run", true}};
  for (const Family family : {Family::ipv4, Family::ipv6}) {
    const auto text = to_restore_text(missing, family);
    if (!text) return report_error(text.error(), options.common);
    json["missing"][std::string(family_name(family))] = *text;
    if (!options.common.json && !text->empty()) say("# {}\n{}", family_name(family), *text);
  }
  if (options.common.json) {
    say("{}\n", json.dump(2));
  } else if (missing.changes.empty()) {
    say("# nothing is missing\n");
  }
  return kDone;
}

int ensure(const EnsureOptions& options) {
  const auto wanted = read_transaction(options.input);
  if (!wanted) return report_error(wanted.error(), options.common);
  const auto context = context_of(options.common);
  if (!context) return report_error(context.error(), options.common);
  const auto engine_options = engine_options_of(options.common);
  if (!engine_options) return report_error(engine_options.error(), options.common);
  const Engine engine(*engine_options);
  if (options.dry_run) {
    const auto missing = engine.missing(*context, *wanted);
    return missing ? print_missing(*missing, options) : report_error(missing.error(), options.common);
  }
  const Wording wording{.done = "changed", .step = "look and commit"};
  return print(engine.ensure(*context, *wanted), wording, options.common);
}

}  // namespace

void add_ensure(CLI::App& app, Run& run) {
  auto options = std::make_shared<EnsureOptions>();
  CLI::App* command = app.add_subcommand(
      "ensure", "Take iptables-restore input as a state to be in, and change only what is not so yet");
  add_common(*command, options->common);
  add_rule_input(*command, options->input);
  command->add_flag("--dry-run", options->dry_run, "Print what is missing, as restore input; change nothing");
  command->add_flag("--json", options->common.json, "Print what was done as JSON");
  command->callback([options, &run] { run = [options] { return ensure(*options); }; });
}

}  // namespace ferrule::cli
