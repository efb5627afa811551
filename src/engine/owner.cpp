#include "engine/owner.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "backend_legacy/xtables_lock.hpp"
#include "engine/outcome_bytes.hpp"
#include "netns/joined_process.hpp"
#include "netns/namespace_file.hpp"

namespace ferrule::engine {
namespace {

using kernel::Descriptor;
using netns::JoinedOutcome;

// A lock that is a file on disk cannot be opened by the root of a user namespace: it is taken before. The namespace
// itself, by whatever name, must not be taken twice.
bool is_lock_on_disk(const LockPolicy& policy, const Descriptor& network_namespace) {
  struct stat lock {};
  struct stat own {};
  if (fstat(network_namespace.get(), &own) != 0 || stat(policy.path().c_str(), &lock) != 0) return true;
  return lock.st_dev != own.st_dev || lock.st_ino != own.st_ino;
}

Context inside(const Context& context) {
  Context out = context;
  out.netns = NetNs::current();
  out.lock = {.scope = LockScope::kNamespace, .file = {}, .wait = context.lock.wait};
  return out;
}

// Binaries have deadlines of their own. Otherwise what may take long is waiting for the lock.
std::optional<std::chrono::milliseconds> deadline_of(const Context& context, std::span<const Choice> choices) {
  if (!std::ranges::all_of(choices, &Choice::native) || !context.lock.wait) return std::nullopt;
  return context.spawn_deadline + *context.lock.wait;
}

tl::unexpected<Error> lost(const JoinedOutcome& outcome) {
  const bool late = outcome.end == JoinedOutcome::End::timed_out;
  return fail(late ? Code::kBusy : Code::kSystem, "the network namespace belongs to another user namespace, and " +
                                                      outcome.why + "; whether the change took place is not known");
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
  std::optional<legacy::XtablesLock> lock;
  const bool locks = std::ranges::any_of(choices, [](const Choice& c) { return c.backend == BackendKind::legacy; });
  if (locks && is_lock_on_disk(context.lock, place->network_namespace)) {
    auto taken = legacy::XtablesLock::acquire({.path = context.lock.path(), .wait = context.lock.wait});
    if (!taken) return tl::unexpected(taken.error());
    lock = *std::move(taken);
  }
  const JoinedOutcome outcome =
      netns::run_joined(place->user_namespace, place->network_namespace, deadline_of(context, choices), [&] {
        // Never freed: its sockets are to be closed only after the answer was given.
        Chooser* const own = std::make_unique<Chooser>(chooser.options(), SocketCloser::Closing::kNever).release();
        return to_bytes(action(*own, inside(context)));
      });
  if (outcome.end == JoinedOutcome::End::not_joined) {
    lock.reset();
    auto done = action(chooser, context);
    if (!done) done.error() = with_hint(std::move(done.error()), outcome.why);
    return done;
  }
  if (outcome.end != JoinedOutcome::End::done) return lost(outcome);
  auto answer = outcome_of(outcome.bytes);
  if (!answer) return fail(Code::kSystem, "a process inside of the network namespace's user namespace spoke nonsense");
  return *std::move(answer);
}

}  // namespace ferrule::engine
