// What needs no kernel, function by function (Google Benchmark).
#include <benchmark/benchmark.h>

#include "backend_legacy/prebuilt.hpp"
#include "backend_nft/prebuilt.hpp"
#include "ferrule/text.hpp"
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

}  // namespace
}  // namespace ferrule::bench

BENCHMARK_MAIN();
