#include "support/contest.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace ferrule::bench {
namespace {

// So many namespaces are open at once.
constexpr size_t kChunk = 240;

std::string ratio(double a, double b) { return a > 0 && b > 0 ? fmt::format("{:.3g}", a / b) : std::string("-"); }

}  // namespace

Statistics statistics(std::vector<double> samples) {
  if (samples.empty()) return {};
  std::sort(samples.begin(), samples.end());
  const size_t last = samples.size() - 1;
  const size_t p99 = std::min(last, samples.size() * 99 / 100);
  const double median = (samples[last / 2] + samples[samples.size() / 2]) / 2;
  return {.count = samples.size(), .minimum = samples.front(), .median = median, .p99 = samples[p99]};
}

double microseconds(const std::function<void()>& action) {
  const auto begin = std::chrono::steady_clock::now();
  action();
  return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin).count();
}

Contest::Contest(std::string title, std::string floor, std::vector<std::string> today)
    : title_(std::move(title)), floor_(std::move(floor)), today_(std::move(today)) {}

void Contest::add(std::string name, Measure measure) { add(std::move(name), 1, std::move(measure)); }

void Contest::add(std::string name, size_t every, Measure measure) {
  contestants_.push_back({.name = std::move(name), .every = every, .measure = std::move(measure), .samples = {}});
}

void Contest::run(NamespacePool& pool, size_t rounds) {
  const size_t per_chunk = std::max<size_t>(1, kChunk / contestants_.size());
  // One round to warm up, which does not count.
  for (size_t round = 0; round <= rounds; ++round) {
    if (round % per_chunk == 0) pool.refill(std::min(per_chunk, rounds + 1 - round) * contestants_.size());
    for (size_t i = 0; i < contestants_.size(); ++i) {
      Contestant& contestant = contestants_[(i + round) % contestants_.size()];
      if (round % contestant.every != 0) continue;
      const double time = contestant.measure(pool.take());
      if (round != 0) contestant.samples.push_back(time);
    }
  }
}

double Contest::median_of(const std::string& name) const {
  const auto found =
      std::find_if(contestants_.begin(), contestants_.end(), [&](const auto& c) { return c.name == name; });
  return found == contestants_.end() ? 0 : statistics(found->samples).median;
}

void Contest::print() const {
  fmt::print("\n{}\n  {:<34} {:>6} {:>11} {:>11} {:>11} {:>9}", title_, "", "n", "min µs", "median µs", "p99 µs",
             "× floor");
  for (const std::string& name : today_) fmt::print("  {:>20}", "× faster than " + name.substr(0, 6));
  fmt::print("\n");
  for (const Contestant& contestant : contestants_) {
    const Statistics s = statistics(contestant.samples);
    fmt::print("  {:<34} {:>6} {:>11.1f} {:>11.1f} {:>11.1f} {:>9}", contestant.name, s.count, s.minimum, s.median,
               s.p99, ratio(s.median, median_of(floor_)));
    for (const std::string& name : today_) fmt::print("  {:>20}", ratio(median_of(name), s.median));
    fmt::print("\n");
  }
}

nlohmann::ordered_json Contest::json() const {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const Contestant& contestant : contestants_) {
    const Statistics s = statistics(contestant.samples);
    nlohmann::ordered_json row = {
        {"name", contestant.name}, {"n", s.count}, {"min_us", s.minimum}, {"median_us", s.median}, {"p99_us", s.p99}};
    if (const double floor = median_of(floor_); floor > 0) row["over_floor"] = s.median / floor;
    for (const std::string& name : today_) {
      if (s.median > 0) row["faster_than"][name] = median_of(name) / s.median;
    }
    rows.push_back(std::move(row));
  }
  return {{"title", title_}, {"floor", floor_}, {"rows", std::move(rows)}};
}

}  // namespace ferrule::bench
