// A process of a test's own, for what would change the test's process for good: user and mount namespaces,
// capabilities, seccomp filters.
#pragma once

#include <functional>
#include <string>

namespace ferrule::test {

// Calls `action` in a forked child, which has one thread and ends with it, and returns what it returned. What it threw
// comes back as text, and so does an end by a signal; neither is ever empty. GoogleTest's checks do not work in there.
std::string ask_child(const std::function<std::string()>& action);

// The same in a new user namespace, with all capabilities in it and the caller's ids mapped to 0, and in whatever other
// new namespaces `flags` (CLONE_NEW…) say.
std::string ask_child_in_user_namespace(int flags, const std::function<std::string()>& action);

// For use inside of a child or a thread: gives up all capabilities of the calling thread.
void drop_capabilities();

}  // namespace ferrule::test
