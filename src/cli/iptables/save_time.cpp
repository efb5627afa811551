#include "iptables/save_time.hpp"

#include <array>
#include <ctime>

namespace ferrule::cli {

std::string now_as_saved() {
  const std::time_t now = std::time(nullptr);
  std::array<char, 32> buffer{};
  std::string text = ctime_r(&now, buffer.data());
  if (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

}  // namespace ferrule::cli
