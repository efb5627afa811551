// conntrack, revisions 3, 2 and 1: struct xt_conntrack_mtinfo{3,2,1} in <linux/netfilter/xt_conntrack.h>. The state
// match is an alias of it: the same payload with a bit that says how to print it.
#include <netinet/in.h>
// after <netinet/in.h>, which they would otherwise clash with
#include <linux/netfilter/xt_conntrack.h>

#include <array>
#include <cstddef>
#include <string>

#include "extensions/codec.hpp"
#include "extensions/conntrack_names.hpp"
#include "extensions/fields.hpp"
#include "extensions/lists.hpp"
#include "extensions/networks.hpp"

namespace ferrule::ext {
namespace {

constexpr std::array<NamedBits, 5> kStatuses = {{{"NONE", 0},
                                                 {"EXPECTED", IPS_EXPECTED},
                                                 {"SEEN_REPLY", IPS_SEEN_REPLY},
                                                 {"ASSURED", IPS_ASSURED},
                                                 {"CONFIRMED", IPS_CONFIRMED}}};

constexpr ListRules kCtStateList = {kConnectionStates, Spelling::kBeginning, EmptyItems::kUnknown, "Bad ctstate \"",
                                    "\""};
constexpr ListRules kCtStatusList = {kStatuses, Spelling::kBeginning, EmptyItems::kUnknown, "Bad ctstatus \"", "\""};

enum Id : size_t {
  kState,
  kProto,
  kOrigSrc,
  kOrigDst,
  kReplSrc,
  kReplDst,
  kStatus,
  kExpire,
  kOrigSrcPort,
  kOrigDstPort,
  kReplSrcPort,
  kReplDstPort,
  kDir,
};

// The options in the order of their bits in match_flags.
constexpr uint16_t flag_of(size_t id) { return static_cast<uint16_t>(1u << id); }
static_assert(flag_of(kExpire) == XT_CONNTRACK_EXPIRES && flag_of(kDir) == XT_CONNTRACK_DIRECTION);

constexpr Option address_option(std::string_view name, std::string_view help) {
  return {.name = name, .arg = Arg::kHostMask, .flags = kInvert, .metavar = "address[/mask]", .help = help};
}

constexpr Option port_option(std::string_view name, std::string_view help) {
  return {.name = name, .arg = Arg::kPortRange, .flags = kInvert | kAnyOrder, .metavar = "port[:port]", .help = help};
}

constexpr std::array<Option, 13> kOptions = {
    {{.name = "ctstate",
      .arg = Arg::kString,
      .flags = kInvert,
      .metavar = "state[,state...]",
      .help = "INVALID, NEW, RELATED, ESTABLISHED, UNTRACKED, SNAT or DNAT"},
     {.name = "ctproto",
      .arg = Arg::kProtocol,
      .flags = kInvert,
      .metavar = "protocol",
      .help = "the connection's transport protocol"},
     address_option("ctorigsrc", "source address of the original direction"),
     address_option("ctorigdst", "destination address of the original direction"),
     address_option("ctreplsrc", "source address of the reply direction"),
     address_option("ctrepldst", "destination address of the reply direction"),
     {.name = "ctstatus",
      .arg = Arg::kString,
      .flags = kInvert,
      .metavar = "status[,status...]",
      .help = "NONE, EXPECTED, SEEN_REPLY, ASSURED or CONFIRMED"},
     {.name = "ctexpire",
      .arg = Arg::kU32Range,
      .flags = kInvert,
      .metavar = "seconds[:seconds]",
      .help = "the connection expires in so many seconds"},
     port_option("ctorigsrcport", "source port (or GRE key) of the original direction"),
     port_option("ctorigdstport", "destination port of the original direction"),
     port_option("ctreplsrcport", "source port of the reply direction"),
     port_option("ctrepldstport", "destination port of the reply direction"),
     {.name = "ctdir", .arg = Arg::kString, .metavar = "ORIGINAL|REPLY", .help = "the packet goes in this direction"}}};

constexpr std::array<Option, 1> kStateOptions = {{{.name = "state",
                                                   .arg = Arg::kString,
                                                   .flags = kInvert | kMandatory,
                                                   .metavar = "state[,state...]",
                                                   .help = "INVALID, NEW, RELATED, ESTABLISHED or UNTRACKED"}}};

// Both addresses of a tuple, by option id.
template <typename Info>
auto address_fields(size_t id) {
  struct Fields {
    nf_inet_addr Info::*address;
    nf_inet_addr Info::*mask;
  };
  switch (id) {
    case kOrigSrc:
      return Fields{&Info::origsrc_addr, &Info::origsrc_mask};
    case kOrigDst:
      return Fields{&Info::origdst_addr, &Info::origdst_mask};
    case kReplSrc:
      return Fields{&Info::replsrc_addr, &Info::replsrc_mask};
    default:
      return Fields{&Info::repldst_addr, &Info::repldst_mask};
  }
}

struct Ports {
  uint16_t low;
  uint16_t high;
};

// Revision 3 has ranges in host order, the older ones a port in network order.
template <typename Info>
constexpr bool kHasRanges = requires(Info info) {
  info.origsrc_port_high;
};

template <typename Info>
uint16_t Info::*low_port(size_t id) {
  constexpr std::array<uint16_t Info::*, 4> kFields = {&Info::origsrc_port, &Info::origdst_port, &Info::replsrc_port,
                                                       &Info::repldst_port};
  return kFields[id - kOrigSrcPort];
}

template <typename Info>
uint16_t Info::*high_port(size_t id) {
  constexpr std::array<uint16_t Info::*, 4> kFields = {&Info::origsrc_port_high, &Info::origdst_port_high,
                                                       &Info::replsrc_port_high, &Info::repldst_port_high};
  return kFields[id - kOrigSrcPort];
}

template <typename Info>
Ports ports_of(const Info& info, size_t id) {
  if constexpr (kHasRanges<Info>) {
    return {info.*low_port<Info>(id), info.*high_port<Info>(id)};
  } else {
    const uint16_t port = ntohs(info.*low_port<Info>(id));
    return {port, port};
  }
}

template <typename Payload, unsigned kRevision>
struct Conntrack {
  using Info = Payload;
  using StateMask = decltype(Info::state_mask);
  using StatusMask = decltype(Info::status_mask);

  static Result<void> parse(OptionCall& call, Info& info) {
    info.match_flags |= flag_of(call.id);
    if (call.inverted) info.invert_flags |= flag_of(call.id);
    switch (call.id) {
      case kState:
        return parse_state(kCtStateList, call, info);
      case kProto:
        info.l4proto = static_cast<uint16_t>(call.number[0]);
        return {};
      case kStatus: {
        const auto bits = read_bits(kCtStatusList, call.text);
        if (!bits) return tl::unexpected(bits.error());
        info.status_mask = static_cast<StatusMask>(*bits);
        return {};
      }
      case kExpire:
        info.expires_min = static_cast<uint32_t>(call.number[0]);
        info.expires_max = static_cast<uint32_t>(call.number[call.count - 1]);
        return {};
      case kDir:
        return parse_direction(call, info);
      case kOrigSrc:
      case kOrigDst:
      case kReplSrc:
      case kReplDst:
        parse_address(call, info);
        return {};
      default:
        return parse_ports(call, info);
    }
  }

  static Result<void> parse_state(const ListRules& rules, const OptionCall& call, Info& info) {
    const auto bits = read_bits(rules, call.text);
    if (!bits) return tl::unexpected(bits.error());
    info.state_mask = static_cast<StateMask>(*bits);
    if (info.state_mask != *bits) {
      return fail(Code::kUnsupported, "conntrack rev " + std::to_string(kRevision) + " does not know UNTRACKED");
    }
    return {};
  }

  static Result<void> parse_direction(const OptionCall& call, Info& info) {
    if (same_word(call.text, "REPLY")) {
      info.invert_flags |= XT_CONNTRACK_DIRECTION;
      return {};
    }
    return same_word(call.text, "ORIGINAL") ? Result<void>{} : call.bad_value();
  }

  static void parse_address(const OptionCall& call, Info& info) {
    const auto fields = address_fields<Info>(call.id);
    info.*fields.address = inet_of(call.address);
    info.*fields.mask = inet_of(call.mask);
  }

  static Result<void> parse_ports(const OptionCall& call, Info& info) {
    const auto low = static_cast<uint16_t>(call.number[0]);
    const auto high = static_cast<uint16_t>(call.number[call.count - 1]);
    if constexpr (kHasRanges<Info>) {
      info.*low_port<Info>(call.id) = low;
      info.*high_port<Info>(call.id) = high;
    } else {
      if (low != high) {
        return fail(Code::kUnsupported, "conntrack rev " + std::to_string(kRevision) + " does not support port ranges");
      }
      info.*low_port<Info>(call.id) = htons(low);
    }
    return {};
  }

  static Result<void> check(const CheckCall& call, Info&) {
    if (call.seen == 0) return call.error("At least one option is required");
    return {};
  }

  static std::string_view printed_name(const Info& info) {
    return (info.match_flags & XT_CONNTRACK_STATE_ALIAS) != 0 ? "state" : "conntrack";
  }

  static void save(const PrintCall& call, const Info& info, Text& out) {
    PrintCall numeric = call;
    numeric.numbers = Numbers::kNumeric;
    write(numeric, info, "--", out);
  }

  static void print(const PrintCall& call, const Info& info, Text& out) { write(call, info, "", out); }

  // `dashes` stand before each option's name: -L has none.
  static void write(const PrintCall& call, const Info& info, std::string_view dashes, Text& out) {
    const auto label = [&](std::string_view name, uint16_t flag) {
      out.raw((info.invert_flags & flag) != 0 ? " ! " : " ").raw(dashes).raw(name).raw(' ');
    };
    if ((info.match_flags & XT_CONNTRACK_STATE_ALIAS) != 0) {
      label("state", XT_CONNTRACK_STATE);
      raw_names(kPlainStates, info.state_mask, out);
      return;
    }
    for (const size_t id : kPrintOrder) {
      if ((info.match_flags & flag_of(id)) == 0) continue;
      if (id == kDir) {
        out.raw(' ').raw(dashes).raw("ctdir ");
        out.raw((info.invert_flags & XT_CONNTRACK_DIRECTION) != 0 ? "REPLY" : "ORIGINAL");
      } else {
        label(kOptions[id].name, flag_of(id));
        write_value(call, info, id, out);
      }
    }
  }

  static void write_value(const PrintCall& call, const Info& info, size_t id, Text& out) {
    switch (id) {
      case kState:
        raw_names(kConnectionStates, info.state_mask, out);
        return;
      case kProto:
        out.raw_number(info.l4proto);
        return;
      case kStatus:
        if (info.status_mask == 0) out.raw("NONE");
        raw_names(kStatuses, info.status_mask, out);
        return;
      case kExpire:
        out.raw_number(info.expires_min);
        if (info.expires_max != info.expires_min) out.raw(':').raw_number(info.expires_max);
        return;
      case kOrigSrc:
      case kOrigDst:
      case kReplSrc:
      case kReplDst:
        write_address(call, info, id, out);
        return;
      default: {
        const Ports ports = ports_of(info, id);
        out.raw_number(ports.low);
        if (ports.high != ports.low) out.raw(':').raw_number(ports.high);
      }
    }
  }

  static void write_address(const PrintCall& call, const Info& info, size_t id, Text& out) {
    const auto fields = address_fields<Info>(id);
    raw_network(call, info.*fields.address, info.*fields.mask, out);
  }

  static constexpr std::array<size_t, 13> kPrintOrder = {
      kState,       kProto,       kOrigSrc,     kOrigDst, kReplSrc, kReplDst, kOrigSrcPort,
      kOrigDstPort, kReplSrcPort, kReplDstPort, kStatus,  kExpire,  kDir};
};

template <typename Payload, unsigned kRevision>
struct State : Conntrack<Payload, kRevision> {
  using Base = Conntrack<Payload, kRevision>;

  static Result<void> parse(OptionCall& call, Payload& info) {
    info.match_flags = XT_CONNTRACK_STATE | XT_CONNTRACK_STATE_ALIAS;
    info.invert_flags = call.inverted ? XT_CONNTRACK_STATE : 0;
    return Base::parse_state(kStateList, call, info);
  }

  static Result<void> check(const CheckCall&, Payload&) { return {}; }
};

constexpr Description conntrack(uint8_t revision) {
  return {.name = "conntrack", .revision = revision, .options = kOptions, .summary = "the connection's tracking state"};
}

constexpr Description state(uint8_t revision) {
  return {.name = "state",
          .kernel_name = "conntrack",
          .revision = revision,
          .options = kStateOptions,
          .summary = "the connection's state"};
}

}  // namespace

extern constinit const Extension kMatchConntrackR3 = make_extension<Conntrack<xt_conntrack_mtinfo3, 3>>(conntrack(3));
extern constinit const Extension kMatchConntrackR2 = make_extension<Conntrack<xt_conntrack_mtinfo2, 2>>(conntrack(2));
extern constinit const Extension kMatchConntrackR1 = make_extension<Conntrack<xt_conntrack_mtinfo1, 1>>(conntrack(1));
extern constinit const Extension kMatchStateR3 = make_extension<State<xt_conntrack_mtinfo3, 3>>(state(3));
extern constinit const Extension kMatchStateR2 = make_extension<State<xt_conntrack_mtinfo2, 2>>(state(2));
extern constinit const Extension kMatchStateR1 = make_extension<State<xt_conntrack_mtinfo1, 1>>(state(1));

}  // namespace ferrule::ext
