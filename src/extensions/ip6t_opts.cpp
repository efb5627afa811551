// dst and hbh (IPv6), revision 0: struct ip6t_opts in <linux/netfilter_ipv6/ip6t_opts.h>. The destination and the
// hop-by-hop options header are the same to the eye; only the names of the options differ.
#include <linux/netfilter_ipv6/ip6t_opts.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>

#include "extensions/codec.hpp"
#include "extensions/lists.hpp"

namespace ferrule::ext {
namespace {

enum OptionId : size_t { kLength, kOpts };

constexpr uint8_t kAnyLength = 0xff;

constexpr std::array<Option, 2> options_named(std::string_view length_name, std::string_view opts_name) {
  return {{{.name = length_name,
            .arg = Arg::kU32,
            .flags = kInvert,
            .offset = offsetof(ip6t_opts, hdrlen),
            .metavar = "length",
            .help = "the length of the header in bytes"},
           {.name = opts_name,
            .arg = Arg::kString,
            .metavar = "type[:length][,type[:length]...]",
            .help = "the types of the options in it, and the lengths of their data; at most 16"}}};
}

constexpr auto kDestinationOptions = options_named("dst-len", "dst-opts");
constexpr auto kHopByHopOptions = options_named("hbh-len", "hbh-opts");

Result<uint64_t> parse_part(const OptionCall& call, std::string_view what, std::string_view text) {
  uint64_t number = 0;
  if (parse_number(text, 0xff, number)) return number;
  const std::string quoted = std::string(what) + " `" + std::string(text) + "'";
  if (text.empty() || text[0] < '0' || text[0] > '9') return call.error("no valid digits in " + quoted);
  if (text.find_first_not_of("0123456789") != std::string_view::npos) return call.error("error parsing " + quoted);
  return fail(Code::kInvalidInput, quoted + " specified too big: would overflow");
}

// "TYPE" or "TYPE:LENGTH" as the kernel keeps it: the type in the high byte.
Result<uint16_t> parse_opt(const OptionCall& call, std::string_view item) {
  const size_t colon = item.find(':');
  const auto type = parse_part(call, "opt", item.substr(0, colon));
  if (!type) return tl::unexpected(type.error());
  uint64_t length = kAnyLength;
  if (colon != std::string_view::npos) {
    const auto given = parse_part(call, "length", item.substr(colon + 1));
    if (!given) return tl::unexpected(given.error());
    length = *given;
  }
  return static_cast<uint16_t>(*type << 8 | length);
}

struct Opts {
  using Info = ip6t_opts;

  static Result<void> parse(OptionCall& call, Info& info) {
    if (call.id == kLength) {
      info.flags |= IP6T_OPTS_LEN;
      if (call.inverted) info.invflags |= IP6T_OPTS_INV_LEN;
      return {};
    }
    info.flags |= IP6T_OPTS_OPTS;
    std::string_view list = call.text;
    for (bool more = true; more;) {
      more = list.find(',') != std::string_view::npos;
      if (info.optsnr == std::size(info.opts)) return fail(Code::kInvalidInput, "too many addresses specified");
      const auto opt = parse_opt(call, next_item(list));
      if (!opt) return tl::unexpected(opt.error());
      info.opts[info.optsnr++] = *opt;
    }
    return {};
  }

  static bool is_inverted(const Info& info) { return (info.invflags & IP6T_OPTS_INV_LEN) != 0; }

  static void append_opts(const Info& info, Text& out) {
    std::string_view separator;
    for (size_t i = 0; i < std::min<size_t>(info.optsnr, std::size(info.opts)); ++i) {
      out.raw(std::exchange(separator, ",")).raw_number(info.opts[i] >> 8u);
      const auto length = static_cast<uint8_t>(info.opts[i]);
      if (length != kAnyLength) out.raw(':').raw_number(length);
    }
  }

  static void save_as(std::span<const Option> options, const Info& info, Text& out) {
    if ((info.flags & IP6T_OPTS_LEN) != 0) {
      out.option(options[kLength].name, is_inverted(info)).number(info.hdrlen);
    }
    if ((info.flags & IP6T_OPTS_OPTS) != 0) append_opts(info, out.option(options[kOpts].name).raw(' '));
  }

  static void print_as(std::string_view name, const Info& info, Text& out) {
    out.word(name);
    if ((info.flags & IP6T_OPTS_LEN) != 0) {
      out.raw(is_inverted(info) ? " length:!" : " length:").raw_number(info.hdrlen);
    }
    if ((info.flags & IP6T_OPTS_OPTS) != 0) append_opts(info, out.raw(" opts "));
  }
};

struct Dst : Opts {
  static void save(const PrintCall&, const Info& info, Text& out) { save_as(kDestinationOptions, info, out); }
  static void print(const PrintCall&, const Info& info, Text& out) { print_as("dst", info, out); }
};

struct Hbh : Opts {
  static void save(const PrintCall&, const Info& info, Text& out) { save_as(kHopByHopOptions, info, out); }
  static void print(const PrintCall&, const Info& info, Text& out) { print_as("hbh", info, out); }
};

}  // namespace

extern constinit const Extension kMatchDst = make_extension<Dst>({.name = "dst",
                                                                  .families = Families::ipv6,
                                                                  .options = kDestinationOptions,
                                                                  .summary = "the destination options header"});
extern constinit const Extension kMatchHbh = make_extension<Hbh>({.name = "hbh",
                                                                  .families = Families::ipv6,
                                                                  .options = kHopByHopOptions,
                                                                  .summary = "the hop-by-hop options header"});

}  // namespace ferrule::ext
