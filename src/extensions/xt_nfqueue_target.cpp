// NFQUEUE: struct xt_NFQ_info_v3 and its forerunners v2, v1 and xt_NFQ_info in <linux/netfilter/xt_NFQUEUE.h>. Each
// revision adds an option at the end of the table: 1 --queue-balance, 2 --queue-bypass, 3 --queue-cpu-fanout.
#include <linux/netfilter/xt_NFQUEUE.h>

#include <cstddef>

#include "extensions/codec.hpp"

namespace ferrule::ext {
namespace {

enum QueueOption : size_t { kNum, kBalance, kBypass, kFanout, kEnd };

constexpr std::array<Option, kEnd> kOptions = {
    {{.name = "queue-num",
      .arg = Arg::kU16,
      .excludes = bit(kBalance),
      .offset = offsetof(xt_NFQ_info, queuenum),
      .metavar = "value",
      .help = "the queue (0)"},
     {.name = "queue-balance",
      .arg = Arg::kU16Range,
      .excludes = bit(kNum),
      .metavar = "first:last",
      .help = "spread connections over these queues"},
     {.name = "queue-bypass", .help = "accept while nobody listens"},
     {.name = "queue-cpu-fanout", .needs = bit(kBalance), .help = "choose the queue by CPU, not by connection"}}};

template <typename Payload>
struct Nfqueue {
  using Info = Payload;
  static_assert(offsetof(Info, queuenum) == offsetof(xt_NFQ_info, queuenum));
  static constexpr bool kBalances = requires(Info info) { info.queues_total; };
  static constexpr bool kBypasses = requires(Info info) { info.bypass; };
  static constexpr bool kHasFlags = requires(Info info) { info.flags; };

  static void init(Info& info, Family) {
    if constexpr (kBalances) info.queues_total = 1;
  }

  static Result<void> parse(OptionCall& call, Info& info) {
    if constexpr (kBalances) {
      if (call.id == kBalance) return parse_balance(call, info);
    }
    if constexpr (kBypasses) {
      if (call.id == kBypass) info.bypass = NFQ_FLAG_BYPASS;
    }
    if constexpr (kHasFlags) {
      if (call.id == kBypass) info.flags |= NFQ_FLAG_BYPASS;
      if (call.id == kFanout) info.flags |= NFQ_FLAG_CPU_FANOUT;
    }
    return {};
  }

  static Result<void> parse_balance(const OptionCall& call, Info& info) {
    const auto [first, last] = call.number;
    if (call.count != 2) return fail(Code::kInvalidInput, "Bad range \"" + std::string(call.text) + "\"");
    if (first >= last) {
      return fail(Code::kInvalidInput, std::to_string(first) + " should be less than " + std::to_string(last));
    }
    info.queuenum = static_cast<uint16_t>(first);
    // All 65536 queues become 0, which the kernel refuses.
    info.queues_total = static_cast<uint16_t>(last - first + 1);
    return {};
  }

  static uint16_t flags_of(const Info& info) {
    if constexpr (kHasFlags) return info.flags;
    if constexpr (kBypasses) return (info.bypass & NFQ_FLAG_BYPASS) != 0 ? NFQ_FLAG_BYPASS : 0;
    return 0;
  }

  static void put(std::string_view before, const Info& info, Text& out) {
    unsigned total = 1;
    if constexpr (kBalances) total = info.queues_total;
    if (total > 1) {
      out.raw(before).raw("balance").number(info.queuenum).raw(':').raw_number(info.queuenum + total - 1);
    } else {
      out.raw(before).raw("num").number(info.queuenum);
    }
    if ((flags_of(info) & NFQ_FLAG_BYPASS) != 0) out.raw(before).raw("bypass");
    if ((flags_of(info) & NFQ_FLAG_CPU_FANOUT) != 0) out.raw(before).raw("cpu-fanout");
  }

  static void save(const PrintCall&, const Info& info, Text& out) { put(" --queue-", info, out); }
  static void print(const PrintCall&, const Info& info, Text& out) { put(" ", info, out.raw(" NFQUEUE")); }
};

template <typename Info>
constexpr Extension nfqueue(uint8_t revision, size_t options) {
  return make_extension<Nfqueue<Info>>({.kind = Kind::target,
                                        .name = "NFQUEUE",
                                        .revision = revision,
                                        .options = std::span(kOptions).first(options),
                                        .summary = "let a program decide"});
}

}  // namespace

extern constinit const Extension kTargetNfqueueR3 = nfqueue<xt_NFQ_info_v3>(3, kEnd);
extern constinit const Extension kTargetNfqueueR2 = nfqueue<xt_NFQ_info_v2>(2, kFanout);
extern constinit const Extension kTargetNfqueueR1 = nfqueue<xt_NFQ_info_v1>(1, kBypass);
extern constinit const Extension kTargetNfqueueR0 = nfqueue<xt_NFQ_info>(0, kBalance);

}  // namespace ferrule::ext
