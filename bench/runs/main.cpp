// ferrule_bench NAME [--quick] [--json FILE] [--against LIBRARY]: one side-by-side run; see scripts/bench, which runs
// them all.
#include <fmt/core.h>

#include <array>
#include <exception>
#include <fstream>
#include <string_view>

#include "runs/runs.hpp"
#include "support/tools.hpp"

namespace {

using ferrule::bench::Settings;

struct Named {
  std::string_view name;
  nlohmann::ordered_json (*run)(const Settings&);
};
constexpr std::array kRuns = {
    Named{"detect", ferrule::bench::run_detect},     Named{"pod", ferrule::bench::run_pod},
    Named{"teardown", ferrule::bench::run_teardown}, Named{"churn", ferrule::bench::run_churn},
    Named{"start", ferrule::bench::run_start},       Named{"scale", ferrule::bench::run_scale}};

int usage() {
  fmt::print(
      stderr,
      "usage: ferrule_bench detect|pod|teardown|churn|start|scale [--quick] [--json FILE] [--against LIBRARY]\n");
  return 2;
}

int run(int argc, char** argv) {
  Settings settings;
  std::string_view name;
  const char* file = nullptr;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--quick") {
      settings.quick = true;
    } else if (word == "--json" && i + 1 < argc) {
      file = argv[++i];
    } else if (word == "--against" && i + 1 < argc) {
      settings.against = argv[++i];
    } else if (name.empty() && !word.starts_with('-')) {
      name = word;
    } else {
      return usage();
    }
  }
  for (const Named& each : kRuns) {
    if (each.name != name) continue;
    ferrule::bench::private_lock_file();
    const nlohmann::ordered_json result = each.run(settings);
    if (file != nullptr) std::ofstream(file) << result.dump(2) << "\n";
    return 0;
  }
  return usage();
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "ferrule_bench: {}\n", error.what());
    return 1;
  }
}
