// Which revisions of an extension the kernel has, asked through legacy xtables.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

#include "backend_legacy/sockopt.hpp"
#include "ferrule/error.hpp"
#include "ferrule/types.hpp"

namespace ferrule::legacy {

enum class PartKind : uint8_t { match, target };

// KernelRevisions: asks once per name and remembers, as long as the object lives. Creates no tables; the kernel loads
// an extension's module by itself when it can. Opens its socket with the first question, in the namespace that the
// thread is in then. Not thread-safe.
class KernelRevisions {
 public:
  explicit KernelRevisions(Family family) : family_(family) {}

  // The highest revision of `name`, at most `max_revision`, that the kernel supports; nullopt when there is none. Where
  // the kernel refuses to tell (no CAP_NET_ADMIN), it is `max_revision`, as iptables takes it. An error only where
  // there is no socket to ask through.
  Result<std::optional<uint8_t>> highest(PartKind kind, std::string_view name, uint8_t max_revision);

 private:
  using Key = std::tuple<PartKind, std::string, uint8_t>;  // name and highest revision asked for
  std::optional<uint8_t> ask(PartKind kind, std::string_view name, uint8_t max_revision) const;

  Family family_;
  std::optional<XtSocket> socket_;
  std::map<Key, std::optional<uint8_t>> known_;
};

}  // namespace ferrule::legacy
