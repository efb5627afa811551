// ipv6header (IPv6), revision 0: struct ip6t_ipv6header_info in <linux/netfilter_ipv6/ip6t_ipv6header.h>.
#include <linux/netfilter_ipv6/ip6t_ipv6header.h>

#include <array>
#include <cstddef>
#include <string>

#include "extensions/codec.hpp"
#include "extensions/lists.hpp"

namespace ferrule::ext {
namespace {

enum OptionId : size_t { kHeader, kSoft };

constexpr std::array<Option, 2> kOptions = {{{.name = "header",
                                              .arg = Arg::kString,
                                              .flags = kInvert | kMandatory,
                                              .metavar = "header[,header...]",
                                              .help = "exactly these headers are there, by name or number"},
                                             {.name = "soft", .help = "others may be there too"}}};

struct Header {
  std::string_view name;  // as it is printed
  std::string_view short_name;
  uint8_t protocol;
  uint8_t bit;
};
// In the order in which they are printed.
constexpr std::array<Header, 8> kHeaders = {{{"hop-by-hop", "hop", 0, MASK_HOPOPTS},
                                             {"ipv6-opts", "dst", 60, MASK_DSTOPTS},
                                             {"ipv6-route", "route", 43, MASK_ROUTING},
                                             {"ipv6-frag", "frag", 44, MASK_FRAGMENT},
                                             {"ah", "auth", 51, MASK_AH},
                                             {"esp", "esp", 50, MASK_ESP},
                                             {"ipv6-nonxt", "none", 59, MASK_NONE},
                                             {"protocol", "prot", 255, MASK_PROTO}}};

constexpr uint8_t kAllBits = 0xff;

Result<uint8_t> parse_header(Names& names, std::string_view item) {
  for (const Header& header : kHeaders) {
    if (item == header.name || item == header.short_name) return header.bit;
  }
  uint64_t decimal = 0;
  std::optional<uint64_t> number;
  if (parse_decimal(item, decimal)) {
    number = decimal;
  } else if (item.find_first_of("0123456789") != 0) {
    number = names.protocol(item);
  }
  for (const Header& header : kHeaders) {
    if (number == header.protocol) return header.bit;
  }
  const std::string spelled = number ? std::to_string(*number) : std::string(item);
  return fail(Code::kInvalidInput, "unknown header `" + spelled + "' specified");
}

struct Ipv6Header {
  using Info = ip6t_ipv6header_info;

  static Result<void> parse(OptionCall& call, Info& info) {
    if (call.id == kSoft) {
      info.modeflag = kAllBits;
      return {};
    }
    std::string_view list = call.text;
    while (!list.empty()) {
      const std::string_view item = next_item(list);
      if (item.empty()) continue;
      const auto header = parse_header(call.names, item);
      if (!header) return tl::unexpected(header.error());
      info.matchflags |= *header;
    }
    if (info.matchflags == 0) return fail(Code::kInvalidInput, "ip6t_ipv6header: cannot parse header names");
    if (call.inverted) info.invflags = kAllBits;
    return {};
  }

  static void save(const PrintCall&, const Info& info, Text& out) {
    append_names(info.matchflags, out.option("header", info.invflags != 0).raw(' '));
    if (info.modeflag != 0) out.option("soft");
  }

  static void print(const PrintCall& call, const Info& info, Text& out) {
    if (info.matchflags == 0 && info.invflags == 0) {
      out.raw(" ipv6header");
    } else {
      out.raw(info.invflags != 0 ? " ipv6header flags:!" : " ipv6header flags:");
      if (call.numbers == Numbers::kNames) {
        append_names(info.matchflags, out);
      } else {
        out.raw_upper_hex(info.matchflags, 2);
      }
    }
    if (info.modeflag != 0) out.raw(" soft");
  }

 private:
  static void append_names(uint8_t bits, Text& out) {
    std::string_view separator;
    for (const Header& header : kHeaders) {
      if ((bits & header.bit) != 0) out.raw(std::exchange(separator, ",")).raw(header.name);
    }
  }
};

}  // namespace

extern constinit const Extension kMatchIpv6Header =
    make_extension<Ipv6Header>({.name = "ipv6header",
                                .families = Families::ipv6,
                                .options = kOptions,
                                .summary = "which extension headers the packet has"});

}  // namespace ferrule::ext
