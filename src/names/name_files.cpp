#include "names/name_files.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <limits>
#include <optional>

namespace ferrule {
namespace {

constexpr std::string_view kBlanks = " \t\r\v\f";

// Takes the next word off `line`; empty at its end.
std::string_view next_word(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(kBlanks), line.size()));
  const std::string_view word = line.substr(0, line.find_first_of(kBlanks));
  line.remove_prefix(word.size());
  return word;
}

std::optional<uint16_t> parse_decimal(std::string_view text) {
  uint16_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

enum class Format : uint8_t { kServices, kProtocols };

std::optional<NumberedName> parse_line(Format format, std::string_view line) {
  line = line.substr(0, line.find('#'));
  NumberedName entry;
  entry.name = next_word(line);
  std::string_view number = next_word(line);
  if (format == Format::kServices) {
    const size_t slash = number.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    entry.protocol = number.substr(slash + 1);
    number = number.substr(0, slash);
  }
  const auto value = parse_decimal(number);
  if (!value) return std::nullopt;
  entry.number = *value;
  for (std::string_view alias = next_word(line); !alias.empty(); alias = next_word(line)) {
    entry.aliases.emplace_back(alias);
  }
  return entry;
}

std::optional<NumberName> parse_number_line(std::string_view line) {
  line = line.substr(0, line.find('#'));
  const std::string number(next_word(line));
  const std::string_view name = next_word(line);
  // strtoul would also take a sign.
  if (name.empty() || number[0] < '0' || number[0] > '9') return std::nullopt;
  char* end = nullptr;
  errno = 0;
  const unsigned long value = std::strtoul(number.c_str(), &end, 0);
  if (errno != 0 || *end != '\0' || value > std::numeric_limits<uint32_t>::max()) return std::nullopt;
  return NumberName{static_cast<uint32_t>(value), std::string(name)};
}

// What `parse` makes of the lines of `text` that say something to it.
template <typename Parse>
auto parse_lines(std::string_view text, Parse parse) {
  std::vector<typename decltype(parse(text))::value_type> out;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    if (auto entry = parse(line)) out.push_back(std::move(*entry));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
  return out;
}

}  // namespace

bool NumberedName::is_called(std::string_view wanted) const {
  return name == wanted || std::find(aliases.begin(), aliases.end(), wanted) != aliases.end();
}

std::vector<NumberedName> parse_services(std::string_view text) {
  return parse_lines(text, [](std::string_view line) { return parse_line(Format::kServices, line); });
}

std::vector<NumberedName> parse_protocols(std::string_view text) {
  return parse_lines(text, [](std::string_view line) { return parse_line(Format::kProtocols, line); });
}

std::vector<NumberName> parse_number_file(std::string_view text) { return parse_lines(text, parse_number_line); }

std::string read_name_file(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace ferrule
