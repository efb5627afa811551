// What backend does this namespace use? ferrule, and the commands that a mesh's CNI plugin runs to find out.
#include <memory>

#include "runs/runs.hpp"
#include "support/contest.hpp"
#include "support/pods.hpp"

namespace ferrule::bench {

nlohmann::ordered_json run_detect(const Settings& settings) {
  const Pods pods(BackendKind::nft, PodRules::example("ambient"));
  const Pods legacy_pods(BackendKind::legacy, PodRules::example("ambient"));
  const auto inspect = [&](const Pods& of, const Namespace& target) {
    const Context context = of.context(target);
    return microseconds([&] { (void)must(of.engine().inspect(context)); });
  };
  NamespacePool pool;
  Contest contest("Detection", "", {"plugin, 16 commands"});
  contest.add("ferrule, fresh namespace", [&](const Namespace& target) { return inspect(pods, target); });
  contest.add("ferrule, nft rules there", [&](const Namespace& target) {
    pods.set_up(target);
    return inspect(pods, target);
  });
  contest.add("ferrule, legacy rules there", [&](const Namespace& target) {
    legacy_pods.set_up(target);
    return inspect(legacy_pods, target);
  });
  contest.add("plugin, 16 commands", 4, [&](const Namespace& target) { return pods.plugin_detects(target); });
  contest.run(pool, settings.rounds(200));
  contest.print();
  return {contest.json()};
}

}  // namespace ferrule::bench
