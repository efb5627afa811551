// IDLETIMER: struct idletimer_tg_info_v1 (revision 1) and idletimer_tg_info (revision 0) in
// <linux/netfilter/xt_IDLETIMER.h>.
#include <linux/netfilter/xt_IDLETIMER.h>

#include <cstddef>

#include "extensions/bare_name.hpp"
#include "extensions/codec.hpp"
#include "extensions/fields.hpp"

namespace ferrule::ext {
namespace {

enum IdletimerOption : size_t { kTimeout, kLabel, kAlarm };

constexpr std::array<Option, 3> kOptions = {
    {{.name = "timeout",
      .arg = Arg::kU32,
      .flags = kMandatory,
      .offset = offsetof(idletimer_tg_info, timeout),
      .metavar = "seconds",
      .help = "how long without a packet is idle"},
     {.name = "label", .arg = Arg::kString, .flags = kMandatory, .metavar = "name", .help = "the timer's name"},
     {.name = "alarm", .help = "wake the system from suspend"}}};

template <typename Payload>
struct Idletimer {
  using Info = Payload;
  static_assert(offsetof(Info, timeout) == offsetof(idletimer_tg_info, timeout));
  static constexpr bool kHasAlarm = requires(Info info) { info.timer_type; };

  static Result<void> parse(OptionCall& call, Info& info) {
    if (call.id == kLabel) put_text(info.label, call.text);
    if constexpr (kHasAlarm) {
      if (call.id == kAlarm) info.timer_type = XT_IDLETIMER_ALARM;
    }
    return {};
  }

  static bool is_alarm(const Info& info) {
    if constexpr (kHasAlarm) return info.timer_type == XT_IDLETIMER_ALARM;
    return false;
  }

  static void save(const PrintCall&, const Info& info, Text& out) {
    out.option("timeout").number(info.timeout);
    put_name(out.option("label"), text_of(info.label));
    if (is_alarm(info)) out.option("alarm");
  }

  static void print(const PrintCall&, const Info& info, Text& out) {
    out.raw(" timeout:").raw_number(info.timeout).raw(" label:").raw(text_of(info.label));
    if (is_alarm(info)) out.raw(" alarm");
  }
};

template <typename Info>
constexpr Extension idletimer(uint8_t revision, std::span<const Option> options) {
  return make_extension<Idletimer<Info>>({.kind = Kind::target,
                                          .name = "IDLETIMER",
                                          .revision = revision,
                                          .options = options,
                                          .compared = offsetof(Info, timer),
                                          .summary = "tell when an interface has been idle"});
}

}  // namespace

extern constinit const Extension kTargetIdletimerR1 = idletimer<idletimer_tg_info_v1>(1, kOptions);
extern constinit const Extension kTargetIdletimerR0 =
    idletimer<idletimer_tg_info>(0, std::span(kOptions).first<kAlarm>());

}  // namespace ferrule::ext
