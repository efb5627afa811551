// Chooser: from a context to the backend that works there.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>

#include "backend/backend.hpp"
#include "backend_exec/inventory.hpp"
#include "backend_legacy/xtables_lock.hpp"
#include "detect/decide.hpp"
#include "detect/facts.hpp"
#include "engine/socket_closer.hpp"
#include "ferrule/context.hpp"
#include "ferrule/detect.hpp"
#include "ferrule/engine.hpp"

namespace ferrule::engine {

// Whether the native interfaces are enough for what is to be done, or only a binary understands it.
enum class Need : uint8_t { kNative, kBinary };

struct Choice {
  Family family = Family::ipv4;
  BackendKind backend = BackendKind::legacy;  // legacy or nft, also where a binary does it
  bool native = true;
  bool readable = true;  // natively, also where a binary writes
  std::string reason = {};
  detect::Inventory inventory = {};  // filled where a binary is needed
  std::string obstacle = {};         // what keeps us from working natively; a binary may fail for the same reason
};

// Whether one backend can carry out both in one commit.
bool same_backend(const Choice& a, const Choice& b);

// Whether `error` says that the native interface is not for the caller, or not there.
bool is_obstacle(const Error& error);

// Thread-safe.
class Chooser {
 public:
  explicit Chooser(EngineOptions options)
      : Chooser(options,
                options.use == EngineUse::kOnce ? SocketCloser::Closing::kAtEnd : SocketCloser::Closing::kLater) {}
  Chooser(EngineOptions options, SocketCloser::Closing closing) : options_(options), closer_(closing) {}

  const EngineOptions& options() const { return options_; }

  // Reads the namespace that the calling thread is in. Binaries are looked at only where they matter.
  Inspection inspect(const Context& context, detect::Depth depth);
  // What it would be if nobody had made any tables there.
  Inspection inspect_as_empty(const Context& context);
  // What `choose` says where a backend is forced and turns out to work natively; nothing where none is, or where
  // looking must come first. Looking at the namespace would cost more than most changes do, so who finds that it does
  // not work inspects and chooses then.
  std::optional<Choice> presume(Family family) const;
  // The same without asking the kernel again; absent where it would have to be asked. Whoever goes by it learns from
  // the kernel in other ways what he may do in the namespace.
  std::optional<Inspection> known_as_empty(const Context& context);
  // The backend for one family, or why there is none.
  Result<Choice> choose(const Context& context, const Inspection& inspection, Family family, Need need);
  // The backend for all of `choices`, which must be of one (see same_backend).
  std::unique_ptr<Backend> open(const Context& context, std::span<const Choice> choices);

  static legacy::LockOptions lock_options(const LockPolicy& policy);
  // See socket_closer.hpp.
  void close_later(netlink::Socket socket) { closer_.take(std::move(socket)); }
  void close_sockets() { closer_.flush(); }

 private:
  // The facts without what is in the namespace, which are kept for known_as_empty.
  NamespaceFacts learn(NamespaceFacts facts);
  void decide(const Context& context, Inspection& inspection);
  detect::Inventory inventory(const Context& context);
  // As far as it can be had without loading a kernel module.
  detect::Inventory inventory_for_looking(const Context& context);
  std::unique_ptr<Backend> open_native(const Context& context, BackendKind kind);

  EngineOptions options_;
  detect::KernelModules modules_;
  exec::Binaries binaries_;
  SocketCloser closer_;
  std::mutex mutex_;
  std::atomic<bool> has_learned_ = false;
  std::optional<NamespaceFacts> empty_facts_;  // guarded by mutex_; of a kernel that has both backends
};

}  // namespace ferrule::engine
