// srh (IPv6), revisions 1 and 0: struct ip6t_srh1 and ip6t_srh in <linux/netfilter_ipv6/ip6t_srh.h>. Revision 1 adds
// the addresses of segments.
#include <netinet/in.h>
// after <netinet/in.h>, which it would otherwise clash with
#include <linux/netfilter_ipv6/ip6t_srh.h>

#include <array>
#include <cstddef>
#include <cstring>

#include "extensions/codec.hpp"

namespace ferrule::ext {
namespace {

// In the order of their bits in mt_flags and mt_invflags.
enum OptionId : size_t { kNextHeader, kTag = 10, kPreviousSid, kNextSid, kLastSid };

constexpr uint16_t flag_of(size_t id) { return static_cast<uint16_t>(1u << id); }
static_assert(flag_of(kTag) == IP6T_SRH_TAG && flag_of(kLastSid) == IP6T_SRH_LSID);

constexpr Option field(std::string_view name, Arg arg, size_t offset, std::string_view help) {
  Option option{.name = name, .arg = arg, .flags = kInvert};
  option.offset = static_cast<uint16_t>(offset);
  option.metavar = "number";
  option.help = help;
  return option;
}

constexpr Option segment(std::string_view name, std::string_view help) {
  return {.name = name, .arg = Arg::kHostMask, .flags = kInvert, .metavar = "address[/mask]", .help = help};
}

// The fields up to the tag lie at the same offsets in both revisions.
constexpr std::array<Option, kLastSid + 1> kOptions = {
    {field("srh-next-hdr", Arg::kU8, offsetof(ip6t_srh, next_hdr), "the type of the header that follows"),
     field("srh-hdr-len-eq", Arg::kU8, offsetof(ip6t_srh, hdr_len), "the header's length field equals this"),
     field("srh-hdr-len-gt", Arg::kU8, offsetof(ip6t_srh, hdr_len), "is greater than this"),
     field("srh-hdr-len-lt", Arg::kU8, offsetof(ip6t_srh, hdr_len), "is less than this"),
     field("srh-segs-left-eq", Arg::kU8, offsetof(ip6t_srh, segs_left), "so many segments are left"),
     field("srh-segs-left-gt", Arg::kU8, offsetof(ip6t_srh, segs_left), "more than this"),
     field("srh-segs-left-lt", Arg::kU8, offsetof(ip6t_srh, segs_left), "less than this"),
     field("srh-last-entry-eq", Arg::kU8, offsetof(ip6t_srh, last_entry), "the index of the last segment"),
     field("srh-last-entry-gt", Arg::kU8, offsetof(ip6t_srh, last_entry), "it is greater than this"),
     field("srh-last-entry-lt", Arg::kU8, offsetof(ip6t_srh, last_entry), "it is less than this"),
     field("srh-tag", Arg::kU16, offsetof(ip6t_srh, tag), "the tag"), segment("srh-psid", "the previous segment"),
     segment("srh-nsid", "the next segment"), segment("srh-lsid", "the last segment")}};

struct Segment {
  in6_addr ip6t_srh1::*address;
  in6_addr ip6t_srh1::*mask;
};
constexpr std::array<Segment, 3> kSegments = {{{&ip6t_srh1::psid_addr, &ip6t_srh1::psid_msk},
                                               {&ip6t_srh1::nsid_addr, &ip6t_srh1::nsid_msk},
                                               {&ip6t_srh1::lsid_addr, &ip6t_srh1::lsid_msk}}};

model::Address address_of(const in6_addr& field) {
  model::Address out;
  static_assert(sizeof field == sizeof out);
  std::memcpy(out.data(), &field, sizeof out);
  return out;
}

template <typename InfoT>
struct Srh {
  using Info = InfoT;
  static constexpr bool kHasSegments = requires(Info info) { info.psid_addr; };
  static constexpr auto kRows = std::span(kOptions).first(kHasSegments ? kOptions.size() : size_t{kPreviousSid});

  static Result<void> parse(OptionCall& call, Info& info) {
    info.mt_flags |= flag_of(call.id);
    if (call.inverted) info.mt_invflags |= flag_of(call.id);
    if constexpr (kHasSegments) {
      if (call.id < kPreviousSid) return {};
      const Segment& segment = kSegments[call.id - kPreviousSid];
      std::memcpy(&(info.*segment.address), call.address.data(), call.address.size());
      std::memcpy(&(info.*segment.mask), call.mask.data(), call.mask.size());
    }
    return {};
  }

  static void save(const PrintCall&, const Info& info, Text& out) {
    for (size_t id = 0; id < kRows.size(); ++id) {
      if (!is_given(info, id)) continue;
      out.option(kRows[id].name, is_inverted(info, id)).raw(' ');
      append_value(info, id, out);
    }
  }

  static void print(const PrintCall&, const Info& info, Text& out) {
    constexpr size_t kPrefix = std::string_view("srh-").size();
    out.raw(" srh");
    for (size_t id = 0; id < kRows.size(); ++id) {
      if (!is_given(info, id)) continue;
      out.raw(' ').raw(kRows[id].name.substr(kPrefix));
      const bool inverted = is_inverted(info, id);
      if (id < kPreviousSid) {
        out.raw(inverted ? ":!" : ":");
      } else {
        out.raw(inverted ? " ! " : "  ");
      }
      append_value(info, id, out);
    }
  }

 private:
  static bool is_given(const Info& info, size_t id) { return (info.mt_flags & flag_of(id)) != 0; }
  static bool is_inverted(const Info& info, size_t id) { return (info.mt_invflags & flag_of(id)) != 0; }

  static void append_value(const Info& info, size_t id, Text& out) {
    if (id == kTag) {
      out.raw_number(info.tag);
    } else if (id < kTag) {
      const std::array<uint8_t, 4> fields = {info.next_hdr, info.hdr_len, info.segs_left, info.last_entry};
      out.raw_number(fields[(id + 2) / 3]);
    } else if constexpr (kHasSegments) {
      const Segment& segment = kSegments[id - kPreviousSid];
      const model::Address mask = address_of(info.*segment.mask);
      out.raw_address(Family::ipv6, address_of(info.*segment.address)).raw('/');
      const int length = prefix_length(Family::ipv6, mask);
      if (length < 0) {
        out.raw_address(Family::ipv6, mask);
      } else {
        out.raw_number(static_cast<uint64_t>(length));
      }
    }
  }
};

template <typename Info>
constexpr Extension srh(uint8_t revision) {
  return make_extension<Srh<Info>>({.name = "srh",
                                    .revision = revision,
                                    .families = Families::ipv6,
                                    .options = Srh<Info>::kRows,
                                    .summary = "the segment routing header"});
}

}  // namespace

extern constinit const Extension kMatchSrhR1 = srh<ip6t_srh1>(1);
extern constinit const Extension kMatchSrhR0 = srh<ip6t_srh>(0);

}  // namespace ferrule::ext
