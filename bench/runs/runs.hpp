// The side-by-side runs, one function each. Each prints its tables and returns what they hold.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace ferrule::bench {

struct Settings {
  bool quick = false;  // for a first look: fewer rounds, smaller rulesets
  // The shared library of another build, to be measured in the same run; empty for none.
  std::string against = {};
  // `full` rounds, or a tenth of them.
  size_t rounds(size_t full) const { return quick ? full / 10 + 2 : full; }
};

nlohmann::ordered_json run_detect(const Settings& settings);
nlohmann::ordered_json run_pod(const Settings& settings);
nlohmann::ordered_json run_teardown(const Settings& settings);
nlohmann::ordered_json run_churn(const Settings& settings);
nlohmann::ordered_json run_start(const Settings& settings);
nlohmann::ordered_json run_scale(const Settings& settings);

}  // namespace ferrule::bench
