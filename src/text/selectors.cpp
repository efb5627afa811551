#include "text/selectors.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "extensions/text.hpp"
#include "text/verdicts.hpp"

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

// An address as inet_aton(3) takes it beyond dotted quads: "0x01020304".
bool parse_odd_address(Family family, std::string_view text, model::Address& out) {
  in_addr address{};
  if (family != Family::ipv4 || text.empty() || text[0] < '0' || text[0] > '9' || has_blank(text)) {
    return false;
  }
  if (inet_aton(std::string(text).c_str(), &address) == 0) return false;
  out = {};
  std::memcpy(out.data(), &address, sizeof address);
  return true;
}

Network masked(Network network, const model::Address& address) {
  for (size_t i = 0; i < address.size(); ++i) {
    network.address[i] = static_cast<uint8_t>(address[i] & network.mask[i]);
  }
  return network;
}

Result<void> append_network(Family family, std::string_view text, Names& names, std::vector<Network>& out) {
  const size_t slash = text.rfind('/');
  const std::string_view host = text.substr(0, slash);
  Network network;
  network.mask = ext::prefix_mask(family, family == Family::ipv4 ? 32 : 128);
  if (slash != std::string_view::npos) {
    auto mask = parse_mask(family, text.substr(slash + 1));
    if (!mask) return tl::unexpected(mask.error());
    network.mask = *mask;
  }
  // Under an empty mask the address does not matter, so that "any/0" and the other family's "::/0" are understood.
  if (model::Address address{}; network.mask == model::Address{} || ext::parse_address(family, host, address) ||
                                parse_odd_address(family, host, address)) {
    out.push_back(masked(network, address));
    return {};
  }
  const auto addresses = names.host(family, host);
  if (addresses.empty()) return fail(Code::kInvalidInput, "host/network `" + std::string(host) + "' not found");
  // What is named twice is meant twice; only what one name stands for may fall together under the mask.
  const auto first = static_cast<std::ptrdiff_t>(out.size());
  for (const model::Address& address : addresses) {
    const Network found = masked(network, address);
    if (std::find(out.begin() + first, out.end(), found) == out.end()) out.push_back(found);
  }
  return {};
}

}  // namespace

Result<void> parse_networks(Family family, std::string_view text, Names& names, std::vector<Network>& out) {
  while (true) {
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
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
