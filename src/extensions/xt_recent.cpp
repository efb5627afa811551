// recent, revisions 1 and 0: struct xt_recent_mtinfo_v1 and xt_recent_mtinfo in <linux/netfilter/xt_recent.h>.
// Revision 1 adds a mask.
#include <linux/netfilter/xt_recent.h>

#include <array>
#include <cstddef>

#include "extensions/bare_name.hpp"
#include "extensions/codec.hpp"
#include "extensions/fields.hpp"

namespace ferrule::ext {
namespace {

enum OptionId : size_t {
  kSet,
  kRcheck,
  kUpdate,
  kRemove,
  kSeconds,
  kReap,
  kHitcount,
  kRttl,
  kName,
  kRsource,
  kRdest,
  kMask
};

constexpr uint64_t kCommands = bit(kSet) | bit(kRcheck) | bit(kUpdate) | bit(kRemove);

constexpr Option command(std::string_view name, OptionId id, std::string_view help) {
  Option option{.name = name, .flags = kInvert, .excludes = kCommands & ~bit(id)};
  option.help = help;
  return option;
}

// The fields up to the name lie at the same offsets in both revisions.
constexpr std::array<Option, kMask + 1> kOptions = {{
    command("set", kSet, "put the address on the list; always matches"),
    command("rcheck", kRcheck, "the address is on the list"),
    command("update", kUpdate, "the same, and note that it was seen now"),
    command("remove", kRemove, "the address is on the list, and is taken off"),
    {.name = "seconds",
     .arg = Arg::kU32,
     .min = 1,
     .offset = offsetof(xt_recent_mtinfo, seconds),
     .metavar = "seconds",
     .help = "it was seen within this time"},
    {.name = "reap", .needs = bit(kSeconds), .help = "drop what is older than --seconds"},
    {.name = "hitcount",
     .arg = Arg::kU32,
     .offset = offsetof(xt_recent_mtinfo, hit_count),
     .metavar = "hits",
     .help = "it was seen at least this often"},
    {.name = "rttl", .excludes = bit(kSet) | bit(kRemove), .help = "with the same TTL as the packet that was --set"},
    {.name = "name", .arg = Arg::kString, .metavar = "name", .help = "the list, default DEFAULT"},
    {.name = "rsource", .help = "the list holds source addresses (default)"},
    {.name = "rdest", .help = "the list holds destination addresses"},
    {.name = "mask", .arg = Arg::kHost, .metavar = "netmask", .help = "applied to addresses before they are looked up"},
}};

struct CommandName {
  uint8_t bit;
  std::string_view option;
  std::string_view printed;
};
constexpr std::array<CommandName, 4> kCommandNames = {{{XT_RECENT_SET, "set", " SET"},
                                                       {XT_RECENT_CHECK, "rcheck", " CHECK"},
                                                       {XT_RECENT_UPDATE, "update", " UPDATE"},
                                                       {XT_RECENT_REMOVE, "remove", " REMOVE"}}};

template <typename InfoT>
struct Recent {
  using Info = InfoT;
  static constexpr bool kHasMask = requires(Info info) { info.mask; };
  static constexpr std::span<const Option> kRows = std::span(kOptions).first(kHasMask ? kOptions.size() : kMask);

  static void init(Info& info, Family) {
    put_text(info.name, "DEFAULT");
    info.side = XT_RECENT_SOURCE;
    if constexpr (kHasMask) std::memset(&info.mask, 0xff, sizeof info.mask);
  }

  static Result<void> parse(OptionCall& call, Info& info) {
    switch (call.id) {
      case kSet:
        return add_command(call, XT_RECENT_SET, info);
      case kRcheck:
        return add_command(call, XT_RECENT_CHECK, info);
      case kUpdate:
        return add_command(call, XT_RECENT_UPDATE, info);
      case kRemove:
        return add_command(call, XT_RECENT_REMOVE, info);
      case kReap:
        info.check_set |= XT_RECENT_REAP;
        return {};
      case kRttl:
        info.check_set |= XT_RECENT_TTL;
        return {};
      case kName: {
        // iptables copies over "DEFAULT" and its NUL, so the rest of that stays behind a shorter name.
        const size_t length = std::min(call.text.size(), sizeof info.name - 1);
        std::copy_n(call.text.begin(), length, info.name);
        info.name[length] = '\0';
        return {};
      }
      case kRsource:
        info.side = XT_RECENT_SOURCE;
        return {};
      case kRdest:
        info.side = XT_RECENT_DEST;
        return {};
      case kMask:
        if constexpr (kHasMask) info.mask = inet_of(call.address);
        return {};
      default:
        return {};
    }
  }

  static Result<void> check(const CheckCall& call, Info&) {
    if ((call.seen & kCommands) != 0) return {};
    return call.error("you must specify one of `--set', `--rcheck' `--update' or `--remove'");
  }

  static void save(const PrintCall& call, const Info& info, Text& out) {
    if (info.invert != 0) out.raw(" !");
    for (const CommandName& command : kCommandNames) {
      if ((info.check_set & command.bit) != 0) out.option(command.option);
    }
    if (info.seconds != 0) out.option("seconds").number(info.seconds);
    if ((info.check_set & XT_RECENT_REAP) != 0) out.option("reap");
    if (info.hit_count != 0) out.option("hitcount").number(info.hit_count);
    if ((info.check_set & XT_RECENT_TTL) != 0) out.option("rttl");
    put_name(out.option("name"), text_of(info.name));
    if constexpr (kHasMask) out.option("mask").raw(' ').raw_address(call.family, address_of(info.mask));
    if (info.side == XT_RECENT_SOURCE) out.option("rsource");
    if (info.side == XT_RECENT_DEST) out.option("rdest");
  }

  static void print(const PrintCall& call, const Info& info, Text& out) {
    out.raw(info.invert != 0 ? " ! recent:" : " recent:");
    for (const CommandName& command : kCommandNames) {
      if ((info.check_set & command.bit) != 0) out.raw(command.printed);
    }
    if (info.seconds != 0) out.raw(" seconds:").number(info.seconds);
    if ((info.check_set & XT_RECENT_REAP) != 0) out.raw(" reap");
    if (info.hit_count != 0) out.raw(" hit_count:").number(info.hit_count);
    if ((info.check_set & XT_RECENT_TTL) != 0) out.raw(" TTL-Match");
    out.raw(" name:").word(text_of(info.name));
    if (info.side == XT_RECENT_SOURCE) out.raw(" side: source");
    if (info.side == XT_RECENT_DEST) out.raw(" side: dest");
    if constexpr (kHasMask) out.raw(" mask: ").raw_address(call.family, address_of(info.mask));
  }

 private:
  static Result<void> add_command(const OptionCall& call, uint8_t command, Info& info) {
    info.check_set |= command;
    if (call.inverted) info.invert = 1;
    return {};
  }
};

template <typename Codec>
constexpr Extension recent(uint8_t revision) {
  return make_extension<Codec>({.name = "recent",
                                .revision = revision,
                                .options = Codec::kRows,
                                .summary = "lists of addresses that were seen lately"});
}

}  // namespace

extern constinit const Extension kMatchRecentR1 = recent<Recent<xt_recent_mtinfo_v1>>(1);
extern constinit const Extension kMatchRecentR0 = recent<Recent<xt_recent_mtinfo>>(0);

}  // namespace ferrule::ext
