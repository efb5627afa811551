// rateest, revision 0: struct xt_rateest_match_info in <linux/netfilter/xt_rateest.h>. One estimator is compared with a
// value ("absolute"), or two with each other ("relative"); with --rateest-delta a value is taken off each rate first.
#include <linux/netfilter/xt_rateest.h>

#include <array>
#include <charconv>
#include <cstddef>
#include <limits>
#include <string>

#include "extensions/bare_name.hpp"
#include "extensions/codec.hpp"
#include "extensions/fields.hpp"
#include "extensions/lists.hpp"

namespace ferrule::ext {
namespace {

enum OptionId : size_t {
  kRateest,
  kRateest1,
  kRateest2,
  kDelta,
  kBps,
  kBps1,
  kBps2,
  kPps,
  kPps1,
  kPps2,
  kLess,
  kGreater,
  kEqual
};

constexpr uint64_t kComparisons = bit(kLess) | bit(kGreater) | bit(kEqual);

constexpr Option rate_option(std::string_view name, std::string_view help) {
  return {.name = name, .arg = Arg::kString, .flags = kMaybeWord, .metavar = "[rate]", .help = help};
}

constexpr Option comparison(std::string_view name, OptionId id, std::string_view help) {
  Option option{.name = name, .flags = kInvert, .excludes = kComparisons & ~bit(id)};
  option.help = help;
  return option;
}

constexpr std::array<Option, kEqual + 1> kOptions = {{
    {.name = "rateest", .arg = Arg::kString, .metavar = "name", .help = "the one estimator to look at"},
    {.name = "rateest1", .arg = Arg::kString, .metavar = "name", .help = "the first of two estimators"},
    {.name = "rateest2", .arg = Arg::kString, .metavar = "name", .help = "the second"},
    {.name = "rateest-delta", .help = "by how much the rates exceed the values given"},
    rate_option("rateest-bps", "bytes per second; with a value such as 2.5mbit or 100kbps"),
    rate_option("rateest-bps1", "the value for the first estimator"),
    rate_option("rateest-bps2", "the value for the second"),
    rate_option("rateest-pps", "packets per second"),
    rate_option("rateest-pps1", "the value for the first estimator"),
    rate_option("rateest-pps2", "the value for the second"),
    comparison("rateest-lt", kLess, "the rate is less"),
    comparison("rateest-gt", kGreater, "the rate is greater"),
    comparison("rateest-eq", kEqual, "the rates are equal"),
}};

struct RateUnit {
  std::string_view name;
  double bits;
};
constexpr std::array<RateUnit, 19> kRateUnits = {{{"", 1.},
                                                  {"bit", 1.},
                                                  {"kibit", 1024.},
                                                  {"kbit", 1e3},
                                                  {"mibit", 1024. * 1024},
                                                  {"mbit", 1e6},
                                                  {"gibit", 1024. * 1024 * 1024},
                                                  {"gbit", 1e9},
                                                  {"tibit", 1024. * 1024 * 1024 * 1024},
                                                  {"tbit", 1e12},
                                                  {"bps", 8.},
                                                  {"kibps", 8. * 1024},
                                                  {"kbps", 8e3},
                                                  {"mibps", 8. * 1024 * 1024},
                                                  {"mbps", 8e6},
                                                  {"gibps", 8. * 1024 * 1024 * 1024},
                                                  {"gbps", 8e9},
                                                  {"tibps", 8. * 1024 * 1024 * 1024 * 1024},
                                                  {"tbps", 8e12}}};

// Bytes per second.
std::optional<uint32_t> parse_rate(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || number < 0) return std::nullopt;
  const std::string_view name = text.substr(static_cast<size_t>(end - text.data()));
  for (const RateUnit& unit : kRateUnits) {
    if (!same_word(name, unit.name)) continue;
    const double bytes = number * unit.bits / 8;
    // Written so that it holds for no NaN and no infinity.
    if (!(bytes < 4294967296.)) return std::nullopt;
    return static_cast<uint32_t>(bytes);
  }
  return std::nullopt;
}

// Divides, rounding to the nearest and a half to the even number, as printf does.
uint64_t rounded(uint64_t value, uint64_t divisor) {
  const uint64_t quotient = value / divisor;
  const uint64_t twice = value % divisor * 2;
  return quotient + ((twice > divisor || (twice == divisor && quotient % 2 != 0)) ? 1 : 0);
}

void append_rate(uint32_t bytes, Numbers numbers, Text& out) {
  if (numbers == Numbers::kNumeric) {
    out.number(bytes);
    return;
  }
  const uint64_t bits = uint64_t{bytes} * 8;
  if (bits >= 1'000'000'000) {
    out.number(rounded(bits, 1'000'000)).raw("Mbit");
  } else if (bits >= 1'000'000) {
    out.number(rounded(bits, 1'000)).raw("Kbit");
  } else {
    out.number(bits).raw("bit");
  }
}

struct Rateest {
  using Info = xt_rateest_match_info;

  static Result<void> parse(OptionCall& call, Info& info) {
    switch (call.id) {
      case kRateest:
      case kRateest1:
        if ((call.seen & (bit(kRateest) | bit(kRateest1))) != 0) return call.error(twice(call.id));
        put_text(info.name1, call.text);
        return {};
      case kRateest2:
        put_text(info.name2, call.text);
        return {};
      case kDelta:
        info.flags |= XT_RATEEST_MATCH_DELTA;
        return {};
      case kBps:
      case kBps2:
        return parse_bytes(call, info, info.bps2);
      case kBps1:
        return parse_bytes(call, info, info.bps1);
      case kPps:
      case kPps2:
        return parse_packets(call, info, info.pps2);
      case kPps1:
        return parse_packets(call, info, info.pps1);
      default:
        info.mode = call.id == kLess      ? XT_RATEEST_MATCH_LT
                    : call.id == kGreater ? XT_RATEEST_MATCH_GT
                                          : XT_RATEEST_MATCH_EQ;
        if (call.inverted) info.flags |= XT_RATEEST_MATCH_INVERT;
        return {};
    }
  }

  static std::string refusal(const OptionCall& call, Refusal why) {
    const std::string name(call.option.name);
    if (why == Refusal::kInverted) return "rateest: " + name + " can't be inverted";
    return "rateest: " + twice(call.id);
  }

  // Options that fill the same field are one.
  static std::string twice(size_t id) {
    if (id >= kLess) return "can't specify lt/gt/eq twice";
    const size_t field = id == kRateest ? kRateest1 : id == kBps ? kBps2 : id == kPps ? kPps2 : id;
    return "can't specify --" + std::string(kOptions[field].name) + " twice";
  }

  static Result<void> check(const CheckCall& call, Info& info) {
    const bool relative = (call.seen & bit(kRateest2)) != 0;
    info.flags |= static_cast<uint16_t>(relative ? XT_RATEEST_MATCH_REL : XT_RATEEST_MATCH_ABS);
    return {};
  }

  static void save(const PrintCall&, const Info& info, Text& out) {
    const bool relative = has(info, XT_RATEEST_MATCH_REL);
    const bool delta = has(info, XT_RATEEST_MATCH_DELTA);
    if (delta) out.option("rateest-delta");
    if (!relative && !has(info, XT_RATEEST_MATCH_ABS)) return;
    put_name(out.option(relative ? "rateest1" : "rateest"), text_of(info.name1));
    if (has(info, XT_RATEEST_MATCH_BPS)) {
      if (delta) append_rate(info.bps1, Numbers::kNames, out.option("rateest-bps1"));
      append_comparison(info, "--rateest-", out);
      out.option(delta ? "rateest-bps2" : "rateest-bps");
      if (delta || !relative) append_rate(info.bps2, Numbers::kNames, out);
    }
    if (has(info, XT_RATEEST_MATCH_PPS)) {
      if (delta) out.option("rateest-pps1").number(info.pps1);
      append_comparison(info, "--rateest-", out);
      out.option(delta ? "rateest-pps2" : "rateest-pps");
      if (delta || !relative) out.number(info.pps2);
    }
    if (relative) put_name(out.option("rateest2"), text_of(info.name2));
  }

  static void print(const PrintCall& call, const Info& info, Text& out) {
    const bool relative = has(info, XT_RATEEST_MATCH_REL);
    const bool delta = has(info, XT_RATEEST_MATCH_DELTA);
    out.raw(" rateest match ").raw(text_of(info.name1));
    if (delta) out.raw(" delta");
    if (has(info, XT_RATEEST_MATCH_BPS)) {
      out.raw(" bps");
      if (delta) append_rate(info.bps1, call.numbers, out);
      if (!relative) {
        append_rate(info.bps2, call.numbers, out);
        append_comparison(info, "", out);
      }
    }
    if (has(info, XT_RATEEST_MATCH_PPS)) {
      out.raw(" pps");
      if (delta) out.number(info.pps1);
      if (!relative) {
        append_comparison(info, "", out);
        out.number(info.pps2);
      }
    }
    if (!relative) return;
    append_comparison(info, "", out);
    out.word(text_of(info.name2));
    if (has(info, XT_RATEEST_MATCH_BPS)) {
      out.raw(" bps");
      if (delta) append_rate(info.bps2, call.numbers, out);
    }
    if (has(info, XT_RATEEST_MATCH_PPS)) {
      out.raw(" pps");
      if (delta) out.number(info.pps2);
    }
  }

 private:
  static bool has(const Info& info, uint16_t flag) { return (info.flags & flag) != 0; }

  static Result<void> parse_bytes(const OptionCall& call, Info& info, uint32_t& rate) {
    if (call.id != kBps1 && (call.seen & (bit(kBps) | bit(kBps2))) != 0) return call.error(twice(call.id));
    info.flags |= XT_RATEEST_MATCH_BPS;
    if (call.text.data() == nullptr) return {};
    const auto bytes = parse_rate(call.text);
    if (!bytes) return call.error("could not parse rate `" + std::string(call.text) + "'");
    rate = *bytes;
    return {};
  }

  static Result<void> parse_packets(const OptionCall& call, Info& info, uint32_t& rate) {
    if (call.id != kPps1 && (call.seen & (bit(kPps) | bit(kPps2))) != 0) return call.error(twice(call.id));
    info.flags |= XT_RATEEST_MATCH_PPS;
    if (call.text.data() == nullptr) return {};
    uint64_t packets = 0;
    if (!parse_number(call.text, std::numeric_limits<uint32_t>::max(), packets)) {
      return call.error("could not parse pps `" + std::string(call.text) + "'");
    }
    rate = static_cast<uint32_t>(packets);
    return {};
  }

  static void append_comparison(const Info& info, std::string_view prefix, Text& out) {
    out.raw(has(info, XT_RATEEST_MATCH_INVERT) ? " ! " : " ").raw(prefix);
    switch (info.mode) {
      case XT_RATEEST_MATCH_EQ:
        out.raw("eq");
        break;
      case XT_RATEEST_MATCH_LT:
        out.raw("lt");
        break;
      case XT_RATEEST_MATCH_GT:
        out.raw("gt");
        break;
      default:
        break;
    }
  }
};

}  // namespace

extern constinit const Extension kMatchRateest =
    make_extension<Rateest>({.name = "rateest",
                             .options = kOptions,
                             .compared = offsetof(xt_rateest_match_info, est1),
                             .summary = "rates that the RATEEST target has estimated"});

}  // namespace ferrule::ext
