// Reading the arguments of -s, -d, -i, -o and -p.
#pragma once

#include <string_view>
#include <vector>

#include "ferrule/error.hpp"
#include "model/entry.hpp"
#include "names/names.hpp"

namespace ferrule::text {

struct Network {
  model::Address address{};  // host bits cleared
  model::Address mask{};
  friend bool operator==(const Network&, const Network&) = default;
};

// ADDRESS[/PREFIX|/MASK][,…]: appends every address that it names, in order, each once.
Result<void> parse_networks(Family family, std::string_view text, Names& names, std::vector<Network>& out);

Result<model::Interface> parse_interface(std::string_view text);

}  // namespace ferrule::text
