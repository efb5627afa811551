#include "engine/outcome_bytes.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace ferrule::engine {
namespace {

enum class Kind : uint8_t { done, error };

// A message that long was not written by hand; the rest of it helps nobody.
constexpr size_t kMostText = 65536;

void put_number(std::string& out, uint32_t number) {
  for (unsigned shift = 0; shift < 32; shift += 8) out.push_back(static_cast<char>(number >> shift & 0xffU));
}

void put_text(std::string& out, std::string_view text) {
  text = text.substr(0, kMostText);
  put_number(out, static_cast<uint32_t>(text.size()));
  out += text;
}

// Takes one thing after the other; once something was missing, everything after it is too.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  uint8_t byte() { return static_cast<uint8_t>(take(1)[0]); }
  uint32_t number() {
    uint32_t out = 0;
    unsigned shift = 0;
    for (const char c : take(4)) {
      out |= static_cast<uint32_t>(static_cast<uint8_t>(c)) << shift;
      shift += 8;
    }
    return out;
  }
  std::string text() {
    const uint32_t size = number();
    if (size > kMostText) whole_ = false;
    if (!whole_) return {};
    return std::string(size == 0 ? std::string_view() : take(size));
  }
  bool read_all() const { return whole_ && rest_.empty(); }

 private:
  // Zeros where there are too few.
  std::string_view take(size_t size) {
    static constexpr std::string_view kZeros("\0\0\0\0", 4);
    if (size > rest_.size()) whole_ = false;
    if (!whole_) return kZeros.substr(0, std::min(size, kZeros.size()));
    const std::string_view out = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return out;
  }

  std::string_view rest_;
  bool whole_ = true;
};

}  // namespace

std::string to_bytes(const Result<CommitStats>& outcome) {
  std::string out;
  out.push_back(static_cast<char>(outcome ? Kind::done : Kind::error));
  if (outcome) {
    for (const uint32_t number : {outcome->tables, outcome->rules, outcome->retries}) put_number(out, number);
    return out;
  }
  const Error& error = outcome.error();
  out.push_back(static_cast<char>(error.code));
  put_number(out, static_cast<uint32_t>(error.errno_value));
  put_number(out, error.origin.line);
  for (const std::string* text :
       {&error.message, &error.origin.file, &error.origin.option, &error.table, &error.chain}) {
    put_text(out, *text);
  }
  return out;
}

std::optional<Result<CommitStats>> outcome_of(std::string_view bytes) {
  Reader reader(bytes);
  const uint8_t kind = reader.byte();
  if (kind == static_cast<uint8_t>(Kind::done)) {
    CommitStats stats;
    for (uint32_t* number : {&stats.tables, &stats.rules, &stats.retries}) *number = reader.number();
    if (!reader.read_all()) return std::nullopt;
    return stats;
  }
  if (kind != static_cast<uint8_t>(Kind::error)) return std::nullopt;
  const uint8_t code = reader.byte();
  if (code > static_cast<uint8_t>(Code::kSystem)) return std::nullopt;
  Error error{.code = static_cast<Code>(code), .message = {}};
  error.errno_value = static_cast<int>(reader.number());
  error.origin.line = reader.number();
  for (std::string* text : {&error.message, &error.origin.file, &error.origin.option, &error.table, &error.chain}) {
    *text = reader.text();
  }
  if (!reader.read_all()) return std::nullopt;
  return Result<CommitStats>(tl::unexpected(std::move(error)));
}

}  // namespace ferrule::engine
