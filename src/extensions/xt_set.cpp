// set, revisions 4 to 0: struct xt_set_info_match_v{4,3,1,0} in <linux/netfilter/xt_set.h>. The payload holds a set's
// index in the kernel, which whoever sends the rule fills in; the name travels as an attachment.
#include <netinet/in.h>
// after <netinet/in.h>, which it would otherwise clash with
#include <linux/netfilter/xt_set.h>

#include <array>
#include <cstddef>
#include <string>

#include "extensions/codec.hpp"
#include "extensions/ipset.hpp"

namespace ferrule::ext {
namespace {

enum Id : size_t {
  kMatchSet,
  kOldMatchSet,
  kReturnNomatch,
  kUpdateCounters,
  kUpdateSubcounters,
  kPacketsEq,
  kPacketsLt,
  kPacketsGt,
  kBytesEq,
  kBytesLt,
  kBytesGt,
};

constexpr Option kSetRow = {.name = "match-set",
                            .arg = Arg::kString,
                            .flags = kInvert | kTwoWords,
                            .metavar = "set src|dst[,src|dst]...",
                            .help = "these addresses or ports of the packet are in the set"};

constexpr Option counter_option(std::string_view name, uint8_t flags, std::string_view help) {
  return {.name = name, .arg = Arg::kString, .flags = flags, .metavar = "value", .help = help};
}

constexpr std::array<Option, 11> kOptions = {
    {kSetRow,
     alias_of(kSetRow, "set"),
     {.name = "return-nomatch", .flags = kMulti, .help = "an element marked nomatch matches, others do not"},
     {.name = "update-counters", .flags = kInvert | kMulti, .help = "with `!` the element's counters stay as they are"},
     {.name = "update-subcounters", .flags = kInvert | kMulti, .help = "the same for the sets in a list of sets"},
     counter_option("packets-eq", kInvert, "the element's packet counter is this"),
     counter_option("packets-lt", 0, "the packet counter is below"),
     counter_option("packets-gt", 0, "the packet counter is above"),
     counter_option("bytes-eq", kInvert, "the element's byte counter is this"),
     counter_option("bytes-lt", 0, "the byte counter is below"),
     counter_option("bytes-gt", 0, "the byte counter is above")}};
constexpr uint64_t kPackets = bit(kPacketsEq) | bit(kPacketsLt) | bit(kPacketsGt);
constexpr uint64_t kBytes = bit(kBytesEq) | bit(kBytesLt) | bit(kBytesGt);
// What the older revisions know of it.
constexpr auto kOptionsR2 = std::span(kOptions).first<kUpdateCounters>();
constexpr auto kOptionsR1 = std::span(kOptions).first<kReturnNomatch>();

Result<void> check_given(const CheckCall& call) {
  if ((call.seen & bit(kMatchSet)) != 0) return {};
  return fail(Code::kInvalidInput, "You must specify `--match-set' with proper arguments");
}

// Revisions 1 and up. `Payload` starts with a `xt_set_info match_set`; 3 and 4 go on with counters and flags.
template <typename Payload>
struct Set {
  using Info = Payload;
  static constexpr bool kHasCounters = requires(Info info) { info.packets; };
  static constexpr uint32_t kIndexOffset = offsetof(Info, match_set) + offsetof(xt_set_info, index);

  static Result<void> parse(OptionCall& call, Info& info) {
    if (call.id == kMatchSet) {
      if (call.inverted) info.match_set.flags |= IPSET_INV_MATCH;
      return read_set(call, kIndexOffset, info.match_set);
    }
    if constexpr (kHasCounters) {
      return parse_extra(call, info);
    } else {
      info.match_set.flags |= IPSET_RETURN_NOMATCH;
      return {};
    }
  }

  static Result<void> parse_extra(const OptionCall& call, Info& info) {
    switch (call.id) {
      case kReturnNomatch:
        info.flags |= IPSET_FLAG_RETURN_NOMATCH;
        return {};
      case kUpdateCounters:
        if (call.inverted) info.flags |= IPSET_FLAG_SKIP_COUNTER_UPDATE;
        return {};
      case kUpdateSubcounters:
        if (call.inverted) info.flags |= IPSET_FLAG_SKIP_SUBCOUNTER_UPDATE;
        return {};
      case kPacketsEq:
      case kPacketsLt:
      case kPacketsGt:
        return parse_counter(call, kPackets, info.packets);
      default:
        return parse_counter(call, kBytes, info.bytes);
    }
  }

  // `group` are the three options of one counter.
  template <typename Counter>
  static Result<void> parse_counter(const OptionCall& call, uint64_t group, Counter& counter) {
    if ((call.seen & group) != 0) return fail(Code::kInvalidInput, only_one_of(call.id));
    uint64_t value = 0;
    if (!parse_number(call.text, UINT64_MAX, value)) {
      return fail(Code::kInvalidInput, "Cannot parse " + std::string(call.text) + " as a counter value");
    }
    counter.op = operator_of(call, group == kPackets ? kPacketsEq : kBytesEq);
    counter.value = value;
    return {};
  }

  static std::string only_one_of(size_t id) {
    return std::string("only one of the --") + (id < kBytesEq ? "packets" : "bytes") + "-[eq|lt|gt] is allowed";
  }

  static std::string refusal(const OptionCall& call, Refusal why) {
    if (call.id == kMatchSet) return refusal_of_set(call, why);
    if (why == Refusal::kTwice) return only_one_of(call.id);
    return "--" + std::string(call.option.name) + (call.id == kReturnNomatch ? " flag" : " option") +
           " cannot be inverted";
  }

  // `equal` is the first of three options: equal, less, greater.
  static uint8_t operator_of(const OptionCall& call, size_t equal) {
    if (call.id == equal) return call.inverted ? IPSET_COUNTER_NE : IPSET_COUNTER_EQ;
    return call.id == equal + 1 ? IPSET_COUNTER_LT : IPSET_COUNTER_GT;
  }

  static Result<void> check(const CheckCall& call, Info&) { return check_given(call); }

  static void save(const PrintCall& call, const Info& info, Text& out) { write(call, info, "--", out); }
  static void print(const PrintCall& call, const Info& info, Text& out) { write(call, info, "", out); }

  static void write(const PrintCall& call, const Info& info, std::string_view dashes, Text& out) {
    const auto label = [&](std::string_view name, bool inverted) {
      out.raw(inverted ? " ! " : " ").raw(dashes).raw(name);
    };
    const xt_set_info& set = info.match_set;
    label("match-set", (set.flags & IPSET_INV_MATCH) != 0);
    put_set(call, kIndexOffset, set, out);
    if constexpr (kHasCounters) {
      if ((info.flags & IPSET_FLAG_RETURN_NOMATCH) != 0) label("return-nomatch", false);
      if ((info.flags & IPSET_FLAG_SKIP_COUNTER_UPDATE) != 0) label("update-counters", true);
      if ((info.flags & IPSET_FLAG_SKIP_SUBCOUNTER_UPDATE) != 0) label("update-subcounters", true);
      const auto counter = [&](std::string_view name, uint8_t op, uint64_t value) {
        if (op < IPSET_COUNTER_EQ || op > IPSET_COUNTER_GT) return;
        label(name, op == IPSET_COUNTER_NE);
        out.raw(op == IPSET_COUNTER_LT ? "-lt" : op == IPSET_COUNTER_GT ? "-gt" : "-eq").number(value);
      };
      counter("packets", info.packets.op, info.packets.value);
      counter("bytes", info.bytes.op, info.bytes.value);
    } else if ((set.flags & IPSET_RETURN_NOMATCH) != 0) {
      label("return-nomatch", false);
    }
  }
};

// Revision 0 has a word for each dimension; the kernel writes what it made of them behind the last.
struct SetR0 {
  using Info = xt_set_info_match_v0;
  static constexpr uint32_t kIndexOffset = offsetof(Info, match_set) + offsetof(xt_set_info_v0, index);

  static Result<void> parse(OptionCall& call, Info& info) {
    xt_set_info set{};
    if (auto result = read_set(call, kIndexOffset, set); !result) return result;
    store_set(set, info.match_set);
    if (call.inverted) info.match_set.u.flags[0] |= IPSET_MATCH_INV;
    return {};
  }

  static std::string refusal(const OptionCall& call, Refusal why) { return refusal_of_set(call, why); }
  static Result<void> check(const CheckCall& call, Info&) { return check_given(call); }

  static void save(const PrintCall& call, const Info& info, Text& out) { write(call, info, "--", out); }
  static void print(const PrintCall& call, const Info& info, Text& out) { write(call, info, "", out); }

  static void write(const PrintCall& call, const Info& info, std::string_view dashes, Text& out) {
    out.raw((info.match_set.u.flags[0] & IPSET_MATCH_INV) != 0 ? " ! " : " ").raw(dashes).raw("match-set");
    put_set(call, kIndexOffset, load_set(info.match_set), out);
  }
};

constexpr Description described(uint8_t revision, std::span<const Option> options) {
  return {
      .name = "set", .revision = revision, .options = options, .summary = "addresses and ports in a set of ipset(8)"};
}

constexpr Description described_for_ipv4() {
  Description d = described(0, kOptionsR1);
  d.families = Families::ipv4;
  return d;
}

// Revision 2 has revision 1's payload and one more flag.
struct SetR1 : Set<xt_set_info_match_v1> {};

}  // namespace

extern constinit const Extension kMatchSetR4 = make_extension<Set<xt_set_info_match_v4>>(described(4, kOptions));
extern constinit const Extension kMatchSetR3 = make_extension<Set<xt_set_info_match_v3>>(described(3, kOptions));
extern constinit const Extension kMatchSetR2 = make_extension<SetR1>(described(2, kOptionsR2));
extern constinit const Extension kMatchSetR1 = make_extension<SetR1>(described(1, kOptionsR1));
extern constinit const Extension kMatchSetR0 = make_extension<SetR0>(described_for_ipv4());

}  // namespace ferrule::ext
