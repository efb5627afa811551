// PodNetns: a network namespace that belongs to a user namespace of its own, as a pod's does with `hostUsers: false`.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "support/netns_fixture.hpp"

namespace ferrule::test {

// Both namespaces are gone with the object. Inside, ids 0 to 999 are 1000 to 1999 outside; where the caller has one id
// only (see users.hpp), 0 is that one. Throws std::system_error.
class PodNetns {
 public:
  PodNetns();
  ~PodNetns();
  PodNetns(const PodNetns&) = delete;
  PodNetns& operator=(const PodNetns&) = delete;

  // A process inside that does nothing.
  pid_t pid() const { return pid_; }
  std::string path() const { return "/proc/" + std::to_string(pid_) + "/ns/net"; }
  // Runs a program inside of both namespaces, as the pod's root.
  Completed command(const std::vector<std::string>& argv, std::string_view input = {}) const;
  // Runs a program of the caller's user namespace in the network namespace.
  Completed command_from_outside(const std::vector<std::string>& argv, std::string_view input = {}) const;
  // Calls `action` on a thread of its own which is in the network namespace, but not in the user namespace.
  void run(const std::function<void()>& action) const;

 private:
  pid_t pid_;
};

}  // namespace ferrule::test
