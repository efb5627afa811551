#pragma once

#include <functional>

namespace ferrule::test {

// How many system calls `action` makes, counted with ptrace(2) in a forked child. The action must not start threads or
// processes. Throws std::system_error.
int count_syscalls(const std::function<void()>& action);

}  // namespace ferrule::test
