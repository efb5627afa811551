// LED: struct xt_led_info in <linux/netfilter/xt_LED.h>.
#include <linux/netfilter/xt_LED.h>

#include <cstddef>

#include "extensions/codec.hpp"
#include "extensions/fields.hpp"
#include "extensions/lists.hpp"

namespace ferrule::ext {
namespace {

enum LedOption : size_t { kTrigger, kDelay, kAlwaysBlink };

// The trigger's name in the LED class begins with this.
constexpr std::string_view kPrefix = "netfilter-";
constexpr uint32_t kForever = 0xffffffff;

constexpr std::array<Option, 3> kOptions = {{{.name = "led-trigger-id",
                                              .arg = Arg::kString,
                                              .flags = kMandatory,
                                              .max = sizeof(xt_led_info::id) - kPrefix.size() - 1,
                                              .metavar = "name",
                                              .help = "the trigger's name"},
                                             {.name = "led-delay",
                                              .arg = Arg::kString,
                                              .metavar = "milliseconds|inf",
                                              .help = "how long the light stays on (0)"},
                                             {.name = "led-always-blink", .help = "blink even while it is on"}}};

struct Led {
  using Info = xt_led_info;

  static Result<void> parse(OptionCall& call, Info& info) {
    if (call.id == kTrigger) {
      put_text(info.id, std::string(kPrefix) + std::string(call.text));
    } else if (call.id == kAlwaysBlink) {
      info.always_blink = 1;
    } else if (same_word(call.text, "inf")) {
      info.delay = kForever;
    } else {
      uint64_t delay = 0;
      if (!parse_number(call.text, 0xffffffff, delay)) {
        return fail(Code::kInvalidInput, "Delay value must be within range 0..4294967295");
      }
      info.delay = static_cast<uint32_t>(delay);
    }
    return {};
  }

  static void raw_trigger(const Info& info, Text& out) {
    std::string_view name = text_of(info.id);
    if (name.starts_with(kPrefix)) name.remove_prefix(kPrefix.size());
    out.raw('"');
    for (const char c : name) {
      if (c == '"' || c == '\\') out.raw('\\');
      out.raw(c);
    }
    out.raw('"');
  }

  static void raw_delay(const Info& info, Text& out) {
    if (info.delay == kForever) {
      out.raw("inf");
    } else {
      out.raw_number(info.delay);
    }
  }

  static void save(const PrintCall&, const Info& info, Text& out) {
    raw_trigger(info, out.option("led-trigger-id").raw(' '));
    if (info.delay != 0) raw_delay(info, out.option("led-delay").raw(' '));
    if (info.always_blink != 0) out.option("led-always-blink");
  }

  static void print(const PrintCall&, const Info& info, Text& out) {
    raw_trigger(info, out.raw(" led-trigger-id:"));
    raw_delay(info, out.raw(" led-delay:"));
    if (info.delay != kForever) out.raw("ms");
    if (info.always_blink != 0) out.raw(" led-always-blink");
  }
};

}  // namespace

extern constinit const Extension kTargetLed = make_extension<Led>({.kind = Kind::target,
                                                                   .name = "LED",
                                                                   .options = kOptions,
                                                                   .compared = offsetof(xt_led_info, internal_data),
                                                                   .summary = "light an LED"});

}  // namespace ferrule::ext
