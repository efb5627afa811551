// ULOG: struct ipt_ulog_info, which is no longer in the headers. Kernels since 3.17 lack it.
#include <array>
#include <bit>
#include <cstddef>

#include "extensions/codec.hpp"
#include "extensions/fields.hpp"
#include "extensions/log_prefix.hpp"

namespace ferrule::ext {
namespace {

enum UlogOption : size_t { kGroup, kPrefix, kRange, kThreshold };

// The sizes are the kernel's `size_t`.
struct UlogInfo {
  uint32_t nl_group;  // a bit
  uint64_t copy_range;
  uint64_t qthreshold;
  char prefix[32];
};

constexpr Option size_row(std::string_view name, uint64_t min, uint64_t max, uint16_t offset, std::string_view help) {
  return {.name = name, .arg = Arg::kU64, .min = min, .max = max, .offset = offset, .metavar = "number", .help = help};
}

constexpr std::array<Option, 4> kOptions = {
    {{.name = "ulog-nlgroup",
      .arg = Arg::kU8,
      .min = 1,
      .max = 32,
      .metavar = "group",
      .help = "the netlink group to send to (1)"},
     log_prefix_row("ulog-prefix"),
     size_row("ulog-cprange", 0, 0, offsetof(UlogInfo, copy_range), "how much of the packet to send (0: all)"),
     size_row("ulog-qthreshold", 1, 50, offsetof(UlogInfo, qthreshold), "how many packets to send at once (1)")}};

struct Ulog {
  using Info = UlogInfo;

  static void init(Info& info, Family) {
    info.nl_group = 1;
    info.qthreshold = 1;
  }

  static Result<void> parse(OptionCall& call, Info& info) {
    if (call.id == kGroup) info.nl_group = 1U << (call.number[0] - 1);
    if (call.id != kPrefix) return {};
    put_text(info.prefix, call.text);
    return check_log_prefix(call);
  }

  static int group(const Info& info) { return info.nl_group == 0 ? 0 : std::countr_zero(info.nl_group) + 1; }

  static void save(const PrintCall&, const Info& info, Text& out) {
    if (info.prefix[0] != '\0') out.option("ulog-prefix").quoted(text_of(info.prefix));
    if (info.nl_group != 1) out.option("ulog-nlgroup").number(static_cast<uint64_t>(group(info)));
    if (info.copy_range != 0) out.option("ulog-cprange").number(info.copy_range);
    if (info.qthreshold != 1) out.option("ulog-qthreshold").number(info.qthreshold);
  }

  static void print(const PrintCall&, const Info& info, Text& out) {
    out.raw(" ULOG copy_range").number(info.copy_range).raw(" nlgroup").number(static_cast<uint64_t>(group(info)));
    if (info.prefix[0] != '\0') out.raw(" prefix \"").raw(text_of(info.prefix)).raw('"');
    out.raw(" queue_threshold").number(info.qthreshold);
  }
};

}  // namespace

extern constinit const Extension kTargetUlog = make_extension<Ulog>({.kind = Kind::target,
                                                                     .name = "ULOG",
                                                                     .families = Families::ipv4,
                                                                     .options = kOptions,
                                                                     .summary = "send the packet to a program"});

}  // namespace ferrule::ext
