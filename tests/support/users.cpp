#include "support/users.hpp"

#include <regex>

namespace ferrule::test {

std::string with_existing_users(std::string rules) {
  if (other_users_exist()) return rules;
  return std::regex_replace(rules, std::regex("(--[ug]id-owner) [0-9]+"), "$1 0");
}

}  // namespace ferrule::test
