// Waiting for evidence: hint chains or rules that make the choice of a backend certain.
#pragma once

#include <chrono>

#include "engine/choice.hpp"
#include "ferrule/context.hpp"
#include "ferrule/detect.hpp"

namespace ferrule::engine {

struct WatchPace {
  // How often to look where nothing tells of changes, and how often at most where something does.
  std::chrono::milliseconds look_every = std::chrono::milliseconds(200);
  std::chrono::milliseconds at_most_every = std::chrono::milliseconds(10);
  // How often where each look takes binaries.
  std::chrono::milliseconds ask_binaries_every = std::chrono::seconds(1);
};

// In the namespace that the calling thread is in; comes back when the choice is certain or the time is over.
Inspection watch_for_evidence(Chooser& chooser, const Context& context, std::chrono::milliseconds timeout,
                              const WatchPace& pace = {});

}  // namespace ferrule::engine
