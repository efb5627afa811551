// Network namespaces of another user namespace than the caller's (a pod with `hostUsers: false`, say). The kernel takes
// some rules from nobody outside of it, and a legacy table with one such rule not at all; so every change is made by a
// process that has joined it, see netns/joined_process.hpp. Reading works from outside.
#pragma once

#include <functional>
#include <span>

#include "backend/backend.hpp"
#include "engine/choice.hpp"

namespace ferrule::engine {

using Action = std::function<Result<CommitStats>(Chooser&, const Context&)>;

// Calls `action` with `chooser` and `context` in the namespace that the calling thread is in: in this process where
// that belongs to the thread's own user namespace, or where it cannot be joined; else in a process inside of it, with a
// chooser and a context that fit there. `action` must not change anything outside of itself that its caller reads.
Result<CommitStats> as_owner(Chooser& chooser, const Context& context, std::span<const Choice> choices,
                             const Action& action);

}  // namespace ferrule::engine
