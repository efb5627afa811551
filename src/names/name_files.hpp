// The files services(5) and protocols(5), read without the name service switch.
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
};

// One line of either file.
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

// The whole file, or nothing where it cannot be read.
std::string read_name_file(const std::string& path);

}  // namespace ferrule
