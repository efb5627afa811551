// Context: where an operation works and with what, a network namespace plus the search path and lock policy that go
// with it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ferrule/names.hpp"
#include "ferrule/netns.hpp"

#pragma GCC visibility push(default)
namespace ferrule {

// With whom a change of legacy tables must not overlap. (nf_tables needs no lock: its changes are atomic.)
enum class LockScope : uint8_t {
  // All iptables programs of the node: they share the file /run/xtables.lock.
  kHost,
  // Those that work in the same network namespace: the lock is the namespace itself, /proc/thread-self/ns/net. Nothing
  // is left on disk, and a pod never waits for the host or for another pod. Binaries before iptables 1.8.6 take the
  // host's lock all the same.
  kNamespace,
};

//
// The lock that was asked for is taken or the call fails (ErrorKind::kLockUnavailable, kLockHeld); no other lock takes
// its place. One exception: in a network namespace of another user namespace than the caller's, the lock is always the
// namespace. What runs there can hold such a lock for ever and can stop the process that works inside, so no lock of
// the host is held meanwhile, and each wait has an end. A change that another program makes at the same moment is
// noticed by the kernel's own count of entries, and the change is made anew.
struct LockPolicy {
  LockScope scope = LockScope::kHost;
  // A file to lock instead, whatever the scope; what the variable XTABLES_LOCKFILE is to iptables. The library does not
  // read that variable.
  std::optional<std::string> file = {};
  // How long to wait for it: for ever when absent, not at all when zero. For the lock of a namespace of another user
  // namespace at most 30 seconds.
  std::optional<std::chrono::milliseconds> wait = std::chrono::seconds(30);

  // The file that is locked.
  std::string path() const;
};

// The directories of a PATH variable, in order; empty and relative ones are left out. Thread-safe.
std::vector<std::string> split_search_path(std::string_view path_variable);

// A value; make one per namespace and keep or copy it as you like. Const access is safe from any number of threads.
struct Context {
  NetNs netns = NetNs::current();
  // Where binaries are looked for, absolute directories in order. The library does not read $PATH; a program that wants
  // its own says so: `context.search_path = split_search_path(getenv("PATH"))`.
  std::vector<std::string> search_path =
      split_search_path("/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
  // What the search path is below: a host's files, mounted in a container. Empty for none. Symbolic links are followed
  // below it; no chroot takes place, so that a binary found there runs with the caller's libraries, and counts only
  // when it can.
  std::string root = {};
  LockPolicy lock = {};
  NameLookup names = NameLookup::kNone;
  // How long a spawned binary may take before it is killed, with the time to wait for the lock on top; and likewise the
  // process that makes changes in a namespace of another user namespace.
  std::chrono::milliseconds spawn_deadline = std::chrono::seconds(60);

  // Any namespace, with the host's lock.
  static Context in(NetNs netns);

  // The four places where node agents work. They differ in whose binaries are at hand and whose rules are there:
  //
  //                   search path         namespace   lock
  //   cni_plugin      the host's          a pod's     the namespace
  //   init_container  the container's     its own     the namespace
  //   agent_in_pod    the container's     a pod's     the namespace
  //   agent_on_host   the container's     the host's  the host's, which takes /run of the host
  //
  // A plug-in is started by the container engine on the host and may be called for many pods at once.
  static Context cni_plugin(NetNs pod);
  // Shares its namespace with the pod's other containers, which may bring binaries of other versions.
  static Context init_container();
  // A container of the node that enters pods. Its binaries need not be those that wrote the rules there.
  static Context agent_in_pod(NetNs pod);
  // A container of the node with the host's network, beside kubelet, kube-proxy and the administrator's own programs.
  static Context agent_on_host();
};

}  // namespace ferrule
#pragma GCC visibility pop
