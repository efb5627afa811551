// Comparisons of packet headers, as selectors and matches of iptables.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "backend_nft/registers.hpp"
#include "backend_nft/rule_assembly.hpp"

namespace ferrule::nft {

// Addresses, the protocol, the fragment offset and the time to live. One comparison may cover several fields.
Reading compare_network_header(RuleAssembly& rule, const Loaded& loaded, const Compare& compare);

// Ports, tcp flags, icmp type and code. They mean something only once the protocol is known. All comparisons of tcp or
// udp ports and flags in a rule become one match, in the place of the first.
class TransportHeader {
 public:
  // Starts the next rule.
  void clear() { *this = {}; }
  Reading compare(RuleAssembly& rule, const Loaded& loaded, const Compare& compare);
  Reading range(RuleAssembly& rule, const Loaded& loaded, const InRange& range);

 private:
  enum class PortState : uint8_t { any, bounded, fixed };
  struct Bounds;
  Reading compare_ports(RuleAssembly& rule, const Loaded& loaded, const Compare& compare);
  Reading set_port(RuleAssembly& rule, uint32_t offset, const Bounds& bounds);
  Reading set_port_again(RuleAssembly& rule, bool source, const Bounds& bounds);
  Reading compare_flags(RuleAssembly& rule, const Loaded& loaded, const Compare& compare);
  Reading compare_icmp(RuleAssembly& rule, const Loaded& loaded, const Compare& compare);
  // The rule's tcp or udp match; added when there is none yet.
  size_t port_match(RuleAssembly& rule);
  uint8_t inversions(RuleAssembly& rule);
  void invert(RuleAssembly& rule, uint8_t bit);

  std::optional<size_t> port_match_;
  std::array<PortState, 2> ports_{};  // source, destination
  bool flags_given_ = false;
  std::optional<size_t> icmp_match_;  // with any code
};

}  // namespace ferrule::nft
