// Which revisions of an extension the kernel has, asked through nft_compat (<linux/netfilter/nf_tables_compat.h>).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

#include "extensions/codec.hpp"
#include "ferrule/error.hpp"
#include "ferrule/types.hpp"
#include "netlink/socket.hpp"

namespace ferrule::nft {

// CompatRevisions: asks once per name and remembers, as long as the object lives; all questions go through one socket,
// which is opened with the first, in the namespace that the thread is in then. Creates nothing; the kernel loads an
// extension's module by itself when it can. Not thread-safe.
class CompatRevisions {
 public:
  explicit CompatRevisions(Family family) : family_(family) {}

  // Whether the kernel has exactly this one. True where it refuses to tell (no CAP_NET_ADMIN), as iptables-nft takes
  // it. kUnsupported where the kernel has no nft_compat.
  Result<bool> has(ext::Kind kind, std::string_view name, uint8_t revision);

  // The highest, at most `max_revision`; nullopt when there is none.
  Result<std::optional<uint8_t>> highest(ext::Kind kind, std::string_view name, uint8_t max_revision);

 private:
  enum class Answer : uint8_t { kYes, kOtherRevision, kUnknown };
  using Key = std::tuple<ext::Kind, std::string, uint8_t>;
  Result<Answer> ask(ext::Kind kind, std::string_view name, uint8_t revision);

  Family family_;
  std::optional<netlink::Socket> socket_;
  std::map<Key, Answer> known_;
};

}  // namespace ferrule::nft
