// Files that give numbers names, read without the name service switch: services(5), protocols(5) and smaller ones.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ferrule {

// Where the files are; tests point elsewhere.
struct NameFiles {
  std::string services = "/etc/services";
  std::string protocols = "/etc/protocols";
  std::string routing_realms = "/etc/iproute2/rt_realms";
  std::string device_groups = "/etc/iproute2/group";
  std::string connection_labels = "/etc/xtables/connlabel.conf";
};

// Those of the files whose lines are just a number and a name.
enum class NumberFile : uint8_t { routing_realms, device_groups, connection_labels };

struct NumberName {
  uint32_t number = 0;
  std::string name;
  friend bool operator==(const NumberName&, const NumberName&) = default;
};

// One line of services or protocols.
struct NumberedName {
  std::string name;
  std::vector<std::string> aliases;
  uint16_t number = 0;
  std::string protocol;  // services only: what follows the slash
  bool is_called(std::string_view wanted) const;
};

// The lines of `text` in their order, less the comments and the lines that say nothing.
std::vector<NumberedName> parse_services(std::string_view text);
std::vector<NumberedName> parse_protocols(std::string_view text);
// The same of a NumberFile; numbers as strtoul(3) with base 0 reads them.
std::vector<NumberName> parse_number_file(std::string_view text);

// The whole file, or nothing where it cannot be read.
std::string read_name_file(const std::string& path);

}  // namespace ferrule
