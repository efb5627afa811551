#include "extensions/networks.hpp"

#include "extensions/fields.hpp"

namespace ferrule::ext {

void raw_network(const PrintCall& call, const nf_inet_addr& address, const nf_inet_addr& mask, Text& out) {
  const model::Address bytes = address_of(address);
  std::optional<std::string> name;
  if (call.numbers == Numbers::kNames) {
    if (bytes == model::Address{}) {
      out.raw("anywhere");
      return;
    }
    name = call.names.host_name(call.family, bytes);
  }
  if (name) {
    out.raw(*name);
  } else {
    out.raw_address(call.family, bytes);
  }
  out.raw_mask(call.family, address_of(mask));
}

}  // namespace ferrule::ext
