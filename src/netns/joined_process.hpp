// Work done by a process of its own that has joined a user namespace and then a network namespace of it.
//
// Some extensions (`-m owner`) are taken by the kernel only from somebody in the user namespace that the network
// namespace belongs to, and setns(CLONE_NEWUSER) only from a process of one thread. A caller has many, so that it takes
// a fork.
//
// What makes a fork out of a threaded process safe here: the child is the calling thread alone and uses nothing that
// another thread may have held at that moment but the allocator, which every libc and every allocator made for threads
// (glibc, jemalloc, tcmalloc) hands to the child unlocked. So `work` must take no lock that others take, start no
// thread, use no stdio, and read only memory that nobody changes meanwhile. Should it hang all the same, it is killed
// at the deadline. The child drops all descriptors but the standard streams, all signal handlers, supplementary groups,
// and, where the user namespace maps one, becomes its root, so that programs it runs keep the capabilities. It cannot
// be traced from inside of that namespace: its memory is the caller's.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "kernel/descriptor.hpp"

namespace ferrule::netns {

using kernel::Descriptor;

struct JoinedOutcome {
  enum class End : uint8_t {
    done,        // `bytes` is what `work` returned
    not_joined,  // `work` was not called
    died,        // it may have done some of its work, and so it is below
    timed_out,   // it was killed
  };
  End end = End::done;
  std::string bytes = {};
  std::string why = {};  // where it is not done: one phrase
};

// Calls `work` in such a process and waits for it to end, no longer than `deadline`; then it is killed. Signals meant
// for the caller wait until the child is made. A child that somebody else waited for is none the worse. Thread-safe.
JoinedOutcome run_joined(const Descriptor& user_namespace, const Descriptor& network_namespace,
                         std::chrono::milliseconds deadline, const std::function<std::string()>& work);

}  // namespace ferrule::netns
