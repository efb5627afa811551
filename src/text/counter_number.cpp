#include "text/counter_number.hpp"

#include <charconv>
#include <limits>
#include <system_error>

namespace ferrule::text {

std::optional<uint64_t> take_counter(std::string_view& text) {
  std::string_view digits = text;
  const bool negative = digits.starts_with('-');
  if (negative || digits.starts_with('+')) digits.remove_prefix(1);
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error == std::errc::invalid_argument) return std::nullopt;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  if (error == std::errc::result_out_of_range) return std::numeric_limits<uint64_t>::max();
  return negative ? 0 - value : value;
}

}  // namespace ferrule::text
