#include "text/selectors.hpp"

#include <algorithm>
#include <string>

#include "extensions/text.hpp"

namespace ferrule::text {
namespace {

Result<model::Address> parse_mask(Family family, std::string_view text) {
  uint64_t length = 0;
  if (ext::parse_number(text, family == Family::ipv4 ? 32 : 128, length)) {
    return ext::prefix_mask(family, static_cast<unsigned>(length));
  }
  model::Address mask{};
  // An IPv4 address may leave out parts ("10.1"), a mask may not.
  const bool is_address = family == Family::ipv4 ? std::count(text.begin(), text.end(), '.') == 3
                                                 : text.find(':') != std::string_view::npos;
  if (!is_address || !ext::parse_address(family, text, mask)) {
    return fail(Code::kInvalidInput, "invalid mask `" + std::string(text) + "' specified");
  }
  return mask;
}

// Appends `address` under the mask of `network`, unless it is there already.
void add_network(Network network, const model::Address& address, std::vector<Network>& out) {
  for (size_t i = 0; i < address.size(); ++i) {
    network.address[i] = static_cast<uint8_t>(address[i] & network.mask[i]);
  }
  if (std::find(out.begin(), out.end(), network) == out.end()) out.push_back(network);
}

Result<void> append_network(Family family, std::string_view text, Names& names, std::vector<Network>& out) {
  const size_t slash = text.find('/');
  const std::string_view host = text.substr(0, slash);
  Network network;
  network.mask = ext::prefix_mask(family, family == Family::ipv4 ? 32 : 128);
  if (slash != std::string_view::npos) {
    auto mask = parse_mask(family, text.substr(slash + 1));
    if (!mask) return tl::unexpected(mask.error());
    network.mask = *mask;
  }
  // Under an empty mask the address does not matter, so that "any/0" and the other family's "::/0" are understood.
  if (model::Address address{}; network.mask == model::Address{} || ext::parse_address(family, host, address)) {
    add_network(network, address, out);
    return {};
  }
  const auto addresses = names.host(family, host);
  if (addresses.empty()) return fail(Code::kInvalidInput, "host/network `" + std::string(host) + "' not found");
  for (const model::Address& address : addresses) add_network(network, address, out);
  return {};
}

}  // namespace

Result<void> parse_networks(Family family, std::string_view text, Names& names, std::vector<Network>& out) {
  while (true) {
    const size_t comma = text.find(',');
    if (auto done = append_network(family, text.substr(0, comma), names, out); !done) return done;
    if (comma == std::string_view::npos) return {};
    text.remove_prefix(comma + 1);
  }
}

Result<model::Interface> parse_interface(std::string_view text) {
  if (text.empty()) return fail(Code::kInvalidInput, "Empty interface is likely to be undesired");
  if (text.size() >= model::kInterfaceSize) {
    return fail(Code::kInvalidInput, "interface name `" + std::string(text) + "' must be shorter than IFNAMSIZ (15)");
  }
  return model::Interface::from_text(text);
}

}  // namespace ferrule::text
