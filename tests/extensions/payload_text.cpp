#include "extensions/payload_text.hpp"

#include <stdexcept>

#include "ferrule/text.hpp"
#include "model/entry.hpp"

namespace ferrule::test {
namespace {

void append_hex(std::byte byte, std::string& out) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  const auto value = std::to_integer<unsigned>(byte);
  out.push_back(kDigits[value >> 4]);
  out.push_back(kDigits[value & 15]);
}

std::vector<std::string_view> words_of(std::string_view command) {
  std::vector<std::string_view> words;
  while (true) {
    const size_t blank = command.find(' ');
    words.push_back(command.substr(0, blank));
    if (blank == std::string_view::npos) return words;
    command.remove_prefix(blank + 1);
  }
}

}  // namespace

std::string payload_text(std::span<const std::byte> payload) {
  constexpr size_t kLongRun = 3;
  std::string out;
  bool after_run = false;
  for (size_t i = 0; i < payload.size();) {
    size_t end = i;
    while (end < payload.size() && payload[end] == std::byte{0}) ++end;
    const bool is_run = end - i >= kLongRun;
    if (!out.empty() && (is_run || after_run)) out.push_back(' ');
    if (is_run) {
      out.append("0*").append(std::to_string(end - i));
      i = end;
    } else {
      append_hex(payload[i], out);
      ++i;
    }
    after_run = is_run;
  }
  return out;
}

std::string matches_text(const Rule& rule) {
  std::string out;
  for (const model::Part part : model::matches(rule)) {
    if (!out.empty()) out.append(" | ");
    out.append(part.name).append(" r").append(std::to_string(part.revision)).append(" ");
    out.append(payload_text(part.payload));
  }
  return out;
}

Rule rule_of(Family family, std::string_view command) {
  auto parsed = parse_command(family, words_of(command));
  if (!parsed) throw std::runtime_error(std::string(command) + ": " + parsed.error().message);
  return std::move(parsed->changes.at(0).operations.at(0).rule.value());
}

Error error_of(Family family, std::string_view command) {
  auto parsed = parse_command(family, words_of(command));
  if (parsed) throw std::runtime_error(std::string(command) + " is taken");
  return parsed.error();
}

}  // namespace ferrule::test
