// SNPT and DNPT: struct ip6t_npt_tginfo in <linux/netfilter_ipv6/ip6t_NPT.h>.
#include <linux/netfilter_ipv6/ip6t_NPT.h>

#include <cstddef>

#include "extensions/codec.hpp"
#include "extensions/fields.hpp"

namespace ferrule::ext {
namespace {

enum NptOption : size_t { kSourcePrefix, kDestinationPrefix };

constexpr Option prefix_row(std::string_view name, std::string_view help) {
  return {.name = name, .arg = Arg::kHostMask, .flags = kMandatory, .metavar = "prefix/length", .help = help};
}
constexpr std::array kOptions = {prefix_row("src-pfx", "the prefix to translate"),
                                 prefix_row("dst-pfx", "the prefix to translate it to")};

// `kLabel` differs between the two, nothing else does.
template <const std::string_view& kLabel>
struct Npt {
  using Info = ip6t_npt_tginfo;

  static Result<void> parse(OptionCall& call, Info& info) {
    if (prefix_length(call.family(), call.mask) < 0) return call.bad_value();
    const bool source = call.id == kSourcePrefix;
    (source ? info.src_pfx : info.dst_pfx) = inet_of(call.address);
    (source ? info.src_pfx_len : info.dst_pfx_len) = call.prefix_length;
    return {};
  }

  static void raw_prefix(const PrintCall& call, const nf_inet_addr& prefix, uint8_t length, Text& out) {
    out.raw_address(call.family, address_of(prefix)).raw('/').raw_number(length);
  }

  static void save(const PrintCall& call, const Info& info, Text& out) {
    if (info.src_pfx_len != 0) raw_prefix(call, info.src_pfx, info.src_pfx_len, out.option("src-pfx").raw(' '));
    if (info.dst_pfx_len != 0) raw_prefix(call, info.dst_pfx, info.dst_pfx_len, out.option("dst-pfx").raw(' '));
  }

  static void print(const PrintCall& call, const Info& info, Text& out) {
    out.word(kLabel);
    raw_prefix(call, info.src_pfx, info.src_pfx_len, out.raw(" src-pfx "));
    raw_prefix(call, info.dst_pfx, info.dst_pfx_len, out.raw(" dst-pfx "));
  }
};

constexpr std::string_view kSnpt = "SNPT";
constexpr std::string_view kDnpt = "DNPT";

template <const std::string_view& kName>
constexpr Extension npt(std::string_view summary) {
  return make_extension<Npt<kName>>({.kind = Kind::target,
                                     .name = kName,
                                     .families = Families::ipv6,
                                     .options = kOptions,
                                     .compared = offsetof(ip6t_npt_tginfo, adjustment),
                                     .summary = summary});
}

}  // namespace

extern constinit const Extension kTargetSnpt = npt<kSnpt>("translate the source's network prefix");
extern constinit const Extension kTargetDnpt = npt<kDnpt>("translate the destination's network prefix");

}  // namespace ferrule::ext
