// Names: the one place where names in rules become numbers and back, within what a NameLookup allows.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ferrule/error.hpp"
#include "ferrule/names.hpp"
#include "ferrule/types.hpp"
#include "model/entry.hpp"
#include "names/name_files.hpp"

namespace ferrule {

// Touches no file and asks no service before it is asked for a name that is not built in; caches what it looked up.
// Not thread-safe: one per parse or print call.
class Names {
 public:
  explicit Names(NameLookup lookup, NameFiles files = {}) : lookup_(lookup), files_(std::move(files)) {}
  NameLookup lookup() const { return lookup_; }

  // Protocol number of a name (already lower case), or of a number 0..255 as strtoul reads it in base 0; the built-in
  // names are always known, and come before what /etc/protocols says.
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
  // The number that `file` gives a name, and the first name that it gives a number; read unless nothing may be.
  std::optional<uint32_t> numbered(NumberFile file, std::string_view name);
  std::optional<std::string> numbered_name(NumberFile file, uint32_t number);

 private:
  const std::vector<NumberedName>& services_file();
  const std::vector<NumberedName>& protocols_file();
  const std::vector<NumberName>& number_file(NumberFile file);
  std::optional<uint8_t> protocol_from_file(std::string_view name);
  std::optional<std::string> protocol_name_from_file(uint8_t number);
  std::optional<uint16_t> service_from_file(std::string_view name, std::string_view protocol);
  std::optional<std::string> service_name_from_file(uint16_t port, std::string_view protocol);

  // What was asked and what the answer was, "there is none" included.
  template <typename Asked, typename Answer>
  using Cache = std::map<Asked, std::optional<Answer>>;

  NameLookup lookup_;
  NameFiles files_;
  std::optional<std::vector<NumberedName>> services_lines_;
  std::optional<std::vector<NumberedName>> protocols_lines_;
  std::map<NumberFile, std::vector<NumberName>> number_files_;
  Cache<std::string, uint8_t> protocols_;
  Cache<uint8_t, std::string> protocol_names_;
  Cache<std::pair<std::string, std::string>, uint16_t> services_;
  Cache<std::pair<uint16_t, std::string>, std::string> service_names_;
  Cache<std::string, uint32_t> users_;
  Cache<std::string, uint32_t> groups_;
  Cache<uint32_t, std::string> user_names_;
  Cache<uint32_t, std::string> group_names_;
  std::map<std::pair<Family, std::string>, std::vector<model::Address>> hosts_;
  Cache<std::pair<Family, model::Address>, std::string> host_names_;
};

}  // namespace ferrule
