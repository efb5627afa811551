// Names of ipsets and the indexes that rules hold in their place. An index means something in one namespace only, so
// rules carry the name as an Attachment (Kind::set_name) and get their index where they are written.
//
// The indexes stand in the payloads of the `set` match (revisions 0 to 4, <linux/netfilter/xt_set.h>) and the SET
// target (0 to 3). The kernel tells them through getsockopt(SOL_IP, SO_IP_SET), <linux/netfilter/ipset/ip_set.h>.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "ferrule/error.hpp"
#include "ferrule/rule.hpp"

namespace ferrule {

// SetNames: looks up and remembers, for as long as it lives; make one per operation. Opens its socket with the first
// question, in the namespace that the thread is in then. Not thread-safe.
//
// Errors of all its functions: kNotFound for a set that does not exist, kInvalidInput for one of the other family,
// kUnsupported where the kernel has no ipset, kPermission without CAP_NET_ADMIN.
class SetNames {
 public:
  SetNames() = default;
  ~SetNames();
  SetNames(const SetNames&) = delete;
  SetNames& operator=(const SetNames&) = delete;

  // Writes into the rule's payloads the index of each set that its attachments name.
  Result<void> write_indexes(Rule& rule);
  // Whether write_indexes would succeed.
  Result<void> check(const Rule& rule);
  // Attaches to a rule as the kernel gave it the name of each set whose index is in its payloads.
  Result<void> add_names(Rule& rule);

 private:
  struct Set {
    uint16_t index;
    uint32_t family;  // NFPROTO_*, 0 for sets of any
  };
  Result<uint16_t> index_of(const std::string& name, Family family);
  Result<std::string> name_of(uint16_t index);
  // Opens the socket and agrees on a protocol version, once.
  Result<void> connect();
  template <typename Request>
  Result<void> ask(Request& request);

  int fd_ = -1;
  uint32_t version_ = 0;
  std::map<std::string, Set, std::less<>> by_name_;
  std::map<uint16_t, std::string> by_index_;
};

}  // namespace ferrule
