// limit, revision 0: struct xt_rateinfo in <linux/netfilter/xt_limit.h>.
#include <linux/netfilter/xt_limit.h>

#include <array>
#include <cstddef>

#include "extensions/codec.hpp"
#include "extensions/rates.hpp"

namespace ferrule::ext {
namespace {

enum Id : size_t { kLimit, kBurst };

constexpr uint32_t kDefaultBurst = 5;
constexpr uint32_t kDefaultPeriod = 3600 / 3 * XT_LIMIT_SCALE;  // three an hour

constexpr std::array<Option, 2> kOptions = {{{.name = "limit",
                                              .arg = Arg::kString,
                                              .metavar = "rate[/second|/minute|/hour|/day]",
                                              .help = "average rate of packets (3/hour unless given)"},
                                             {.name = "limit-burst",
                                              .arg = Arg::kU32,
                                              .max = 10000,
                                              .offset = offsetof(xt_rateinfo, burst),
                                              .metavar = "number",
                                              .help = "how many may come at once (5 unless given)"}}};

struct Limit {
  using Info = xt_rateinfo;

  static void init(Info& info, Family) {
    info.avg = kDefaultPeriod;
    info.burst = kDefaultBurst;
  }

  static Result<void> parse(OptionCall& call, Info& info) {
    if (call.id == kBurst) return {};
    const auto period = parse_rate(call.text, XT_LIMIT_SCALE);
    if (!period) return tl::unexpected(period.error());
    info.avg = *period;
    return {};
  }

  static void save(const PrintCall&, const Info& info, Text& out) {
    print_rate(info.avg, XT_LIMIT_SCALE, out.option("limit"));
    if (info.burst != kDefaultBurst) out.option("limit-burst").number(info.burst);
  }

  static void print(const PrintCall&, const Info& info, Text& out) {
    print_rate(info.avg, XT_LIMIT_SCALE, out.raw(" limit: avg"));
    out.raw(" burst").number(info.burst);
  }
};

}  // namespace

extern constinit const Extension kMatchLimit = make_extension<Limit>({.name = "limit",
                                                                      .options = kOptions,
                                                                      .compared = offsetof(xt_rateinfo, prev),
                                                                      .summary = "at most so many packets in a time"});

}  // namespace ferrule::ext
