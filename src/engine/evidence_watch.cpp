// Listening for changes of nf_tables would load its module, so it begins only where nf_tables is there.
#include "engine/evidence_watch.hpp"

#include <algorithm>
#include <optional>
#include <thread>

#include "netlink/changes.hpp"

namespace ferrule::engine {
namespace {

using Clock = std::chrono::steady_clock;
bool is_in_the_dark(const Inspection& inspection) {
  return inspection.verdicts.ipv4.outcome == Outcome::undetermined ||
         inspection.verdicts.ipv6.outcome == Outcome::undetermined;
}

}  // namespace

Inspection watch_for_evidence(Chooser& chooser, const Context& context, std::chrono::milliseconds timeout,
                              const WatchPace& pace) {
  const Clock::time_point end = Clock::now() + timeout;
  std::optional<netlink::Changes> changes;
  while (true) {
    const Clock::time_point looked = Clock::now();
    Inspection found = chooser.inspect(context, detect::Depth::kDecide);
    if (is_certain(found) || Clock::now() >= end) return found;
    const bool can_tell = found.facts.ipv4.nft.presence == Presence::present;
    if (can_tell && !changes) {
      changes.emplace();
      if (changes->can_tell()) continue;  // something may have come before it listened
    }
    const auto pause = is_in_the_dark(found) ? pace.ask_binaries_every : pace.look_every;
    const auto time =
        std::chrono::ceil<std::chrono::milliseconds>(std::min<Clock::duration>(pause, end - Clock::now()));
    if (changes) {
      changes->wait(time);
    } else {
      std::this_thread::sleep_for(time);
    }
    std::this_thread::sleep_until(std::min(looked + pace.at_most_every, end));
  }
}

}  // namespace ferrule::engine
