// NetNs: which network namespace an operation works in.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "ferrule/error.hpp"

#pragma GCC visibility push(default)
namespace ferrule {

namespace kernel {
class Descriptor;
}  // namespace kernel

// What tells a namespace from all others that exist at the same time: the file that the kernel gives it.
struct NamespaceId {
  uint64_t device = 0;
  uint64_t inode = 0;
  friend bool operator==(const NamespaceId&, const NamespaceId&) = default;
};

// The user namespace that a network namespace belongs to: whoever has CAP_NET_ADMIN there rules over the network.
struct NamespaceOwner {
  NamespaceId user_namespace = {};
  uint32_t uid = 0;        // who made the user namespace, as the caller's own user namespace counts
  bool is_callers = true;  // it is the calling thread's own user namespace
};

// A value that names a namespace. Making one touches nothing but, for `fd`, the descriptor; whether it exists and may
// be entered shows when it is used. Copies are cheap. Const members may be called from several threads at once.
class NetNs {
 public:
  // The one that the thread is in that uses it. Needs neither /proc nor any right.
  static NetNs current();
  // A file that is a network namespace, e.g. "/run/netns/pod1" or "/proc/1234/ns/net".
  static NetNs path(std::string path);
  // The namespace that `ip netns` knows by this name: /run/netns/NAME.
  static NetNs named(std::string_view name);
  // The namespace of a process, by its number in the caller's PID namespace. Numbers are used again by later processes;
  // who must be sure opens /proc/PID/ns/net while the process is known to live, and uses `fd`.
  static NetNs pid(int pid);
  // An open descriptor of a namespace. It is duplicated: the caller keeps the original and may close it.
  static NetNs fd(int descriptor);
  // What a user types: "pid:N", "fd:N", a path when there is a slash in it, else a name as for `named` (digits alone
  // are a name too). kInvalidInput where it is none of these.
  static Result<NetNs> parse(std::string_view text);

  // For messages: "the current network namespace", "network namespace /run/netns/pod1", …
  const std::string& label() const { return label_; }

  // A new descriptor of the namespace, close-on-exec, which the caller closes. Errors: kNotFound, kPermission,
  // kInvalidInput where it is something else than a network namespace, kSystem.
  Result<int> open() const;

  // Calls `action` inside of the namespace and returns what it returns, a Result of anything; errors are those of
  // `open` and kPermission where the kernel does not let the caller in (it takes CAP_SYS_ADMIN in the namespace's user
  // namespace and in one's own; neither is needed for the namespace that the thread is in already).
  //
  // The action runs on the calling thread, which is back in its own namespace when this returns. Where the thread would
  // not be let back in, which is known before it leaves, the action runs on a thread of its own that ends with it,
  // while the calling thread waits. What the action throws is passed on.
  //
  // One case remains: the kernel may run out of memory, or the action may have given up the right to return. Then the
  // error is kThreadLost, and the calling thread is left in the other namespace: it must end, or work on only there.
  template <std::invocable Action>
  std::invoke_result_t<Action> run(Action&& action) const {
    std::optional<std::invoke_result_t<Action>> answer;
    const Result<void> visited = visit([&] { answer.emplace(std::forward<Action>(action)()); });
    if (!visited) return tl::unexpected<Error>(visited.error());
    return std::move(*answer);
  }

  // The namespace's identity. Errors as for `open`.
  Result<NamespaceId> id() const;
  // The number that the kernel gives each namespace and never uses again until the next boot (SO_NETNS_COOKIE). Enters
  // the namespace; errors as for `run`, and kUnsupported on kernels before 5.14.
  Result<uint64_t> cookie() const;
  // Whom the namespace belongs to. Errors as for `open`, kPermission where the owner is outside of the caller's user
  // namespace, and kSystem without /proc.
  Result<NamespaceOwner> owner() const;

 private:
  enum class Kind : uint8_t { kCurrent, kFile, kDescriptor, kBadDescriptor };
  NetNs(Kind kind, std::string label) : kind_(kind), label_(std::move(label)) {}
  Result<void> visit(const std::function<void()>& action) const;

  Kind kind_;
  std::string label_;
  std::string path_ = {};                                      // kFile
  std::shared_ptr<const kernel::Descriptor> descriptor_ = {};  // kDescriptor
  int bad_descriptor_errno_ = 0;                               // kBadDescriptor
};

}  // namespace ferrule
#pragma GCC visibility pop
