#include "engine/owner.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "engine/outcome_bytes.hpp"
#include "netns/joined_process.hpp"
#include "netns/namespace_file.hpp"

namespace ferrule::engine {
namespace {

using netns::JoinedOutcome;

// For what runs in the other user namespace: it can hold the lock of its namespace, and stop the process that works
// there.
constexpr std::chrono::milliseconds kMostWait = std::chrono::seconds(30);

std::chrono::milliseconds wait_of(const Context& context) {
  return std::min(context.lock.wait.value_or(kMostWait), kMostWait);
}

Context inside(const Context& context) {
  Context out = context;
  out.netns = NetNs::current();
  out.lock = {.scope = LockScope::kNamespace, .file = {}, .wait = wait_of(context)};
  return out;
}

// Always finite. Binaries have the same deadline, each of two of them.
std::chrono::milliseconds deadline_of(const Context& context, std::span<const Choice> choices) {
  const bool spawns = !std::ranges::all_of(choices, &Choice::native);
  return wait_of(context) + context.spawn_deadline * (spawns ? 2 : 1);
}

// It may have done its work before it ended.
tl::unexpected<Error> lost(std::string_view why) {
  return fail(Code::kOutcomeUnknown, "the network namespace belongs to another user namespace, and " +
                                         std::string(why) +
                                         "; whether the change took place is not known: read the rules and compare");
}

Error with_hint(Error error, const std::string& why) {
  if (error.code == Code::kInvalidInput || error.code == Code::kBusy) return error;
  error.message += "; the network namespace belongs to another user namespace, and " + why;
  return error;
}

}  // namespace

Result<CommitStats> as_owner(Chooser& chooser, const Context& context, std::span<const Choice> choices,
                             const Action& action) {
  const auto place = netns::foreign_place();
  if (!place) return action(chooser, context);
  const JoinedOutcome outcome =
      netns::run_joined(place->user_namespace, place->network_namespace, deadline_of(context, choices), [&] {
        // Never freed: its sockets are to be closed only after the answer was given.
        Chooser* const own = std::make_unique<Chooser>(chooser.options(), SocketCloser::Closing::kNever).release();
        return to_bytes(action(*own, inside(context)));
      });
  if (outcome.end == JoinedOutcome::End::not_joined) {
    auto done = action(chooser, context);
    if (!done) done.error() = with_hint(std::move(done.error()), outcome.why);
    return done;
  }
  if (outcome.end != JoinedOutcome::End::done) return lost(outcome.why);
  auto answer = outcome_of(outcome.bytes);
  if (!answer) return lost("the process that had joined it sent an answer that cannot be read");
  return *std::move(answer);
}

}  // namespace ferrule::engine
