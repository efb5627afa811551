#include "engine/outcome_bytes.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <utility>
#include <vector>

namespace ferrule::engine {
namespace {

enum class Kind : uint8_t { done, error };

// A message that long was not written by hand.
constexpr size_t kMostText = 65536;
// nf_tables may refuse every line of a batch; the first of them say enough.
constexpr uint32_t kMostItems = 256;

// Writer and Reader have the same functions, so that one description of each struct (`transfer`) serves both ways and
// no field can be written and not read.
class Writer {
 public:
  static constexpr bool kReads = false;
  void number(uint64_t number) {
    for (unsigned shift = 0; shift < 64; shift += 8) out_.push_back(static_cast<char>(number >> shift & 0xffU));
  }
  void text(const std::string& text) {
    const std::string_view cut = std::string_view(text).substr(0, kMostText);
    number(cut.size());
    out_ += cut;
  }
  uint32_t count(size_t size) {
    const auto kept = static_cast<uint32_t>(std::min<size_t>(size, kMostItems));
    number(kept);
    return kept;
  }
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

// Takes one thing after the other; once something was missing or wrong, everything after it is too.
class Reader {
 public:
  static constexpr bool kReads = true;
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  uint64_t number() {
    if (rest_.size() < sizeof(uint64_t)) whole_ = false;
    if (!whole_) return 0;
    uint64_t out = 0;
    for (size_t i = 0; i < sizeof(uint64_t); ++i) out |= uint64_t{static_cast<uint8_t>(rest_[i])} << 8 * i;
    rest_.remove_prefix(sizeof(uint64_t));
    return out;
  }
  std::string text() {
    const uint64_t size = number();
    if (size > kMostText || size > rest_.size()) whole_ = false;
    if (!whole_) return {};
    std::string out(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return out;
  }
  uint32_t count() {
    const uint64_t count = number();
    if (count > kMostItems) whole_ = false;
    return whole_ ? static_cast<uint32_t>(count) : 0;
  }
  // A number that must be at most `most`.
  uint64_t bounded(uint64_t most) {
    const uint64_t value = number();
    if (value > most) whole_ = false;
    return whole_ ? value : 0;
  }
  bool read_all() const { return whole_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool whole_ = true;
};

template <typename Way, typename Number>
void transfer_number(Way& way, Number& number) {
  if constexpr (Way::kReads) {
    number = static_cast<Number>(way.number());
  } else {
    way.number(static_cast<uint64_t>(number));
  }
}

// Of an enumeration or a bool whose values go up to `last`.
template <typename Way, typename Value>
void transfer_value(Way& way, Value& value, Value last) {
  if constexpr (Way::kReads) {
    value = static_cast<Value>(way.bounded(static_cast<uint64_t>(last)));
  } else {
    way.number(static_cast<uint64_t>(value));
  }
}

template <typename Way>
void transfer_family(Way& way, Family& family) {
  bool is_ipv6 = family == Family::ipv6;
  transfer_value(way, is_ipv6, true);
  family = is_ipv6 ? Family::ipv6 : Family::ipv4;
}

template <typename Way>
void transfer_text(Way& way, std::string& text) {
  if constexpr (Way::kReads) {
    text = way.text();
  } else {
    way.text(text);
  }
}

template <typename Way, typename Item, typename Transfer>
void transfer_items(Way& way, std::vector<Item>& items, const Transfer& transfer_item) {
  if constexpr (Way::kReads) {
    items.clear();
    for (uint32_t left = way.count(); left > 0; --left) transfer_item(items.emplace_back());
  } else {
    const uint32_t kept = way.count(items.size());
    for (uint32_t i = 0; i < kept; ++i) transfer_item(items[i]);
  }
}

template <typename Way, typename Value, typename Transfer>
void transfer_optional(Way& way, std::optional<Value>& value, const Transfer& transfer_it) {
  bool is_there = value.has_value();
  transfer_value(way, is_there, true);
  if (!is_there) {
    value.reset();
    return;
  }
  if (!value) value.emplace();
  transfer_it(*value);
}

template <typename Way>
void transfer(Way& way, Origin& origin) {
  auto& [file, line, option] = origin;
  transfer_text(way, file);
  transfer_number(way, line);
  transfer_text(way, option);
}

template <typename Way>
void transfer(Way& way, std::chrono::nanoseconds& time) {
  auto count = time.count();
  transfer_number(way, count);
  time = std::chrono::nanoseconds(count);
}

template <typename Way>
void transfer(Way& way, Attempt& attempt) {
  auto& [families, retries, detect_time, commit_time] = attempt;
  transfer_items(way, families, [&](FamilyReport& report) {
    auto& [family, backend, native, reason] = report;
    transfer_family(way, family);
    transfer_value(way, backend, BackendKind::exec);
    transfer_value(way, native, true);
    transfer_text(way, reason);
  });
  transfer_number(way, retries);
  transfer(way, detect_time);
  transfer(way, commit_time);
}

// A structured binding names every field, so that one that is added does not compile before it crosses.
template <typename Way>
void transfer(Way& way, Error& error) {
  auto& [code, message, origin, errno_value, table, chain, also_refused, kind, subject, family, backend, spawned,
         attempt] = error;
  transfer_value(way, code, kLastCode);
  transfer_text(way, message);
  transfer(way, origin);
  transfer_number(way, errno_value);
  transfer_text(way, table);
  transfer_text(way, chain);
  transfer_items(way, also_refused, [&](RefusedLine& refused) {
    auto& [refused_origin, refused_message] = refused;
    transfer(way, refused_origin);
    transfer_text(way, refused_message);
  });
  transfer_value(way, kind, kLastErrorKind);
  transfer_text(way, subject);
  transfer_optional(way, family, [&](Family& value) { transfer_family(way, value); });
  transfer_optional(way, backend, [&](BackendKind& value) { transfer_value(way, value, BackendKind::exec); });
  transfer_value(way, spawned, true);
  transfer(way, attempt);
}

template <typename Way>
void transfer(Way& way, CommitStats& stats) {
  auto& [tables, rules, retries] = stats;
  transfer_number(way, tables);
  transfer_number(way, rules);
  transfer_number(way, retries);
}

}  // namespace

std::string to_bytes(const Result<CommitStats>& outcome) {
  Writer writer;
  Kind kind = outcome ? Kind::done : Kind::error;
  transfer_value(writer, kind, Kind::error);
  if (outcome) {
    CommitStats stats = *outcome;
    transfer(writer, stats);
  } else {
    Error error = outcome.error();
    transfer(writer, error);
  }
  return writer.take();
}

std::optional<Result<CommitStats>> outcome_of(std::string_view bytes) {
  Reader reader(bytes);
  Kind kind = Kind::done;
  transfer_value(reader, kind, Kind::error);
  if (kind == Kind::done) {
    CommitStats stats;
    transfer(reader, stats);
    if (!reader.read_all()) return std::nullopt;
    return stats;
  }
  Error error{};
  transfer(reader, error);
  if (!reader.read_all()) return std::nullopt;
  return Result<CommitStats>(tl::unexpected(std::move(error)));
}

}  // namespace ferrule::engine
