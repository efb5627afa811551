// statistic, revision 0: struct xt_statistic_info in <linux/netfilter/xt_statistic.h>.
#include <linux/netfilter/xt_statistic.h>

#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <string>

#include "extensions/codec.hpp"

namespace ferrule::ext {
namespace {

enum Id : size_t { kMode, kProbability, kEvery, kPacket };

constexpr std::array<Option, 4> kOptions = {{{.name = "mode",
                                              .arg = Arg::kString,
                                              .flags = kMandatory,
                                              .metavar = "random|nth",
                                              .help = "by chance, or by counting"},
                                             {.name = "probability",
                                              .arg = Arg::kString,
                                              .flags = kInvert,
                                              .excludes = bit(kEvery) | bit(kPacket),
                                              .metavar = "p",
                                              .help = "random: the chance, 0.0 to 1.0"},
                                             {.name = "every",
                                              .arg = Arg::kU32,
                                              .flags = kInvert,
                                              .excludes = bit(kProbability),
                                              .needs = bit(kPacket),
                                              .min = 1,
                                              .metavar = "n",
                                              .help = "nth: one packet of n"},
                                             {.name = "packet",
                                              .arg = Arg::kU32,
                                              .excludes = bit(kProbability),
                                              .needs = bit(kEvery),
                                              .metavar = "p",
                                              .help = "nth: where counting starts, 0 to n-1"}}};

// The kernel compares this many fractions of 1 with 31 random bits.
constexpr double kScale = 0x80000000;

struct Statistic {
  using Info = xt_statistic_info;

  static Result<void> parse(OptionCall& call, Info& info) {
    if (call.inverted) info.flags |= XT_STATISTIC_INVERT;
    switch (call.id) {
      case kMode:
        return parse_mode(call, info);
      case kProbability:
        return parse_probability(call, info);
      case kEvery:
        info.u.nth.every = static_cast<uint32_t>(call.number[0] - 1);
        return {};
      default:
        info.u.nth.packet = static_cast<uint32_t>(call.number[0]);
        return {};
    }
  }

  static Result<void> parse_mode(const OptionCall& call, Info& info) {
    if (call.text == "random") {
      info.mode = XT_STATISTIC_MODE_RANDOM;
    } else if (call.text == "nth") {
      info.mode = XT_STATISTIC_MODE_NTH;
    } else {
      return fail(Code::kInvalidInput, "Bad mode \"" + std::string(call.text) + "\"");
    }
    return {};
  }

  static Result<void> parse_probability(const OptionCall& call, Info& info) {
    std::string_view text = call.text;
    const bool is_hex = text.starts_with("0x") || text.starts_with("0X");
    if (is_hex) text.remove_prefix(2);
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value,
                                              is_hex ? std::chars_format::hex : std::chars_format::general);
    if (error != std::errc{} || end != text.data() + text.size() || !(value >= 0 && value <= 1)) {
      return call.error("bad value for option \"--probability\", or out of range (0-1).");
    }
    info.u.random.probability = static_cast<uint32_t>(std::lround(value * kScale));
    return {};
  }

  static Result<void> check(const CheckCall& call, Info& info) {
    const bool is_nth = info.mode == XT_STATISTIC_MODE_NTH;
    if (!is_nth && (call.seen & bit(kProbability)) == 0) {
      return fail(Code::kInvalidInput, "--probability must be specified when using random mode");
    }
    if (is_nth && (call.seen & (bit(kEvery) | bit(kPacket))) == 0) {
      return fail(Code::kInvalidInput, "--every and --packet must be specified when using nth mode");
    }
    // `every` is already one less than typed.
    if (is_nth && info.u.nth.packet > info.u.nth.every) {
      return fail(Code::kInvalidInput, "the --packet p must be 0 <= p <= n-1");
    }
    // Where the kernel starts counting; in either mode, so that equal rules have equal bytes.
    info.u.nth.count = info.u.nth.every - info.u.nth.packet;
    return {};
  }

  static void save(const PrintCall&, const Info& info, Text& out) {
    if (info.mode == XT_STATISTIC_MODE_NTH) {
      out.raw(" --mode nth").option("every", is_inverted(info)).number(uint64_t{info.u.nth.every} + 1);
      out.option("packet").number(info.u.nth.packet);
    } else {
      out.raw(" --mode random").option("probability", is_inverted(info)).raw(' ');
      raw_probability(info, out);
    }
  }

  static void print(const PrintCall&, const Info& info, Text& out) {
    const std::string_view inversion = is_inverted(info) ? " !" : "";
    if (info.mode == XT_STATISTIC_MODE_NTH) {
      out.raw(" statistic mode nth").raw(inversion).raw(" every").number(uint64_t{info.u.nth.every} + 1);
      if (info.u.nth.packet != 0) out.raw(" packet").number(info.u.nth.packet);
    } else {
      out.raw(" statistic mode random").raw(inversion).raw(" probability ");
      raw_probability(info, out);
    }
  }

  static bool is_inverted(const Info& info) { return (info.flags & XT_STATISTIC_INVERT) != 0; }

  // Eleven places tell neighbouring values apart.
  static void raw_probability(const Info& info, Text& out) {
    std::array<char, 32> digits;
    const auto* end = std::to_chars(digits.data(), digits.data() + digits.size(), info.u.random.probability / kScale,
                                    std::chars_format::fixed, 11)
                          .ptr;
    out.raw({digits.data(), static_cast<size_t>(end - digits.data())});
  }
};

}  // namespace

extern constinit const Extension kMatchStatistic =
    make_extension<Statistic>({.name = "statistic",
                               .options = kOptions,
                               .compared = offsetof(xt_statistic_info, u.nth.count),
                               .summary = "some of the packets, by chance or by counting"});

}  // namespace ferrule::ext
