// RATEEST: struct xt_rateest_target_info in <linux/netfilter/xt_RATEEST.h>. The kernel takes the interval as a power of
// two of quarters of a second, from -2 (250 ms) to 3 (8 s), and the averaging time as a power of two of intervals.
#include <linux/netfilter/xt_RATEEST.h>

#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <optional>

#include "extensions/bare_name.hpp"
#include "extensions/codec.hpp"
#include "extensions/fields.hpp"
#include "extensions/lists.hpp"

namespace ferrule::ext {
namespace {

enum RateestOption : size_t { kName, kInterval, kEwmalog };

constexpr Option text_row(std::string_view name, std::string_view metavar, std::string_view help) {
  return {.name = name, .arg = Arg::kString, .flags = kMandatory, .metavar = metavar, .help = help};
}
constexpr std::array kOptions = {text_row("rateest-name", "name", "the estimator's name"),
                                 text_row("rateest-interval", "time{s|ms|us}", "how often to measure, 250ms to 8s"),
                                 text_row("rateest-ewmalog", "time{s|ms|us}", "the time over which to average")};

struct Unit {
  std::string_view name;
  double microseconds;
};
constexpr std::array<Unit, 10> kUnits = {{{"s", 1e6},
                                          {"sec", 1e6},
                                          {"secs", 1e6},
                                          {"ms", 1e3},
                                          {"msec", 1e3},
                                          {"msecs", 1e3},
                                          {"us", 1},
                                          {"usec", 1},
                                          {"usecs", 1},
                                          {"", 1}}};

// Whole microseconds.
std::optional<uint32_t> read_time(std::string_view text) {
  double number = 0;
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  if (read.ec != std::errc{}) return std::nullopt;
  const std::string_view unit(read.ptr, static_cast<size_t>(end - read.ptr));
  for (const Unit& row : kUnits) {
    if (!same_word(row.name, unit)) continue;
    const double time = number * row.microseconds;
    if (!(time >= 0 && time <= 4294967295.0)) return std::nullopt;
    return static_cast<uint32_t>(time);
  }
  return std::nullopt;
}

constexpr uint32_t kQuarterSecond = 250000;

// The power of two whose moving average has about the time constant `average`; 0 or 31 and more are out of range.
uint8_t ewma_log(uint32_t interval, uint32_t average) {
  uint8_t log = 1;
  while (log < 32) {
    const double weight = 1.0 - 1.0 / static_cast<double>(uint64_t{1} << log);
    if (static_cast<double>(interval) / -std::log(weight) > average) break;
    ++log;
  }
  return static_cast<uint8_t>(log - 1);
}

void raw_time(uint32_t microseconds, Text& out) {
  // One decimal, rounded to even where it is a tie, as printf does.
  const auto decimal = [&](double value, std::string_view unit) {
    std::array<char, 32> buffer;
    const char* end =
        std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::fixed, 1).ptr;
    out.raw({buffer.data(), static_cast<size_t>(end - buffer.data())}).raw(unit);
  };
  if (microseconds >= 1000000) {
    decimal(microseconds / 1e6, "s");
  } else if (microseconds >= 1000) {
    decimal(microseconds / 1e3, "ms");
  } else {
    out.raw_number(microseconds).raw("us");
  }
}

struct Rateest {
  using Info = xt_rateest_target_info;

  // The times wait in `scratch` for each other: 0 is the interval, 1 the average.
  static Result<void> parse(OptionCall& call, Info& info) {
    if (call.id == kName) {
      put_text(info.name, call.text);
      return {};
    }
    const bool interval = call.id == kInterval;
    const auto time = read_time(call.text);
    if (!time) {
      return call.error("bad " + std::string(interval ? "interval" : "ewmalog") + " value \"" + std::string(call.text) +
                        "\"");
    }
    call.scratch[interval ? 0 : 1] = *time;
    return {};
  }

  static Result<void> check(const CheckCall& call, Info& info) {
    const auto interval = static_cast<uint32_t>(call.scratch[0]);
    int power = 0;
    while (power <= 5 && interval > kQuarterSecond << power) ++power;
    if (power > 5) return call.error("interval value is too large");
    info.interval = static_cast<int8_t>(power - 2);
    info.ewma_log = ewma_log(interval, static_cast<uint32_t>(call.scratch[1]));
    if (info.ewma_log == 0 || info.ewma_log >= 31) return call.error("ewmalog value is out of range");
    return {};
  }

  // Bytes that the check above would not have made shift by as much as the processor would.
  static uint32_t interval_of(const Info& info) { return (kQuarterSecond * 4U << ((info.interval + 2) & 31)) / 4U; }
  static uint32_t average_of(const Info& info) { return interval_of(info) << (info.ewma_log & 31); }

  static void save(const PrintCall&, const Info& info, Text& out) {
    put_name(out.option("rateest-name"), text_of(info.name));
    raw_time(interval_of(info), out.option("rateest-interval").raw(' '));
    raw_time(average_of(info), out.option("rateest-ewmalog").raw(' '));
  }

  static void print(const PrintCall&, const Info& info, Text& out) {
    out.raw(" name ").raw(text_of(info.name));
    raw_time(interval_of(info), out.raw(" interval "));
    raw_time(average_of(info), out.raw(" ewmalog "));
  }
};

}  // namespace

extern constinit const Extension kTargetRateest =
    make_extension<Rateest>({.kind = Kind::target,
                             .name = "RATEEST",
                             .options = kOptions,
                             .compared = offsetof(xt_rateest_target_info, est),
                             .summary = "estimate the rate of packets, for -m rateest"});

}  // namespace ferrule::ext
