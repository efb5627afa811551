// CT and its other name NOTRACK: struct xt_ct_target_info_v1 (revisions 2 and 1) and xt_ct_target_info (revision 0) in
// <linux/netfilter/xt_CT.h>. A flag of revision 2 remembers which of the names was used.
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/xt_CT.h>

#include <algorithm>
#include <array>
#include <cstddef>

#include "extensions/bare_name.hpp"
#include "extensions/codec.hpp"
#include "extensions/fields.hpp"
#include "extensions/lists.hpp"

namespace ferrule::ext {
namespace {

// The order of the rows; --timeout is not in revision 0, the last two only in revision 2.
enum CtOption : size_t { kNotrack, kHelper, kCtEvents, kExpEvents, kZone, kTimeout, kZoneOrig, kZoneReply };

constexpr std::array<Option, 8> kOptions = {
    {{.name = "notrack", .help = "do not track the connection"},
     {.name = "helper", .arg = Arg::kString, .metavar = "name", .help = "use this connection tracking helper"},
     {.name = "ctevents", .arg = Arg::kString, .metavar = "event[,...]", .help = "send only these connection events"},
     {.name = "expevents", .arg = Arg::kString, .metavar = "event[,...]", .help = "send only these expectation events"},
     {.name = "zone", .arg = Arg::kString, .metavar = "id|mark", .help = "the zone of both directions"},
     {.name = "timeout", .arg = Arg::kString, .metavar = "name", .help = "use this timeout policy"},
     {.name = "zone-orig", .arg = Arg::kString, .metavar = "id|mark", .help = "the zone of the original direction"},
     {.name = "zone-reply", .arg = Arg::kString, .metavar = "id|mark", .help = "the zone of the reply direction"}}};

constexpr std::array<NamedBits, 10> kConnectionEvents = {{{"new", 1U << IPCT_NEW},
                                                          {"related", 1U << IPCT_RELATED},
                                                          {"destroy", 1U << IPCT_DESTROY},
                                                          {"reply", 1U << IPCT_REPLY},
                                                          {"assured", 1U << IPCT_ASSURED},
                                                          {"protoinfo", 1U << IPCT_PROTOINFO},
                                                          {"helper", 1U << IPCT_HELPER},
                                                          {"mark", 1U << IPCT_MARK},
                                                          {"natseqinfo", 1U << IPCT_NATSEQADJ},
                                                          {"secmark", 1U << IPCT_SECMARK}}};
constexpr std::array<NamedBits, 1> kExpectationEvents = {{{"new", 1U << IPEXP_NEW}}};

Result<uint32_t> read_events(std::span<const NamedBits> table, std::string_view list) {
  // Unlike most names in lists, these must be in lower case.
  if (std::any_of(list.begin(), list.end(), [](char c) { return c >= 'A' && c <= 'Z'; })) {
    return fail(Code::kInvalidInput, "Unknown event type \"" + std::string(list) + "\"");
  }
  return read_bits({table, Spelling::kWhole, EmptyItems::kUnknown, "Unknown event type \"", "\""}, list);
}

constexpr uint16_t kDirections = XT_CT_ZONE_DIR_ORIG | XT_CT_ZONE_DIR_REPL;

constexpr uint16_t direction_of(size_t option) {
  if (option == kZoneOrig) return XT_CT_ZONE_DIR_ORIG;
  return option == kZoneReply ? XT_CT_ZONE_DIR_REPL : 0;
}

std::string_view zone_option(uint16_t flags) {
  switch (flags & kDirections) {
    case XT_CT_ZONE_DIR_ORIG:
      return "zone-orig";
    case XT_CT_ZONE_DIR_REPL:
      return "zone-reply";
    default:
      return "zone";
  }
}

// The payload has one zone, for one direction or for both, so that a second one can only repeat it.
template <typename Info>
Result<void> read_zone(const OptionCall& call, Info& info) {
  constexpr uint64_t kZones = bit(kZone) | bit(kZoneOrig) | bit(kZoneReply);
  const uint16_t before = info.flags & XT_CT_ZONE_MARK;
  const uint16_t zone_before = info.zone;
  info.flags |= direction_of(call.id);
  uint64_t zone = 0;
  if (same_word(call.text, "mark")) {
    info.flags |= XT_CT_ZONE_MARK;
  } else if (!parse_number(call.text, 0xffff, zone)) {
    return fail(Code::kInvalidInput, "Cannot parse " + std::string(call.text) + " as a zone ID");
  }
  info.zone = static_cast<uint16_t>(zone);
  const bool another = (call.seen & kZones) != 0;
  const bool both_and_one = another && (call.id == kZone || (call.seen & bit(kZone)) != 0);
  if (both_and_one || (another && (before != (info.flags & XT_CT_ZONE_MARK) || zone_before != info.zone))) {
    return call.error("a packet can be put into one zone only");
  }
  return {};
}

template <typename Payload>
struct Ct {
  using Info = Payload;
  static constexpr bool kHasTimeout = std::same_as<Payload, xt_ct_target_info_v1>;

  static Result<void> parse(OptionCall& call, Info& info) {
    switch (call.id) {
      case kNotrack:
        info.flags |= XT_CT_NOTRACK;
        return {};
      case kHelper:
        put_text(info.helper, call.text);
        return {};
      case kTimeout:
        if constexpr (kHasTimeout) put_text(info.timeout, call.text);
        return {};
      case kCtEvents:
      case kExpEvents: {
        const bool connection = call.id == kCtEvents;
        const auto events =
            connection ? read_events(kConnectionEvents, call.text) : read_events(kExpectationEvents, call.text);
        if (!events) return tl::unexpected(events.error());
        (connection ? info.ct_events : info.exp_events) = *events;
        return {};
      }
      default:
        return read_zone(call, info);
    }
  }

  static std::string_view printed_name(const Info& info) {
    return kHasTimeout && (info.flags & XT_CT_NOTRACK_ALIAS) != 0 ? "NOTRACK" : "CT";
  }

  // Both forms have the same words in the same order, with `before` in front of each.
  static void put(std::string_view before, const Info& info, Text& out) {
    const auto word = [&](std::string_view name) { out.raw(before).raw(name); };
    if ((info.flags & XT_CT_NOTRACK) != 0) word("notrack");
    if (info.helper[0] != '\0') {
      word("helper");
      put_name(out, text_of(info.helper));
    }
    if constexpr (kHasTimeout) {
      if (info.timeout[0] != '\0') {
        word("timeout");
        put_name(out, text_of(info.timeout));
      }
    }
    if (info.ct_events != 0) {
      word("ctevents ");
      raw_names(kConnectionEvents, info.ct_events, out);
    }
    if (info.exp_events != 0) {
      word("expevents ");
      raw_names(kExpectationEvents, info.exp_events, out);
    }
    if ((info.flags & XT_CT_ZONE_MARK) != 0) {
      word(zone_option(info.flags));
      out.word("mark");
    } else if (info.zone != 0) {
      word(zone_option(info.flags));
      out.number(info.zone);
    }
  }

  static void save(const PrintCall&, const Info& info, Text& out) {
    if (printed_name(info) == "CT") put(" --", info, out);
  }

  static void print(const PrintCall&, const Info& info, Text& out) {
    out.word(printed_name(info));
    if (printed_name(info) == "CT") put(" ", info, out);
  }
};

template <typename Payload, uint16_t kFlags>
struct Notrack : Ct<Payload> {
  static void init(Payload& info, Family) { info.flags = kFlags; }
};

template <typename Codec>
constexpr Extension ct(std::string_view name, uint8_t revision, std::span<const Option> options) {
  return make_extension<Codec>({.kind = Kind::target,
                                .name = name,
                                .kernel_name = "CT",
                                .revision = revision,
                                .options = options,
                                .compared = offsetof(typename Codec::Info, ct),
                                .summary = "choose how the connection is tracked"});
}

using Info0 = xt_ct_target_info;
using Info1 = xt_ct_target_info_v1;

}  // namespace

extern constinit const Extension kTargetCtR2 = ct<Ct<Info1>>("CT", 2, kOptions);
extern constinit const Extension kTargetCtR1 = ct<Ct<Info1>>("CT", 1, std::span(kOptions).first<kZoneOrig>());
extern constinit const Extension kTargetCtR0 = ct<Ct<Info0>>("CT", 0, std::span(kOptions).first<kTimeout>());

extern constinit const Extension kTargetNotrackR2 =
    ct<Notrack<Info1, XT_CT_NOTRACK | XT_CT_NOTRACK_ALIAS>>("NOTRACK", 2, {});
extern constinit const Extension kTargetNotrackR1 = ct<Notrack<Info1, XT_CT_NOTRACK>>("NOTRACK", 1, {});
extern constinit const Extension kTargetNotrackR0 = ct<Notrack<Info0, XT_CT_NOTRACK>>("NOTRACK", 0, {});

}  // namespace ferrule::ext
