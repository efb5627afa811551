// What needs no kernel, function by function (Google Benchmark).
#include <benchmark/benchmark.h>

#include <span>
#include <string>
#include <vector>

#include "backend_legacy/prebuilt.hpp"
#include "backend_nft/prebuilt.hpp"
#include "ferrule/text.hpp"
#include "oracle/case_file.hpp"
#include "support/kube_rules.hpp"
#include "support/pods.hpp"

namespace ferrule::bench {
namespace {

void count_rules(benchmark::State& state, const Transaction& transaction) {
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(transaction.rule_count()));
}

void parse_pod(benchmark::State& state) {
  const PodRules rules = PodRules::example("ambient");
  Transaction parsed;
  for (auto _ : state) benchmark::DoNotOptimize(parsed = parse_both(rules.ipv4, rules.ipv6));
  count_rules(state, parsed);
}
BENCHMARK(parse_pod);

void parse_kube(benchmark::State& state) {
  const std::string text = kube_rules(static_cast<size_t>(state.range(0)));
  Transaction parsed;
  for (auto _ : state) benchmark::DoNotOptimize(parsed = must(parse_restore(Family::ipv4, text)));
  count_rules(state, parsed);
}
BENCHMARK(parse_kube)->Arg(1000)->Arg(10'000);

void write_legacy(benchmark::State& state) {
  const Transaction rules = must(parse_restore(Family::ipv4, kube_rules(static_cast<size_t>(state.range(0)))));
  for (auto _ : state) benchmark::DoNotOptimize(legacy::prebuild(rules));
  count_rules(state, rules);
}
BENCHMARK(write_legacy)->Arg(1000)->Arg(10'000);

void write_nft(benchmark::State& state) {
  const Transaction rules = must(parse_restore(Family::ipv4, kube_rules(static_cast<size_t>(state.range(0)))));
  for (auto _ : state) benchmark::DoNotOptimize(nft::prebuild(rules));
  count_rules(state, rules);
}
BENCHMARK(write_nft)->Arg(1000)->Arg(10'000);

// One rule for each case of tests/cases that iptables takes on both backends: every option of every extension. Those
// that need an ipset cannot be written beforehand and are left out.
const std::string& case_rules() {
  static const std::string text = [] {
    std::vector<test::Case> kept;
    for (const auto& path : test::case_file_paths()) {
      for (const test::Case& each : test::read_case_file(path).cases) {
        if (each.expected != test::Expected::accepted || !each.ipv4 || each.only) continue;
        const auto parsed = parse_restore(Family::ipv4, test::restore_text(std::span(&each, 1)));
        if (parsed && legacy::prebuild(*parsed) && nft::prebuild(*parsed)) kept.push_back(each);
      }
    }
    return test::restore_text(kept);
  }();
  return text;
}

void parse_cases(benchmark::State& state) {
  Transaction parsed;
  for (auto _ : state) benchmark::DoNotOptimize(parsed = must(parse_restore(Family::ipv4, case_rules())));
  count_rules(state, parsed);
}
BENCHMARK(parse_cases);

void parse_and_write_cases_legacy(benchmark::State& state) {
  Transaction parsed;
  for (auto _ : state) {
    parsed = must(parse_restore(Family::ipv4, case_rules()));
    const auto written = legacy::prebuild(parsed);
    if (!written) return state.SkipWithError("cannot be written beforehand");
    benchmark::DoNotOptimize(written);
  }
  count_rules(state, parsed);
}
BENCHMARK(parse_and_write_cases_legacy);

void parse_and_write_cases_nft(benchmark::State& state) {
  Transaction parsed;
  for (auto _ : state) {
    parsed = must(parse_restore(Family::ipv4, case_rules()));
    const auto written = nft::prebuild(parsed);
    if (!written) return state.SkipWithError("cannot be written beforehand");
    benchmark::DoNotOptimize(written);
  }
  count_rules(state, parsed);
}
BENCHMARK(parse_and_write_cases_nft);

}  // namespace
}  // namespace ferrule::bench

BENCHMARK_MAIN();
