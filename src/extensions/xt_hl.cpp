// ttl (IPv4) and hl (IPv6), revision 0: struct ipt_ttl_info in <linux/netfilter_ipv4/ipt_ttl.h> and ip6t_hl_info in
// <linux/netfilter_ipv6/ip6t_hl.h>, which are alike but for their names.
#include <linux/types.h>
// after <linux/types.h>, which they do not all include themselves
#include <linux/netfilter_ipv4/ipt_ttl.h>
#include <linux/netfilter_ipv6/ip6t_hl.h>

#include <array>
#include <string_view>

#include "extensions/codec.hpp"

namespace ferrule::ext {
namespace {

enum Id : size_t { kLess, kGreater, kEqual };

static_assert(uint8_t{IPT_TTL_EQ} == uint8_t{IP6T_HL_EQ} && uint8_t{IPT_TTL_NE} == uint8_t{IP6T_HL_NE} &&
              uint8_t{IPT_TTL_LT} == uint8_t{IP6T_HL_LT} && uint8_t{IPT_TTL_GT} == uint8_t{IP6T_HL_GT});

constexpr uint64_t kAll = bit(kLess) | bit(kGreater) | bit(kEqual);

constexpr Option row(Id id, std::string_view name, std::string_view help) {
  return {.name = name,
          .arg = Arg::kU8,
          .flags = static_cast<uint8_t>(id == kEqual ? kInvert : 0),
          .excludes = kAll & ~bit(id),
          .metavar = "value",
          .help = help};
}

constexpr Option kTtlEqual = row(kEqual, "ttl-eq", "it is this");
constexpr std::array<Option, 4> kTtlOptions = {{row(kLess, "ttl-lt", "the time to live is less"),
                                                row(kGreater, "ttl-gt", "it is greater"), kTtlEqual,
                                                alias_of(kTtlEqual, "ttl")}};

constexpr Option kHlEqual = row(kEqual, "hl-eq", "it is this");
constexpr std::array<Option, 4> kHlOptions = {{row(kLess, "hl-lt", "the hop limit is less"),
                                               row(kGreater, "hl-gt", "it is greater"), kHlEqual,
                                               alias_of(kHlEqual, "hl")}};

uint8_t mode_of(const OptionCall& call) {
  if (call.id == kLess) return IPT_TTL_LT;
  if (call.id == kGreater) return IPT_TTL_GT;
  return call.inverted ? IPT_TTL_NE : IPT_TTL_EQ;
}

void save_hops(std::string_view option, uint8_t mode, uint8_t hops, Text& out) {
  out.option(option, mode == IPT_TTL_NE);
  out.raw(mode == IPT_TTL_LT ? "-lt" : mode == IPT_TTL_GT ? "-gt" : "-eq").number(hops);
}

void print_hops(std::string_view name, uint8_t mode, uint8_t hops, Text& out) {
  static constexpr std::array<std::string_view, 4> kOperators = {" == ", " != ", " < ", " > "};
  out.raw(' ').raw(name).raw(" match ").raw(name);
  if (mode < kOperators.size()) out.raw(kOperators[mode]).raw_number(hops);
}

struct Ttl {
  using Info = ipt_ttl_info;

  static Result<void> parse(OptionCall& call, Info& info) {
    info.mode = mode_of(call);
    info.ttl = static_cast<uint8_t>(call.number[0]);
    return {};
  }

  static Result<void> check(const CheckCall& call, Info&) {
    if (call.seen != 0) return {};
    return fail(Code::kInvalidInput, "TTL match: You must specify one of `--ttl-eq', `--ttl-lt', `--ttl-gt");
  }

  static void save(const PrintCall&, const Info& info, Text& out) { save_hops("ttl", info.mode, info.ttl, out); }
  static void print(const PrintCall&, const Info& info, Text& out) { print_hops("TTL", info.mode, info.ttl, out); }
};

struct Hl {
  using Info = ip6t_hl_info;

  static Result<void> parse(OptionCall& call, Info& info) {
    info.mode = mode_of(call);
    info.hop_limit = static_cast<uint8_t>(call.number[0]);
    return {};
  }

  static Result<void> check(const CheckCall& call, Info&) {
    if (call.seen != 0) return {};
    return fail(Code::kInvalidInput, "HL match: You must specify one of `--hl-eq', `--hl-lt', `--hl-gt'");
  }

  static void save(const PrintCall&, const Info& info, Text& out) { save_hops("hl", info.mode, info.hop_limit, out); }
  static void print(const PrintCall&, const Info& info, Text& out) { print_hops("HL", info.mode, info.hop_limit, out); }
};

}  // namespace

extern constinit const Extension kMatchTtl = make_extension<Ttl>(
    {.name = "ttl", .families = Families::ipv4, .options = kTtlOptions, .summary = "the time to live"});

extern constinit const Extension kMatchHl =
    make_extension<Hl>({.name = "hl", .families = Families::ipv6, .options = kHlOptions, .summary = "the hop limit"});

}  // namespace ferrule::ext
