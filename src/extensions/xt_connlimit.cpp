// connlimit, revision 1: struct xt_connlimit_info in <linux/netfilter/xt_connlimit.h>.
#include <netinet/in.h>
// after <netinet/in.h>, which it would otherwise clash with
#include <linux/netfilter/xt_connlimit.h>

#include <array>
#include <cstddef>
#include <cstring>
#include <string>

#include "extensions/codec.hpp"
#include "extensions/fields.hpp"

namespace ferrule::ext {
namespace {

enum Id : size_t { kUpto, kAbove, kMask, kSource, kDestination };

constexpr std::array<Option, 5> kOptions = {
    {{.name = "connlimit-upto",
      .arg = Arg::kU32,
      .flags = kInvert,
      .excludes = bit(kAbove),
      .offset = offsetof(xt_connlimit_info, limit),
      .metavar = "n",
      .help = "there are at most n connections"},
     {.name = "connlimit-above",
      .arg = Arg::kU32,
      .flags = kInvert,
      .excludes = bit(kUpto),
      .offset = offsetof(xt_connlimit_info, limit),
      .metavar = "n",
      .help = "there are more than n connections"},
     {.name = "connlimit-mask",
      .arg = Arg::kPrefixMask,
      .metavar = "prefix_length",
      .help = "hosts with this prefix in common count together (each for itself unless given)"},
     {.name = "connlimit-saddr", .excludes = bit(kDestination), .help = "count by source address (as if given)"},
     {.name = "connlimit-daddr", .excludes = bit(kSource), .help = "count by destination address"}}};

struct Connlimit {
  using Info = xt_connlimit_info;

  static void init(Info& info, Family) { std::memset(&info.mask, 0xff, sizeof info.mask); }

  static Result<void> parse(OptionCall& call, Info& info) {
    switch (call.id) {
      case kUpto:
        if (!call.inverted) info.flags |= XT_CONNLIMIT_INVERT;
        return {};
      case kAbove:
        if (call.inverted) info.flags |= XT_CONNLIMIT_INVERT;
        return {};
      case kMask:
        info.mask = inet_of(call.mask);
        if (prefix_length(call.family(), call.mask) >= 0) return {};
        // There would be no way to print it.
        return call.error("bad value for option \"--connlimit-mask\", neither a valid network mask nor valid CIDR (0-" +
                          std::string(call.family() == Family::ipv4 ? "32" : "128") + ").");
      case kDestination:
        info.flags |= XT_CONNLIMIT_DADDR;
        return {};
      default:
        return {};
    }
  }

  static Result<void> check(const CheckCall& call, Info&) {
    if ((call.seen & (bit(kUpto) | bit(kAbove))) != 0) return {};
    return fail(Code::kInvalidInput, R"(You must specify "--connlimit-above" or "--connlimit-upto".)");
  }

  static bool is_upto(const Info& info) { return (info.flags & XT_CONNLIMIT_INVERT) != 0; }
  static bool is_destination(const Info& info) { return (info.flags & XT_CONNLIMIT_DADDR) != 0; }

  // The ones of the mask, which anything but iptables may have made other than a prefix.
  static uint64_t ones(const PrintCall& call, const Info& info) {
    const model::Address mask = address_of(info.mask);
    uint64_t count = 0;
    for (size_t i = 0; i < model::address_size(call.family); ++i) {
      count += static_cast<uint64_t>(__builtin_popcount(mask[i]));
    }
    return count;
  }

  static void save(const PrintCall& call, const Info& info, Text& out) {
    out.option(is_upto(info) ? "connlimit-upto" : "connlimit-above").number(info.limit);
    out.option("connlimit-mask").number(ones(call, info));
    out.option(is_destination(info) ? "connlimit-daddr" : "connlimit-saddr");
  }

  static void print(const PrintCall& call, const Info& info, Text& out) {
    out.raw(is_destination(info) ? " #conn dst/" : " #conn src/").raw_number(ones(call, info));
    out.raw(is_upto(info) ? " <= " : " > ").raw_number(info.limit);
  }
};

}  // namespace

extern constinit const Extension kMatchConnlimit =
    make_extension<Connlimit>({.name = "connlimit",
                               .revision = 1,
                               .options = kOptions,
                               .compared = offsetof(xt_connlimit_info, data),
                               .summary = "how many connections a host or network has"});

}  // namespace ferrule::ext
