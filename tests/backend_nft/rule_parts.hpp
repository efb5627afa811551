// Short ways to put rules together for rows of tests.
#pragma once

#include <arpa/inet.h>
#include <linux/netfilter/xt_mark.h>
#include <linux/netfilter/xt_tcpudp.h>

#include <cstring>
#include <functional>
#include <string>

#include "model/entry.hpp"

namespace ferrule::test {

using Build = std::function<void(model::RuleBuilder&)>;

inline Rule build_rule(Family family, const Build& build) {
  model::RuleBuilder builder(family);
  build(builder);
  return *builder.finish();
}

inline model::Address address(Family family, const char* text) {
  model::Address out{};
  inet_pton(family == Family::ipv4 ? AF_INET : AF_INET6, text, out.data());
  return out;
}

inline model::Address prefix(unsigned length) {
  model::Address out{};
  for (unsigned bit = 0; bit < length; ++bit) out[bit / 8] = static_cast<uint8_t>(out[bit / 8] | 0x80u >> bit % 8);
  return out;
}

template <typename Info>
std::span<const std::byte> payload(const Info& info) {
  return std::as_bytes(std::span(&info, 1));
}

// Padding included, which an initializer list would leave as it was.
inline xt_mark_mtinfo1 mark(uint32_t value, uint32_t mask) {
  xt_mark_mtinfo1 info;
  std::memset(&info, 0, sizeof info);
  info.mark = value;
  info.mask = mask;
  return info;
}

inline void set_protocol(model::RuleBuilder& builder, uint16_t protocol) {
  builder.selectors.protocol = protocol;
  builder.selectors.protocol_given = builder.family() == Family::ipv6;
}

struct PortPair {
  uint16_t low = 0;
  uint16_t high = 65535;
};

inline void add_tcp(model::RuleBuilder& builder, PortPair source, PortPair destination, uint8_t invert = 0,
                    uint8_t flag_mask = 0, uint8_t flags = 0, uint8_t option = 0) {
  set_protocol(builder, IPPROTO_TCP);
  const xt_tcp tcp{{source.low, source.high}, {destination.low, destination.high}, option, flag_mask, flags, invert};
  builder.add_match("tcp", 0, payload(tcp));
}

inline void add_udp(model::RuleBuilder& builder, PortPair source, PortPair destination, uint8_t invert = 0) {
  set_protocol(builder, IPPROTO_UDP);
  xt_udp udp;
  std::memset(&udp, 0, sizeof udp);
  udp.spts[0] = source.low;
  udp.spts[1] = source.high;
  udp.dpts[0] = destination.low;
  udp.dpts[1] = destination.high;
  udp.invflags = invert;
  builder.add_match("udp", 0, payload(udp));
}

}  // namespace ferrule::test
