#include "names/names.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>

#include "names/system_names.hpp"

namespace ferrule {
namespace {

struct BuiltIn {
  std::string_view name;
  uint8_t number;
};

// Of several names for a number, the first is the one printed.
constexpr std::array<BuiltIn, 13> kBuiltIn = {{{"tcp", 6},
                                               {"sctp", 132},
                                               {"udp", 17},
                                               {"udplite", 136},
                                               {"icmp", 1},
                                               {"ipv6-icmp", 58},
                                               {"icmpv6", 58},
                                               {"esp", 50},
                                               {"ah", 51},
                                               {"mobility-header", 135},
                                               {"ipv6-mh", 135},
                                               {"mh", 135},
                                               {"all", 0}}};

std::optional<uint8_t> parse_protocol_number(const std::string& text) {
  // strtoul would wrap a negative number around.
  if (text.find('-') != std::string::npos) return std::nullopt;
  char* end = nullptr;
  errno = 0;
  const unsigned long number = std::strtoul(text.c_str(), &end, 0);
  if (errno != 0 || end == text.c_str() || *end != '\0' || number > 255) return std::nullopt;
  return static_cast<uint8_t>(number);
}

// The cached answer, or the one that `ask` gives now.
template <typename Cache, typename Asked, typename Ask>
auto remember(Cache& cache, Asked asked, Ask ask) {
  const auto known = cache.find(asked);
  if (known != cache.end()) return known->second;
  return cache.emplace(std::move(asked), ask()).first->second;
}

}  // namespace

std::optional<uint8_t> Names::protocol(std::string_view name) {
  for (const BuiltIn& entry : kBuiltIn) {
    if (entry.name == name) return entry.number;
  }
  if (const auto number = parse_protocol_number(std::string(name))) return number;
  if (lookup_ == NameLookup::kNone || name.empty()) return std::nullopt;
  return remember(protocols_, std::string(name), [&] {
    return lookup_ == NameLookup::kFiles ? protocol_from_file(name) : system_names::protocol(std::string(name));
  });
}

std::optional<std::string> Names::protocol_name(uint8_t number) {
  if (number == 0) return std::nullopt;
  for (const BuiltIn& entry : kBuiltIn) {
    if (entry.number == number) return std::string(entry.name);
  }
  if (lookup_ == NameLookup::kNone) return std::nullopt;
  return remember(protocol_names_, number, [&] {
    return lookup_ == NameLookup::kFiles ? protocol_name_from_file(number) : system_names::protocol_name(number);
  });
}

std::optional<uint16_t> Names::service(std::string_view name, std::string_view protocol) {
  if (lookup_ == NameLookup::kNone || name.empty()) return std::nullopt;
  return remember(services_, std::pair(std::string(name), std::string(protocol)), [&] {
    return lookup_ == NameLookup::kFiles ? service_from_file(name, protocol)
                                         : system_names::service(std::string(name), std::string(protocol));
  });
}

std::optional<std::string> Names::service_name(uint16_t port, std::string_view protocol) {
  if (lookup_ == NameLookup::kNone) return std::nullopt;
  return remember(service_names_, std::pair(port, std::string(protocol)), [&] {
    return lookup_ == NameLookup::kFiles ? service_name_from_file(port, protocol)
                                         : system_names::service_name(port, std::string(protocol));
  });
}

std::optional<uint32_t> Names::user(std::string_view name) {
  if (lookup_ != NameLookup::kSystem || name.empty()) return std::nullopt;
  std::string asked(name);
  return remember(users_, asked, [&] { return system_names::user(asked); });
}

std::optional<uint32_t> Names::group(std::string_view name) {
  if (lookup_ != NameLookup::kSystem || name.empty()) return std::nullopt;
  std::string asked(name);
  return remember(groups_, asked, [&] { return system_names::group(asked); });
}

std::optional<std::string> Names::user_name(uint32_t uid) {
  if (lookup_ != NameLookup::kSystem) return std::nullopt;
  return remember(user_names_, uid, [&] { return system_names::user_name(uid); });
}

std::optional<std::string> Names::group_name(uint32_t gid) {
  if (lookup_ != NameLookup::kSystem) return std::nullopt;
  return remember(group_names_, gid, [&] { return system_names::group_name(gid); });
}

std::vector<model::Address> Names::host(Family family, std::string_view name) {
  if (lookup_ != NameLookup::kSystem || name.empty()) return {};
  std::string asked(name);
  return remember(hosts_, std::pair(family, asked), [&] { return system_names::host(family, asked); });
}

std::optional<std::string> Names::host_name(Family family, const model::Address& address) {
  if (lookup_ != NameLookup::kSystem) return std::nullopt;
  return remember(host_names_, std::pair(family, address), [&] { return system_names::host_name(family, address); });
}

const std::vector<NumberedName>& Names::services_file() {
  if (!services_lines_) services_lines_ = parse_services(read_name_file(files_.services));
  return *services_lines_;
}

const std::vector<NumberedName>& Names::protocols_file() {
  if (!protocols_lines_) protocols_lines_ = parse_protocols(read_name_file(files_.protocols));
  return *protocols_lines_;
}

std::optional<uint8_t> Names::protocol_from_file(std::string_view name) {
  for (const NumberedName& line : protocols_file()) {
    if (line.number <= 255 && line.is_called(name)) return static_cast<uint8_t>(line.number);
  }
  return std::nullopt;
}

std::optional<std::string> Names::protocol_name_from_file(uint8_t number) {
  for (const NumberedName& line : protocols_file()) {
    if (line.number == number) return line.name;
  }
  return std::nullopt;
}

std::optional<uint16_t> Names::service_from_file(std::string_view name, std::string_view protocol) {
  for (const NumberedName& line : services_file()) {
    if (line.is_called(name) && (protocol.empty() || line.protocol == protocol)) return line.number;
  }
  return std::nullopt;
}

std::optional<std::string> Names::service_name_from_file(uint16_t port, std::string_view protocol) {
  for (const NumberedName& line : services_file()) {
    if (line.number == port && (protocol.empty() || line.protocol == protocol)) return line.name;
  }
  return std::nullopt;
}

}  // namespace ferrule
