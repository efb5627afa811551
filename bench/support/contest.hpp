// Contest: several ways to do the same, measured side by side. They take turns, one measurement each, so that whatever
// else happens on the machine happens to all of them; what counts is the ratio of their medians in one run.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "support/namespaces.hpp"

namespace ferrule::bench {

struct Statistics {
  size_t count = 0;
  double minimum = 0;
  double median = 0;
  double p99 = 0;
};
// In the unit of the samples. Of none, all zero.
Statistics statistics(std::vector<double> samples);

// How much patience there is.
struct Effort {
  size_t rounds = 200;
  bool quick = false;
};

class Contest {
 public:
  // `baseline` and `today` are names of contestants that the others are compared with: the floor, and what users run.
  // Either may be empty.
  Contest(std::string title, std::string floor, std::vector<std::string> today);

  // `measure` prepares, does what is measured and returns how long that took, in microseconds.
  using Measure = std::function<double(const Namespace&)>;
  void add(std::string name, Measure measure);
  // One that takes milliseconds need not be measured as often: every `every`th round.
  void add(std::string name, size_t every, Measure measure);

  void run(NamespacePool& pool, size_t rounds);
  // A table on standard output.
  void print() const;
  nlohmann::ordered_json json() const;

 private:
  struct Contestant {
    std::string name;
    size_t every;
    Measure measure;
    std::vector<double> samples;
  };
  double median_of(const std::string& name) const;

  std::string title_;
  std::string floor_;
  std::vector<std::string> today_;
  std::vector<Contestant> contestants_;
};

// Microseconds that `action` takes.
double microseconds(const std::function<void()>& action);

}  // namespace ferrule::bench
