// Source and destination port ranges: the options and spellings that tcp, udp, dccp and sctp share.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "extensions/codec.hpp"
#include "extensions/text.hpp"

namespace ferrule::ext {

// The rows of `port_options`, which come first in their extension's table.
enum PortOption : size_t { kSourcePort, kSport, kDestinationPort, kDport, kAfterPorts };

constexpr bool is_source_port(size_t id) { return id == kSourcePort; }
constexpr bool is_port_option(size_t id) { return id < kAfterPorts; }

// The rows for two `uint16_t[2]` in host order at these offsets.
constexpr std::array<Option, kAfterPorts> port_options(size_t source_offset, size_t destination_offset,
                                                       uint8_t flags = kInvert) {
  const auto row = [&](std::string_view name, size_t offset, std::string_view help) {
    Option option{.name = name, .arg = Arg::kPortRange, .flags = flags};
    option.offset = static_cast<uint16_t>(offset);
    option.metavar = "port[:port]";
    option.help = help;
    return option;
  };
  const auto source = row("source-port", source_offset, "the source port is in this range");
  const auto destination = row("destination-port", destination_offset, "the destination port is in this range");
  return {source, alias_of(source, "sport"), destination, alias_of(destination, "dport")};
}

template <size_t N, size_t M>
constexpr std::array<Option, N + M> joined(const std::array<Option, N>& first, const std::array<Option, M>& second) {
  std::array<Option, N + M> out{};
  for (size_t i = 0; i < N; ++i) out[i] = first[i];
  for (size_t i = 0; i < M; ++i) out[N + i] = second[i];
  return out;
}

// First and last port, host order.
using PortRange = std::span<const uint16_t, 2>;
constexpr bool is_all_ports(PortRange range) { return range[0] == 0 && range[1] == 0xffff; }

// The port's name where the call wants names and there is one, else the number; no space before.
void raw_port(const PrintCall& call, uint16_t port, std::string_view protocol, Text& out);

// ` [!] --OPTION LOW[:HIGH]`
void save_ports(std::string_view option, PortRange range, bool inverted, Text& out);
// ` LABEL[s]:[!]LOW[:HIGH]`, or nothing where every port matches.
void print_ports(const PrintCall& call, std::string_view label, PortRange range, bool inverted,
                 std::string_view protocol, Text& out);

}  // namespace ferrule::ext
