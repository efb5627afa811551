// Names: the one place where names in rules become numbers and back, within what a NameLookup allows.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ferrule/error.hpp"
#include "ferrule/names.hpp"
#include "ferrule/types.hpp"
#include "model/entry.hpp"

namespace ferrule {

// Caches what it looked up. Not thread-safe: one per parse or print call.
class Names {
 public:
  explicit Names(NameLookup lookup) : lookup_(lookup) {}
  NameLookup lookup() const { return lookup_; }

  // Protocol number of a name (already lower case) or decimal number 0..255; the built-in names are always known.
  std::optional<uint8_t> protocol(std::string_view name);
  // The name that iptables prints for a protocol, or nullopt where it prints the number. 0 has none.
  std::optional<std::string> protocol_name(uint8_t number);
  // Port number, host order, of a service name. `protocol` is a protocol name, or empty for any.
  std::optional<uint16_t> service(std::string_view name, std::string_view protocol);
  std::optional<std::string> service_name(uint16_t port, std::string_view protocol);
  std::optional<uint32_t> user(std::string_view name);
  std::optional<uint32_t> group(std::string_view name);
  std::optional<std::string> user_name(uint32_t uid);
  std::optional<std::string> group_name(uint32_t gid);
  // Every address of a host or network name, in the order the resolver gives, without repetition.
  std::vector<model::Address> host(Family family, std::string_view name);
  // The name that -L prints for an address (reverse DNS or /etc/networks), or nullopt.
  std::optional<std::string> host_name(Family family, const model::Address& address);

 private:
  NameLookup lookup_;
  std::map<uint8_t, std::optional<std::string>> protocol_names_;
  std::map<std::string, std::optional<uint8_t>, std::less<>> protocols_;
  std::map<std::string, std::optional<uint16_t>, std::less<>> services_;
};

}  // namespace ferrule
