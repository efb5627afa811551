#include "detect/obstacle.hpp"

#include <cerrno>
#include <cstring>

namespace ferrule::detect {

std::string obstacle(std::string_view what, int error_number) {
  const char* text = strerrordesc_np(error_number);
  std::string out =
      std::string(what) + ": " + (text != nullptr ? text : "Unknown error " + std::to_string(error_number));
  if (error_number == EPERM || error_number == EACCES) {
    out += " (CAP_NET_ADMIN is needed in the network namespace, and no filter may be in the way)";
  }
  return out;
}

}  // namespace ferrule::detect
