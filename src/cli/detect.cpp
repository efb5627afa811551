// ferrule detect: which backend is in use, and why.
#include <fmt/core.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "arguments.hpp"
#include "commands.hpp"

namespace ferrule::cli {
namespace {

nlohmann::ordered_json to_json(const FamilyVerdict& verdict) {
  return {{"backend", verdict_name(verdict)},
          {"native", verdict.native},
          {"reason", verdict.reason},
          {"evidence", verdict.evidence}};
}

void print_verdict(std::string_view family, const FamilyVerdict& verdict) {
  fmt::print("{}: {} ({})\n", family, verdict_name(verdict), verdict.native ? "native" : "spawned");
  fmt::print("  reason: {}\n", verdict.reason);
  for (const std::string& evidence : verdict.evidence) fmt::print("  evidence: {}\n", evidence);
}

int detect(const Common& common) {
  auto context = context_of(common);
  if (!context) return report_error(context.error());
  const auto options = engine_options_of(common);
  if (!options) return report_error(options.error());
  const auto inspection = Engine(*options).inspect(*context);
  if (!inspection) return report_error(inspection.error());
  if (common.json) {
    const nlohmann::ordered_json json = {{"ipv4", to_json(inspection->verdicts.ipv4)},
                                         {"ipv6", to_json(inspection->verdicts.ipv6)}};
    fmt::print("{}\n", json.dump(2));
    return kDone;
  }
  print_verdict("ipv4", inspection->verdicts.ipv4);
  print_verdict("ipv6", inspection->verdicts.ipv6);
  return kDone;
}

}  // namespace

void add_detect(CLI::App& app, Run& run) {
  auto common = std::make_shared<Common>();
  CLI::App* command = app.add_subcommand("detect", "Say which backend is in use in a namespace, and why");
  add_common(*command, *common);
  command->add_option("--policy", common->policy, "How to choose where nothing is forced (default: rules_first)")
      ->check(CLI::IsMember({"rules_first", "istio", "kubernetes"}));
  command->add_flag("--json", common->json, "Print JSON");
  command->callback([common, &run] { run = [common] { return detect(*common); }; });
}

}  // namespace ferrule::cli
