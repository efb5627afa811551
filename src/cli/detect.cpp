// ferrule detect: which backend is in use, and why.

#include <cmath>
#include <memory>

#include "arguments.hpp"
#include "commands.hpp"
#include "inspection_json.hpp"
#include "inspection_text.hpp"
#include "say.hpp"

namespace ferrule::cli {
namespace {

struct DetectArguments {
  Common common;
  bool explain = false;
  std::optional<double> wait;  // seconds
};

int detect(const DetectArguments& arguments) {
  auto context = context_of(arguments.common);
  if (!context) return report_error(context.error(), arguments.common);
  const auto options = engine_options_of(arguments.common);
  if (!options) return report_error(options.error(), arguments.common);
  const Engine engine(*options);
  if (arguments.wait) {
    const auto time = std::chrono::milliseconds(std::llround(*arguments.wait * 1000));
    if (const auto waited = engine.wait_for_evidence(*context, time); !waited)
      return report_error(waited.error(), arguments.common);
  }
  const auto inspection = engine.inspect(*context, arguments.explain ? InspectDepth::kExplain : InspectDepth::kDecide);
  if (!inspection) return report_error(inspection.error(), arguments.common);
  say("{}", arguments.common.json ? to_json(*inspection).dump(2) + "\n" : to_text(*inspection));
  return arguments.wait && !is_certain(*inspection) ? kTryAgain : kDone;
}

}  // namespace

void add_detect(CLI::App& app, Run& run) {
  auto arguments = std::make_shared<DetectArguments>();
  CLI::App* command = app.add_subcommand("detect", "Say which backend is in use in a namespace, and why");
  add_common(*command, arguments->common);
  command
      ->add_option("--policy", arguments->common.policy, "How to choose where nothing is forced (default: rules_first)")
      ->check(CLI::IsMember({"rules_first", "istio", "kubernetes"}));
  command->add_flag(
      "--explain", arguments->explain,
      "Print every fact, what every policy says, and the binaries found, which are run for their version");
  command
      ->add_option("--wait", arguments->wait,
                   "Wait up to so many seconds for hint chains or rules to go by; exit status 4 when none came")
      ->check(CLI::Range(0.0, 1e6));
  command->add_flag("--json", arguments->common.json, "Print JSON");
  command->callback([arguments, &run] { run = [arguments] { return detect(*arguments); }; });
}

}  // namespace ferrule::cli
