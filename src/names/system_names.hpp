// What the system's name service switch knows, as iptables asks it: the databases' own files where nsswitch.conf(5)
// puts them first, getent(1) for all else. Each may block for as long as the system's resolvers do.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ferrule/types.hpp"
#include "model/entry.hpp"

namespace ferrule::system_names {

std::optional<uint8_t> protocol(const std::string& name);
std::optional<std::string> protocol_name(uint8_t number);
// Ports are in host order; an empty `protocol` means any.
std::optional<uint16_t> service(const std::string& name, const std::string& protocol);
std::optional<std::string> service_name(uint16_t port, const std::string& protocol);
std::optional<uint32_t> user(const std::string& name);
std::optional<uint32_t> group(const std::string& name);
std::optional<std::string> user_name(uint32_t uid);
std::optional<std::string> group_name(uint32_t gid);
// IPv4 asks for a network of that name before it asks for a host.
std::vector<model::Address> host(Family family, const std::string& name);
// IPv4 asks for a host with that address before it asks for a network.
std::optional<std::string> host_name(Family family, const model::Address& address);

}  // namespace ferrule::system_names
