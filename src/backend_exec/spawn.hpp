// spawn: starts a program in a child process. The step before process.hpp, which talks to the child.
//
// The child shares the caller's memory until it calls execve(2), as with vfork(2): nothing is copied, however large the
// caller is, and an exec that fails is known at once. Unlike posix_spawn(3) it can enter a network namespace.
#pragma once

#include <sys/types.h>

#include "ferrule/error.hpp"
#include "kernel/descriptor.hpp"

namespace ferrule::exec {

struct SpawnRequest {
  const char* path;
  char* const* argv;         // ends with a null pointer
  char* const* environment;  // likewise
  int input, output, error;  // descriptors of at least 3 that become the child's 0, 1 and 2; it gets no others
  int netns = -1;            // descriptor of a network namespace to enter first; negative: the calling thread's
};

struct Child {
  pid_t pid;                     // also the number of a process group of its own
  kernel::Descriptor pidfd{-1};  // becomes readable when the child ends; not open before Linux 5.2
};

// The caller has to wait for the child. Its signals are all at their defaults and none is blocked. Error::errno_value
// says what failed: ENOENT where the file or its interpreter is missing, EACCES where it may not be run, ENOEXEC where
// it is no program for this machine, EPERM where the namespace may not be entered or nothing may be run. Thread-safe.
Result<Child> spawn(const SpawnRequest& request);

}  // namespace ferrule::exec
