// A pod's rules into its fresh namespace, IPv4 and IPv6.
#include "runs/runs.hpp"
#include "support/build_under_test.hpp"
#include "support/contest.hpp"
#include "support/peers.hpp"
#include "support/pods.hpp"

namespace ferrule::bench {
namespace {

Contest contest_of(const Pods& pods) {
  Contest contest("Pod setup, " + std::string(backend_name(pods.backend())), "floor", {"agent", "plugin"});
  contest.add("floor", [&](const Namespace& target) { return pods.floor(target); });
  contest.add("plan", [&](const Namespace& target) { return pods.plan(target); });
  contest.add("plan, backend given", [&](const Namespace& target) { return pods.plan_of_given_backend(target); });
  contest.add("text", [&](const Namespace& target) { return pods.text(target); });
  contest.add("agent", 4, [&](const Namespace& target) { return pods.agent(target); });
  contest.add("plugin", 8, [&](const Namespace& target) { return pods.plugin(target); });
  return contest;
}

// The same through the C interface of two builds.
nlohmann::ordered_json compare_builds(const Pods& pods, NamespacePool& pool, const Settings& settings) {
  const BuildUnderTest other(settings.against, pods.backend(), pods.rules());
  const BuildUnderTest own(FERRULE_SHARED_LIBRARY, pods.backend(), pods.rules());
  Contest contest("Two builds, " + std::string(backend_name(pods.backend())), "",
                  {"plan, other build", "text, other build"});
  contest.add("plan, other build", [&](const Namespace& target) { return other.plan(target); });
  contest.add("plan, this build", [&](const Namespace& target) { return own.plan(target); });
  contest.add("text, other build", [&](const Namespace& target) { return other.text(target); });
  contest.add("text, this build", [&](const Namespace& target) { return own.text(target); });
  contest.run(pool, settings.rounds(1000));
  contest.print();
  return contest.json();
}

}  // namespace

nlohmann::ordered_json run_pod(const Settings& settings) {
  nlohmann::ordered_json out = nlohmann::ordered_json::array();
  NamespacePool pool;
  for (const BackendKind backend : {BackendKind::legacy, BackendKind::nft}) {
    const Pods pods(backend, PodRules::example("ambient"));
    const PythonPeer python;
    const LibnftablesPeer libnftables(pods.rules());
    Contest contest = contest_of(pods);
    if (backend == BackendKind::nft) {
      contest.add("libnftables, in process", 2, [&](const Namespace& target) { return libnftables.run(target); });
    } else {
      contest.add("python3-iptables, in process", 4, [&](const Namespace& target) { return python.run(target); });
    }
    contest.run(pool, settings.rounds(400));
    contest.print();
    out.push_back(contest.json());
    if (!settings.against.empty()) out.push_back(compare_builds(pods, pool, settings));
  }
  return out;
}

}  // namespace ferrule::bench
