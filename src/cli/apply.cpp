// ferrule apply: iptables-restore input into a namespace.

#include <memory>
#include <utility>

#include "arguments.hpp"
#include "commands.hpp"
#include "ferrule/plan.hpp"
#include "foreign.hpp"
#include "rule_input.hpp"
#include "say.hpp"

namespace ferrule::cli {
namespace {

struct ApplyOptions {
  Common common;
  RuleInput input;
  bool dry_run = false;
  bool dump_plan = false;
  bool keep_foreign = false;
};

Error would_remove(const std::vector<std::string>& foreign) {
  Error error{.code = Code::kRefused,
              .message = "nothing was changed, since this would remove what iptables did not make"};
  for (const std::string& each : foreign) error.message += "; " + each;
  return error;
}

int dump_plan(const Engine& engine, const Context& context, Transaction transaction, const Common& common) {
  const auto plan = engine.compile(context, std::move(transaction));
  if (!plan) return report_error(plan.error(), common);
  say("{}", plan->dump());
  return kDone;
}

int apply(const ApplyOptions& options) {
  auto transaction = read_transaction(options.input);
  if (!transaction) return report_error(transaction.error(), options.common);
  auto context = context_of(options.common);
  if (!context) return report_error(context.error(), options.common);
  const auto engine_options = engine_options_of(options.common);
  if (!engine_options) return report_error(engine_options.error(), options.common);
  const Engine engine(*engine_options);
  if (options.dump_plan) return dump_plan(engine, *context, *std::move(transaction), options.common);
  if (const auto foreign = foreign_to_go(engine, *context, *transaction); !foreign) {
    return report_error(foreign.error(), options.common);
  } else if (!foreign->empty()) {
    if (options.keep_foreign) return report_error(would_remove(*foreign), options.common);
    for (const std::string& each : *foreign) {
      complain("ferrule: {} {}\n", options.dry_run ? "would remove" : "removing", each);
    }
  }
  const auto report =
      options.dry_run ? engine.check(*context, *transaction) : engine.apply(*context, *std::move(transaction));
  const Wording wording =
      options.dry_run ? Wording{.done = "would apply", .step = "check"} : Wording{.done = "applied", .step = "commit"};
  return print(report, wording, options.common);
}

}  // namespace

void add_apply(CLI::App& app, Run& run) {
  auto options = std::make_shared<ApplyOptions>();
  CLI::App* command = app.add_subcommand(
      "apply", "Apply iptables-restore input; with --ipv4 and --ipv6 together it is one transaction");
  add_common(*command, options->common);
  add_rule_input(*command, options->input);
  command->add_flag("--dry-run", options->dry_run, "Check everything that can be checked, change nothing");
  command
      ->add_flag("--dump-plan", options->dump_plan,
                 "Show the bytes that a namespace without rules would get, as text, and change nothing")
      ->excludes("--dry-run");
  command->add_flag("--keep-foreign", options->keep_foreign,
                    "Refuse to replace a table that holds what iptables cannot show: rules, sets and chains of nft");
  command->add_flag("--json", options->common.json, "Print what was done as JSON");
  command->callback([options, &run] { run = [options] { return apply(*options); }; });
}

}  // namespace ferrule::cli
