// Pods that come and go: set up and torn down by one thread and by two, through a plan and by the floor's system calls.
#include <fmt/core.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>

#include "backend_nft/kernel_view.hpp"
#include "backend_nft/planner.hpp"
#include "backend_nft/prebuilt.hpp"
#include "runs/runs.hpp"
#include "support/contest.hpp"
#include "support/pods.hpp"

namespace ferrule::bench {
namespace {

constexpr size_t kPods = 1000;
// So many namespaces stand ready at a time; making them is not measured.
constexpr size_t kChunk = 250;

// Sets up and tears down one pod; microseconds of either.
struct Life {
  double set_up = 0;
  double tear_down = 0;
};
using Way = std::function<Life(const Namespace&)>;

struct Outcome {
  size_t pods = 0;
  double seconds = 0;
  std::vector<double> set_ups = {};
  std::vector<double> tear_downs = {};
  double rate() const { return static_cast<double>(pods) / seconds; }
};

void churn(const Way& way, unsigned threads, size_t pods, Outcome& out) {
  std::vector<Namespace> namespaces;
  for (size_t i = 0; i < pods; ++i) namespaces.emplace_back();
  std::vector<Life> lives(pods);
  std::atomic<size_t> next = 0;
  std::atomic<bool> failed = false;
  const auto work = [&] {
    try {
      for (size_t i = next++; i < pods; i = next++) lives[i] = way(namespaces[i]);
    } catch (const std::exception& error) {
      fmt::print(stderr, "churn: {}\n", error.what());
      failed = true;
    }
  };
  out.seconds += microseconds([&] {
                   std::vector<std::jthread> others;
                   for (unsigned i = 1; i < threads; ++i) others.emplace_back(work);
                   work();
                 }) /
                 1e6;
  if (failed) throw std::runtime_error("a pod could not be set up");
  out.pods += pods;
  for (const Life& life : lives) {
    out.set_ups.push_back(life.set_up);
    out.tear_downs.push_back(life.tear_down);
  }
}

struct Contestant {
  std::string name;
  unsigned threads;
  Way way;
  Outcome outcome = {};
};

// What a plan's tables or batch make of a namespace, and one batch or call that takes it away, by bare system calls.
Way floor_way(const Pods& pods) {
  if (pods.is_nft()) {
    auto forward = std::make_shared<NftFloor>(nft::prebuild(pods.transaction()).value());
    // In a namespace that only the floor has touched, the ruleset is of generation 2 then, and handles begin at 1: one
    // batch that deletes the tables fits all of them.
    nft::Batch batch(2);
    for (const TableId table : {TableId::mangle, TableId::nat, TableId::raw}) {
      for (const Family family : {Family::ipv4, Family::ipv6}) {
        nft::delete_table(batch, {family, table}, {.action = nft::Action::table_flush});
      }
    }
    batch.finish(nft::Batch::Ending::kCommit);
    auto back = std::make_shared<NftFloor>(batch);
    return [forward, back](const Namespace& target) {
      return Life{forward->run(target, NftFloor::Closing::kMeasured), back->run(target, NftFloor::Closing::kAtTheEnd)};
    };
  }
  const legacy::PrebuiltTables tables = legacy::prebuild(pods.transaction()).value();
  auto forward = std::make_shared<LegacyFloor>(tables, LegacyFloor::Way::kForward);
  auto back = std::make_shared<LegacyFloor>(tables, LegacyFloor::Way::kBack);
  return [forward, back](const Namespace& target) { return Life{forward->run(target), back->run(target)}; };
}

// A plan, and an empty table for each one that it made.
Way plan_way(const Pods& pods) {
  std::string text;
  for (const char* table : {"mangle", "nat", "raw"}) text += std::string("*") + table + "\nCOMMIT\n";
  auto nothing = std::make_shared<Transaction>(parse_both(text, text, Existing::kReplace));
  return [&pods, nothing](const Namespace& target) {
    Life life{.set_up = pods.plan(target)};
    const Context context = pods.context(target);
    life.tear_down = microseconds([&] { must(pods.engine().apply(context, *nothing)); });
    return life;
  };
}

nlohmann::ordered_json churn_of(const Pods& pods, const Settings& settings) {
  std::vector<Contestant> contestants;
  for (const unsigned threads : {1U, 2U}) {
    contestants.push_back({.name = "floor", .threads = threads, .way = floor_way(pods)});
    contestants.push_back({.name = "plan", .threads = threads, .way = plan_way(pods)});
  }
  const size_t pods_each = settings.quick ? kChunk : kPods;
  for (size_t done = 0; done < pods_each; done += kChunk) {
    for (Contestant& each : contestants) churn(each.way, each.threads, kChunk, each.outcome);
  }
  const std::string backend(backend_name(pods.backend()));
  fmt::print("\nChurn, {}: {} pods set up and torn down\n  {:<8} {:>8} {:>10} {:>14} {:>12} {:>14} {:>12} {:>12}\n",
             backend, pods_each, "", "threads", "pods/s", "set up µs", "p99", "tear down µs", "p99", "× 1 thread");
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const Contestant& each : contestants) {
    const auto single = std::ranges::find_if(contestants, [&](const Contestant& c) { return c.name == each.name; });
    const Statistics up = statistics(each.outcome.set_ups);
    const Statistics down = statistics(each.outcome.tear_downs);
    const double scaling = each.outcome.rate() / single->outcome.rate();
    fmt::print("  {:<8} {:>8} {:>10.0f} {:>14.1f} {:>12.1f} {:>14.1f} {:>12.1f} {:>12.2f}\n", each.name, each.threads,
               each.outcome.rate(), up.median, up.p99, down.median, down.p99, scaling);
    rows.push_back(
        {{"name", each.name + ", " + std::to_string(each.threads) + (each.threads == 1 ? " thread" : " threads")},
         {"pods_per_second", each.outcome.rate()},
         {"median_us", up.median},
         {"p99_us", up.p99},
         {"tear_down_median_us", down.median},
         {"tear_down_p99_us", down.p99},
         {"over_one_thread", scaling}});
  }
  return {{"title", "Churn, " + backend}, {"rows", std::move(rows)}};
}

}  // namespace

nlohmann::ordered_json run_churn(const Settings& settings) {
  nlohmann::ordered_json out = nlohmann::ordered_json::array();
  for (const BackendKind backend : {BackendKind::legacy, BackendKind::nft}) {
    out.push_back(churn_of(Pods(backend, PodRules::example("ambient")), settings));
  }
  return out;
}

}  // namespace ferrule::bench
