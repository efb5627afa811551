// HMARK: struct xt_hmark_info in <linux/netfilter/xt_HMARK.h>.
#include <endian.h>
#include <linux/netfilter/xt_HMARK.h>

#include <algorithm>
#include <array>
#include <cstddef>

#include "extensions/codec.hpp"
#include "extensions/fields.hpp"
#include "extensions/lists.hpp"

namespace ferrule::ext {
namespace {

// A row's number is that of the flag it sets; the rows for --hmark-tuple come behind them.
constexpr size_t kTuple = XT_HMARK_CT;

constexpr uint16_t kPortMask = offsetof(xt_hmark_info, port_mask);
constexpr uint16_t kPortSet = offsetof(xt_hmark_info, port_set);

constexpr Option value_row(std::string_view name, Arg arg, size_t offset, std::string_view help) {
  const bool network = offset >= kPortMask && offset < offsetof(xt_hmark_info, flags);
  Option row{.name = name,
             .arg = arg,
             .flags = static_cast<uint8_t>(network ? kNetworkOrder : 0),
             .metavar = "value",
             .help = help};
  row.offset = static_cast<uint16_t>(offset);
  return row;
}

constexpr Option modulus_row() {
  Option row = value_row("hmark-mod", Arg::kU32, offsetof(xt_hmark_info, hmodulus), "how many marks there are");
  row.flags |= kMandatory;
  row.min = 1;
  return row;
}

constexpr std::array<Option, kTuple + 1> kOptions = {{
    value_row("hmark-src-prefix", Arg::kPrefixMask, offsetof(xt_hmark_info, src_mask),
              "source address bits that count"),
    value_row("hmark-dst-prefix", Arg::kPrefixMask, offsetof(xt_hmark_info, dst_mask),
              "destination address bits that count"),
    value_row("hmark-spi", Arg::kU32, kPortSet, "an index that always counts"),
    value_row("hmark-spi-mask", Arg::kU32, kPortMask, "bits of the security parameter index that count"),
    value_row("hmark-sport", Arg::kU16, kPortSet, "a source port that always counts"),
    value_row("hmark-dport", Arg::kU16, kPortSet + 2, "a destination port that always counts"),
    value_row("hmark-sport-mask", Arg::kU16, kPortMask, "source port bits that count"),
    value_row("hmark-dport-mask", Arg::kU16, kPortMask + 2, "destination port bits that count"),
    value_row("hmark-proto-mask", Arg::kU16, offsetof(xt_hmark_info, proto_mask), "protocol bits that count"),
    value_row("hmark-rnd", Arg::kU32, offsetof(xt_hmark_info, hashrnd), "the seed of the hash"),
    modulus_row(),
    value_row("hmark-offset", Arg::kU32, offsetof(xt_hmark_info, hoffset), "the first mark"),
    {.name = "hmark-tuple", .arg = Arg::kString, .metavar = "part[,...]", .help = "what of the packet counts"},
}};

// The first of which an item of the tuple is a beginning is meant.
constexpr std::array<NamedBits, 7> kParts = {{{"src", XT_HMARK_FLAG(XT_HMARK_SADDR_MASK)},
                                              {"dst", XT_HMARK_FLAG(XT_HMARK_DADDR_MASK)},
                                              {"sport", XT_HMARK_FLAG(XT_HMARK_SPORT_MASK)},
                                              {"dport", XT_HMARK_FLAG(XT_HMARK_DPORT_MASK)},
                                              {"spi", XT_HMARK_FLAG(XT_HMARK_SPI_MASK)},
                                              {"proto", XT_HMARK_FLAG(XT_HMARK_PROTO_MASK)},
                                              {"ct", XT_HMARK_FLAG(XT_HMARK_CT)}}};

constexpr ListRules kPartList = {kParts,
                                 Spelling::kBeginning,
                                 EmptyItems::kUnknown,
                                 "Bad type \"",
                                 "\"",
                                 "\"--hmark-tuple\" requires a list of types with no spaces, e.g. "
                                 "src,dst,sport,dport,proto"};

bool has(const xt_hmark_info& info, unsigned flag) { return (info.flags & XT_HMARK_FLAG(flag)) != 0; }

nf_inet_addr full_mask() {
  model::Address mask;
  mask.fill(0xff);
  return inet_of(mask);
}

struct Hmark {
  using Info = xt_hmark_info;

  static Result<void> parse(OptionCall& call, Info& info) {
    if (call.id == kTuple) return parse_tuple(call, info);
    if (has(info, static_cast<unsigned>(call.id))) {
      return call.error("option \"--" + std::string(call.option.name) + "\" can only be used once.");
    }
    info.flags |= XT_HMARK_FLAG(call.id);
    return {};
  }

  static Result<void> parse_tuple(const OptionCall& call, Info& info) {
    const auto parts = read_bits(kPartList, call.text);
    if (!parts) return tl::unexpected(parts.error());
    const auto in = [&](unsigned flag) { return (*parts & XT_HMARK_FLAG(flag)) != 0; };
    info.flags |= *parts;
    if (in(XT_HMARK_SADDR_MASK)) info.src_mask = full_mask();
    if (in(XT_HMARK_DADDR_MASK)) info.dst_mask = full_mask();
    if (in(XT_HMARK_SPORT_MASK)) info.port_mask.b16.src = 0xffff;
    if (in(XT_HMARK_DPORT_MASK)) info.port_mask.b16.dst = 0xffff;
    if (in(XT_HMARK_SPI_MASK)) info.port_mask.b32 = 0xffffffff;
    if (in(XT_HMARK_PROTO_MASK)) info.proto_mask = 0xffff;
    return {};
  }

  static Result<void> check(const CheckCall&, Info& info) {
    constexpr uint32_t kNotSelectors =
        XT_HMARK_FLAG(XT_HMARK_RND) | XT_HMARK_FLAG(XT_HMARK_MODULUS) | XT_HMARK_FLAG(XT_HMARK_OFFSET);
    if (!has(info, XT_HMARK_MODULUS)) return fail(Code::kInvalidInput, "--hmark-mod is mandatory");
    if (!has(info, XT_HMARK_RND)) return fail(Code::kInvalidInput, "--hmark-rnd is mandatory");
    if (has(info, XT_HMARK_SPI_MASK) && (has(info, XT_HMARK_SPORT_MASK) || has(info, XT_HMARK_DPORT_MASK))) {
      return fail(Code::kInvalidInput, "you cannot use --hmark-spi-mask and --hmark-?port-mask,at the same time");
    }
    if ((info.flags & ~kNotSelectors) == 0) {
      return fail(Code::kInvalidInput, "you have to specify --hmark-tuple at least");
    }
    return {};
  }

  static void raw_prefix(Family family, const nf_inet_addr& field, Text& out) {
    const model::Address mask = address_of(field);
    if (const int length = prefix_length(family, mask); length >= 0) {
      out.raw_number(static_cast<uint64_t>(length));
    } else {
      out.raw_address(family, mask);
    }
  }

  static void save(const PrintCall& call, const Info& info, Text& out) {
    const auto option = [&](unsigned flag) -> Text& { return out.option(kOptions[flag].name).raw(' '); };
    const auto hex = [&](unsigned flag, uint64_t value, unsigned digits) {
      if (has(info, flag)) option(flag).raw_hex_padded(value, digits);
    };
    const auto number = [&](unsigned flag, uint64_t value) {
      if (has(info, flag)) option(flag).raw_number(value);
    };
    if (has(info, XT_HMARK_SADDR_MASK)) raw_prefix(call.family, info.src_mask, option(XT_HMARK_SADDR_MASK));
    if (has(info, XT_HMARK_DADDR_MASK)) raw_prefix(call.family, info.dst_mask, option(XT_HMARK_DADDR_MASK));
    hex(XT_HMARK_SPORT_MASK, be16toh(info.port_mask.b16.src), 4);
    hex(XT_HMARK_DPORT_MASK, be16toh(info.port_mask.b16.dst), 4);
    hex(XT_HMARK_SPI_MASK, be32toh(info.port_mask.b32), 8);
    hex(XT_HMARK_SPORT, be16toh(info.port_set.b16.src), 4);
    hex(XT_HMARK_DPORT, be16toh(info.port_set.b16.dst), 4);
    hex(XT_HMARK_SPI, be32toh(info.port_set.b32), 8);
    hex(XT_HMARK_PROTO_MASK, info.proto_mask, 2);
    hex(XT_HMARK_RND, info.hashrnd, 8);
    number(XT_HMARK_MODULUS, info.hmodulus);
    number(XT_HMARK_OFFSET, info.hoffset);
    if (has(info, XT_HMARK_CT)) out.option(kOptions[kTuple].name).raw(" ct");
  }

  // In a listing the full IPv6 length is left out, by which the two families differ.
  static void print_prefix(Family family, std::string_view word, const nf_inet_addr& mask, Text& out) {
    out.raw(word);
    if (family == Family::ipv4 || prefix_length(family, address_of(mask)) != 128) raw_prefix(family, mask, out);
    out.raw(' ');
  }

  static void print(const PrintCall& call, const Info& info, Text& out) {
    const auto hex = [&](unsigned flag, std::string_view word, uint64_t value) {
      if (has(info, flag)) out.raw(word).raw_hex(value).raw(' ');
    };
    out.raw(" HMARK ");
    if (has(info, XT_HMARK_MODULUS)) out.raw("mod ").raw_number(info.hmodulus).raw(' ');
    hex(XT_HMARK_OFFSET, "+ ", info.hoffset);
    if (has(info, XT_HMARK_CT)) out.raw("ct, ");
    if (has(info, XT_HMARK_SADDR_MASK)) print_prefix(call.family, "src-prefix ", info.src_mask, out);
    if (has(info, XT_HMARK_DADDR_MASK)) print_prefix(call.family, "dst-prefix ", info.dst_mask, out);
    hex(XT_HMARK_SPORT_MASK, "sport-mask ", be16toh(info.port_mask.b16.src));
    hex(XT_HMARK_DPORT_MASK, "dport-mask ", be16toh(info.port_mask.b16.dst));
    hex(XT_HMARK_SPI_MASK, "spi-mask ", be32toh(info.port_mask.b32));
    hex(XT_HMARK_SPORT, "sport ", be16toh(info.port_set.b16.src));
    hex(XT_HMARK_DPORT, "dport ", be16toh(info.port_set.b16.dst));
    hex(XT_HMARK_SPI, "spi ", be32toh(info.port_set.b32));
    hex(XT_HMARK_PROTO_MASK, "proto-mask ", info.proto_mask);
    hex(XT_HMARK_RND, "rnd ", info.hashrnd);
  }

  static void help(Text& out) { out.raw("Parts: src, dst, sport, dport, spi, proto, ct (look at the connection)\n"); }
};

}  // namespace

extern constinit const Extension kTargetHmark =
    make_extension<Hmark>({.kind = Kind::target,
                           .name = "HMARK",
                           .options = kOptions,
                           .summary = "set the packet's mark to a hash of what is in it"});

}  // namespace ferrule::ext
