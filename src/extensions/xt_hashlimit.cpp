// hashlimit, revisions 3, 2 and 1: struct xt_hashlimit_mtinfo3, 2 and 1 in <linux/netfilter/xt_hashlimit.h>.
// Revision 1 counts in coarser and smaller numbers, 3 adds rate matching.
#include <linux/netfilter/xt_hashlimit.h>

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <limits>
#include <string>

#include "extensions/bare_name.hpp"
#include "extensions/codec.hpp"
#include "extensions/fields.hpp"
#include "extensions/hashlimit_rate.hpp"
#include "extensions/lists.hpp"
#include "extensions/rates.hpp"

namespace ferrule::ext {
namespace {

enum OptionId : size_t {
  kUpto,
  kOldUpto,
  kAbove,
  kSourceMask,
  kDestinationMask,
  kBurst,
  kSize,
  kMax,
  kCollect,
  kExpire,
  kMode,
  kName,
  kRateMatch,
  kRateInterval
};

constexpr uint64_t kAnyLimit = bit(kUpto) | bit(kAbove);
constexpr uint32_t kDefaultCollect = 1000;  // milliseconds
constexpr uint32_t kDefaultExpire = 1000;
constexpr uint32_t kDefaultBurst = 5;

// For how long, in milliseconds, entries are kept if nothing is said. With packets it is the unit of time of the rate.
using DefaultExpiry = uint32_t;
constexpr DefaultExpiry kByteExpiry = 15000;
constexpr DefaultExpiry kByteBurstExpiry = 60000;

// In the order in which they are printed.
constexpr std::array<NamedBits, 4> kModes = {{{"srcip", XT_HASHLIMIT_HASH_SIP},
                                              {"srcport", XT_HASHLIMIT_HASH_SPT},
                                              {"dstip", XT_HASHLIMIT_HASH_DIP},
                                              {"dstport", XT_HASHLIMIT_HASH_DPT}}};
constexpr uint32_t kModeBits =
    XT_HASHLIMIT_HASH_SIP | XT_HASHLIMIT_HASH_SPT | XT_HASHLIMIT_HASH_DIP | XT_HASHLIMIT_HASH_DPT;

// Where a revision keeps the numbers that are stored as they are given.
struct Offsets {
  uint16_t size;
  uint16_t max;
  uint16_t collect;
  uint16_t expire;
};

constexpr std::array<Option, kRateInterval + 1> options_for(const Offsets& at) {
  constexpr Option kUptoRow = {.name = "hashlimit-upto",
                               .arg = Arg::kString,
                               .flags = kInvert,
                               .excludes = bit(kAbove),
                               .metavar = "rate",
                               .help = "match up to this rate: N[/second|minute|hour|day], or Nb, Nkb or Nmb/s"};
  return {{kUptoRow,
           alias_of(kUptoRow, "hashlimit"),
           {.name = "hashlimit-above",
            .arg = Arg::kString,
            .flags = kInvert,
            .excludes = bit(kUpto),
            .metavar = "rate",
            .help = "match beyond this rate"},
           {.name = "hashlimit-srcmask",
            .arg = Arg::kPrefixMask,
            .metavar = "length",
            .help = "prefix that groups source addresses"},
           {.name = "hashlimit-dstmask",
            .arg = Arg::kPrefixMask,
            .metavar = "length",
            .help = "prefix that groups destination addresses"},
           {.name = "hashlimit-burst",
            .arg = Arg::kString,
            .metavar = "number",
            .help = "how much may come at once, default 5 packets; with b, kb or mb where the rate is in bytes"},
           {.name = "hashlimit-htable-size",
            .arg = Arg::kU32,
            .offset = at.size,
            .metavar = "number",
            .help = "buckets of the hash table"},
           {.name = "hashlimit-htable-max",
            .arg = Arg::kU32,
            .offset = at.max,
            .metavar = "number",
            .help = "entries the hash table may hold"},
           {.name = "hashlimit-htable-gcinterval",
            .arg = Arg::kU32,
            .offset = at.collect,
            .metavar = "msec",
            .help = "time between two removals of idle entries"},
           {.name = "hashlimit-htable-expire",
            .arg = Arg::kU32,
            .offset = at.expire,
            .metavar = "msec",
            .help = "time after which an entry is idle"},
           {.name = "hashlimit-mode",
            .arg = Arg::kString,
            .metavar = "mode[,mode...]",
            .help = "what makes a group: srcip, srcport, dstip, dstport"},
           {.name = "hashlimit-name",
            .arg = Arg::kString,
            .flags = kMandatory,
            .min = 1,
            .metavar = "name",
            .help = "the table's name in /proc/net/ipt_hashlimit"},
           {.name = "hashlimit-rate-match", .help = "compare the rate itself instead of limiting it"},
           {.name = "hashlimit-rate-interval",
            .arg = Arg::kString,
            .metavar = "seconds",
            .help = "the time over which --hashlimit-rate-match measures"}}};
}

// What the options said, kept until all of them are known.
enum Scratch : size_t { kAmount, kSeconds, kBurstAmount, kBurstInBytes };

template <typename InfoT, uint32_t kScale, uint64_t kMaxBurst>
struct Hashlimit {
  using Info = InfoT;
  using Config = decltype(Info::cfg);
  using Average = decltype(Config::avg);
  static constexpr bool kMatchesRates = requires(Config cfg) { cfg.interval; };

  static constexpr uint16_t config_offset(size_t member) { return static_cast<uint16_t>(offsetof(Info, cfg) + member); }
  static constexpr auto kAllOptions =
      options_for({config_offset(offsetof(Config, size)), config_offset(offsetof(Config, max)),
                   config_offset(offsetof(Config, gc_interval)), config_offset(offsetof(Config, expire))});
  static constexpr std::span<const Option> kOptions =
      std::span(kAllOptions).first(kMatchesRates ? kAllOptions.size() : size_t{kRateMatch});

  static uint8_t full_prefix(Family family) { return family == Family::ipv4 ? 32 : 128; }

  static void init(Info& info, Family family) {
    info.cfg.burst = kDefaultBurst;
    info.cfg.gc_interval = kDefaultCollect;
    info.cfg.expire = kDefaultExpire;
    info.cfg.srcmask = info.cfg.dstmask = full_prefix(family);
  }

  static Result<void> parse(OptionCall& call, Info& info) {
    switch (call.id) {
      case kUpto:
      case kAbove:
        return parse_limit(call, info);
      case kSourceMask:
        return store_prefix(call, info.cfg.srcmask);
      case kDestinationMask:
        return store_prefix(call, info.cfg.dstmask);
      case kBurst:
        return parse_burst(call);
      case kMode:
        return parse_mode(call, info);
      case kName:
        put_text(info.name, call.text);
        return {};
      case kRateMatch:
        info.cfg.mode |= XT_HASHLIMIT_RATE_MATCH;
        return {};
      case kRateInterval:
        return parse_interval(call, info);
      default:
        return {};
    }
  }

  static Result<void> check(const CheckCall& call, Info& info) {
    if ((call.seen & kAnyLimit) == 0) return fail(Code::kInvalidInput, "You have to specify --hashlimit");
    return (info.cfg.mode & XT_HASHLIMIT_BYTES) != 0 ? finish_bytes(call, info) : finish_packets(call, info);
  }

  static void save(const PrintCall& call, const Info& info, Text& out) {
    const Config& cfg = info.cfg;
    out.raw((cfg.mode & XT_HASHLIMIT_INVERT) != 0 ? " --hashlimit-above" : " --hashlimit-upto");
    const DefaultExpiry expiry = append_limit(cfg, cfg.avg, "--hashlimit-", out);
    if ((cfg.mode & kModeBits) != 0) {
      out.raw(" --hashlimit-mode ");
      raw_names(kModes, cfg.mode, out);
    }
    put_name(out.option("hashlimit-name"), text_of(info.name));
    append_rest(call, cfg, expiry, "--hashlimit-", out);
  }

  static void print(const PrintCall& call, const Info& info, Text& out) {
    const Config& cfg = info.cfg;
    out.raw((cfg.mode & XT_HASHLIMIT_INVERT) != 0 ? " limit: above" : " limit: up to");
    uint64_t period = cfg.avg;
    if constexpr (kMatchesRates) {
      if (cfg.interval != 0 && (cfg.mode & XT_HASHLIMIT_BYTES) == 0) period *= cfg.interval;
    }
    const DefaultExpiry expiry = append_limit(cfg, period, "", out);
    if ((cfg.mode & kModeBits) != 0) {
      std::string_view separator = " mode ";
      for (const NamedBits& mode : kModes) {
        if ((cfg.mode & mode.bits) == 0) continue;
        out.raw(separator).raw(mode.name);
        separator = "-";
      }
    }
    append_rest(call, cfg, expiry, "", out);
  }

 private:
  static Result<void> parse_limit(const OptionCall& call, Info& info) {
    const auto rate = parse_hashlimit_rate(call.text);
    if (is_negative_rate(call.text)) return too_fast(call.text);
    if (!rate) return call.bad_value();
    const uint64_t fastest = rate->in_bytes ? kMaxByteRate : kScale * rate->seconds;
    if (rate->amount > fastest) return too_fast(call.text);
    call.scratch[kAmount] = rate->amount;
    call.scratch[kSeconds] = rate->seconds;
    if (rate->in_bytes) info.cfg.mode |= XT_HASHLIMIT_BYTES;
    if ((call.id == kAbove) != call.inverted) info.cfg.mode |= XT_HASHLIMIT_INVERT;
    return {};
  }

  static tl::unexpected<Error> too_fast(std::string_view text) {
    return fail(Code::kInvalidInput, "Rate too fast \"" + std::string(text) + "\"");
  }

  static tl::unexpected<Error> bad_burst() {
    return fail(Code::kInvalidInput,
                "bad value for option \"--hashlimit-burst\", or out of range (1-" + std::to_string(kMaxBurst) + ").");
  }

  static Result<void> parse_mode(const OptionCall& call, Info& info) {
    std::string_view list = call.text;
    while (!list.empty()) {
      const std::string_view item = next_item(list);
      const auto* mode =
          std::find_if(kModes.begin(), kModes.end(), [&](const NamedBits& row) { return row.name == item; });
      if (mode == kModes.end() && !item.empty()) return call.bad_value();
      if (mode != kModes.end()) info.cfg.mode |= mode->bits;
    }
    return {};
  }

  static Result<void> store_prefix(const OptionCall& call, uint8_t& length) {
    if (prefix_length(call.family(), call.mask) < 0) return call.bad_value();
    length = call.prefix_length;
    return {};
  }

  static Result<void> parse_burst(const OptionCall& call) {
    const auto burst = parse_hashlimit_burst(call.text);
    if (!burst || burst->amount == 0) return bad_burst();
    if (burst->amount > (burst->in_bytes ? std::numeric_limits<uint32_t>::max() : kMaxBurst)) return bad_burst();
    call.scratch[kBurstAmount] = burst->amount;
    call.scratch[kBurstInBytes] = burst->in_bytes ? 1 : 0;
    return {};
  }

  static Result<void> parse_interval(const OptionCall& call, Info& info) {
    if constexpr (kMatchesRates) {
      uint64_t seconds = 0;
      if (!parse_decimal(call.text, seconds) || seconds == 0 || seconds > std::numeric_limits<int32_t>::max()) {
        return call.bad_value();
      }
      info.cfg.interval = static_cast<uint32_t>(seconds);
    }
    return {};
  }

  static Result<void> finish_bytes(const CheckCall& call, Info& info) {
    info.cfg.avg = static_cast<Average>(bytes_to_cost(call.scratch[kAmount]));
    set_interval(info, 1);
    DefaultExpiry expiry = kByteExpiry;
    if ((call.seen & bit(kBurst)) == 0) {
      info.cfg.burst = 0;
    } else {
      const uint64_t rate = cost_to_bytes(info.cfg.avg);
      const uint64_t burst = call.scratch[kBurstAmount];
      if (rate == 0) return fail(Code::kInvalidInput, "a rate below 16b/s cannot have a burst");
      if (burst < rate) {
        return fail(Code::kInvalidInput, "burst cannot be smaller than " + std::to_string(rate) + "b");
      }
      info.cfg.burst = static_cast<decltype(info.cfg.burst)>((burst + rate - 1) / rate);
      expiry = kByteBurstExpiry;
    }
    if ((call.seen & bit(kExpire)) == 0) info.cfg.expire = expiry;
    return {};
  }

  static Result<void> finish_packets(const CheckCall& call, Info& info) {
    if ((call.seen & bit(kBurst)) != 0) {
      if (call.scratch[kBurstInBytes] != 0 && call.scratch[kBurstAmount] > kMaxBurst) return bad_burst();
      info.cfg.burst = static_cast<decltype(info.cfg.burst)>(call.scratch[kBurstAmount]);
    }
    const uint64_t amount = call.scratch[kAmount];
    const uint64_t seconds = call.scratch[kSeconds];
    // A rate that is matched is an amount per interval; one that limits is packets over time.
    const bool matched = (info.cfg.mode & XT_HASHLIMIT_RATE_MATCH) != 0;
    info.cfg.avg = static_cast<Average>((matched ? kScale : kScale * seconds) / amount);
    if (info.cfg.avg == 0) return too_fast(std::to_string(amount));
    set_interval(info, static_cast<uint32_t>(seconds));
    if ((call.seen & bit(kExpire)) == 0) info.cfg.expire = static_cast<uint32_t>(seconds * 1000);
    return {};
  }

  static void set_interval(Info& info, uint32_t seconds) {
    if constexpr (kMatchesRates) {
      if ((info.cfg.mode & XT_HASHLIMIT_RATE_MATCH) != 0 && info.cfg.interval == 0) info.cfg.interval = seconds;
    }
  }

  // The rate and the burst.
  static DefaultExpiry append_limit(const Config& cfg, uint64_t period, std::string_view prefix, Text& out) {
    if ((cfg.mode & XT_HASHLIMIT_BYTES) == 0) {
      const DefaultExpiry expiry = print_rate(period, kScale, out) * 1000;
      out.raw(' ').raw(prefix).raw("burst").number(cfg.burst);
      return expiry;
    }
    print_byte_rate(period, out);
    if (cfg.burst == 0) return kByteExpiry;
    print_byte_burst(cost_to_bytes(period) * cfg.burst, out.raw(' ').raw(prefix).raw("burst"));
    return kByteBurstExpiry;
  }

  static void append_rest(const PrintCall& call, const Config& cfg, DefaultExpiry expiry, std::string_view prefix,
                          Text& out) {
    const auto number = [&](std::string_view name, uint64_t value, uint64_t unsaid) {
      if (value != unsaid) out.raw(' ').raw(prefix).raw(name).number(value);
    };
    number("htable-size", cfg.size, 0);
    number("htable-max", cfg.max, 0);
    number("htable-gcinterval", cfg.gc_interval, kDefaultCollect);
    number("htable-expire", cfg.expire, expiry);
    number("srcmask", cfg.srcmask, full_prefix(call.family));
    number("dstmask", cfg.dstmask, full_prefix(call.family));
    if constexpr (kMatchesRates) {
      if ((cfg.mode & XT_HASHLIMIT_RATE_MATCH) == 0) return;
      out.raw(' ').raw(prefix).raw("rate-match");
      number("rate-interval", cfg.interval, 1);
    }
  }
};

using Hashlimit3 = Hashlimit<xt_hashlimit_mtinfo3, XT_HASHLIMIT_SCALE_v2, 1000000>;
using Hashlimit2 = Hashlimit<xt_hashlimit_mtinfo2, XT_HASHLIMIT_SCALE_v2, 1000000>;
using Hashlimit1 = Hashlimit<xt_hashlimit_mtinfo1, XT_HASHLIMIT_SCALE, 10000>;

template <typename Codec>
constexpr Extension hashlimit(uint8_t revision) {
  return make_extension<Codec>({.name = "hashlimit",
                                .revision = revision,
                                .options = Codec::kOptions,
                                .compared = offsetof(typename Codec::Info, hinfo),
                                .summary = "the rate of packets or bytes in groups of connections"});
}

}  // namespace

extern constinit const Extension kMatchHashlimitR3 = hashlimit<Hashlimit3>(3);
extern constinit const Extension kMatchHashlimitR2 = hashlimit<Hashlimit2>(2);
extern constinit const Extension kMatchHashlimitR1 = hashlimit<Hashlimit1>(1);

}  // namespace ferrule::ext
