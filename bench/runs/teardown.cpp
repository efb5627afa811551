// Taking a pod's rules away again, and putting them in the place of what is there.
#include <optional>

#include "backend_nft/kernel_view.hpp"
#include "backend_nft/planner.hpp"
#include "runs/runs.hpp"
#include "support/contest.hpp"
#include "support/pods.hpp"

namespace ferrule::bench {
namespace {

struct Job {
  const char* title;
  Transaction transaction;
  std::string ipv4;
  std::string ipv6;
  Existing existing;
  LegacyFloor::Way way;
};

// The batch that ferrule would send to this namespace now.
nft::Batch batch_for(const Namespace& target, const Transaction& transaction) {
  const Inside inside(target);
  netlink::Socket socket = must(netlink::Socket::open());
  nft::KernelView view = must(nft::KernelView::open(socket));
  nft::Batch batch = must(nft::Planner(transaction, view).run());
  batch.finish(nft::Batch::Ending::kCommit);
  return batch;
}

double floor_of(const Pods& pods, const Job& job, const std::optional<LegacyFloor>& legacy, const Namespace& target) {
  pods.set_up(target);
  if (legacy) return legacy->run(target);
  return NftFloor(batch_for(target, job.transaction)).run(target, NftFloor::Closing::kAfterwards);
}

double by_ferrule(const Pods& pods, const Job& job, const Namespace& target) {
  pods.set_up(target);
  const Context context = pods.context(target);
  Result<Report> report = fail(Code::kSystem, "");
  const double time =
      microseconds([&] { report = pods.engine().apply(context, parse_both(job.ipv4, job.ipv6, job.existing)); });
  must(std::move(report));
  return time;
}

double by_tool(const Pods& pods, const Job& job, const Namespace& target) {
  pods.set_up(target);
  const Inside inside(target);
  const std::string backend(backend_name(pods.backend()));
  const auto restore = [&](const std::string& family, const std::string& text) {
    std::vector<std::string> argv = {family + "-" + backend + "-restore"};
    if (job.existing == Existing::kKeep) argv.emplace_back("--noflush");
    must_run(argv, text);
  };
  return microseconds([&] {
    restore("iptables", job.ipv4);
    restore("ip6tables", job.ipv6);
  });
}

nlohmann::ordered_json contest(const Pods& pods, const Job& job, NamespacePool& pool, size_t rounds) {
  std::optional<LegacyFloor> legacy;
  if (!pods.is_nft()) legacy.emplace(legacy::prebuild(pods.transaction()).value(), job.way);
  Contest contest(std::string(job.title) + ", " + std::string(backend_name(pods.backend())), "floor", {"restore"});
  contest.add("floor", [&](const Namespace& target) { return floor_of(pods, job, legacy, target); });
  contest.add("text", [&](const Namespace& target) { return by_ferrule(pods, job, target); });
  contest.add("restore", 4, [&](const Namespace& target) { return by_tool(pods, job, target); });
  contest.run(pool, rounds);
  contest.print();
  return contest.json();
}

}  // namespace

nlohmann::ordered_json run_teardown(const Settings& settings) {
  nlohmann::ordered_json out = nlohmann::ordered_json::array();
  NamespacePool pool;
  for (const BackendKind backend : {BackendKind::legacy, BackendKind::nft}) {
    const Pods pods(backend, PodRules::example("ambient"));
    const PodRules& rules = pods.rules();
    const Job jobs[] = {{"Pod teardown", parse_both(rules.teardown_ipv4, rules.teardown_ipv6), rules.teardown_ipv4,
                         rules.teardown_ipv6, Existing::kKeep, LegacyFloor::Way::kBack},
                        {"Pod replace", parse_both(rules.ipv4, rules.ipv6, Existing::kReplace), rules.ipv4, rules.ipv6,
                         Existing::kReplace, LegacyFloor::Way::kAgain}};
    for (const Job& job : jobs) out.push_back(contest(pods, job, pool, settings.rounds(300)));
  }
  return out;
}

}  // namespace ferrule::bench
