#include "extensions/ports.hpp"

namespace ferrule::ext {

void raw_port(const PrintCall& call, uint16_t port, std::string_view protocol, Text& out) {
  if (call.numbers == Numbers::kNames) {
    if (const auto name = call.names.service_name(port, protocol)) {
      out.raw(*name);
      return;
    }
  }
  out.raw_number(port);
}

void save_ports(std::string_view option, PortRange range, bool inverted, Text& out) {
  out.option(option, inverted).number(range[0]);
  if (range[1] != range[0]) out.raw(':').raw_number(range[1]);
}

void print_ports(const PrintCall& call, std::string_view label, PortRange range, bool inverted,
                 std::string_view protocol, Text& out) {
  if (is_all_ports(range) && !inverted) return;
  out.word(label).raw(range[0] == range[1] ? ":" : "s:").raw(inverted ? "!" : "");
  raw_port(call, range[0], protocol, out);
  if (range[0] == range[1]) return;
  out.raw(':');
  raw_port(call, range[1], protocol, out);
}

}  // namespace ferrule::ext
