// cgroup, revisions 2, 1 and 0: struct xt_cgroup_info_v2, v1 and v0 in <linux/netfilter/xt_cgroup.h>. Revision 0 knows
// class ids only; 2 keeps path and class id in one field, so that only one of them can be given.
#include <linux/netfilter/xt_cgroup.h>

#include <array>
#include <cstddef>

#include "extensions/codec.hpp"
#include "extensions/fields.hpp"

namespace ferrule::ext {
namespace {

enum OptionId : size_t { kClassId, kPath };

constexpr Option class_option(uint8_t flags) {
  return {.name = "cgroup",
          .arg = Arg::kU32,
          .flags = flags,
          .metavar = "classid",
          .help = "the class id that net_cls gave to the sending process"};
}

constexpr std::array<Option, 2> kOptions = {{class_option(kInvert),
                                             {.name = "path",
                                              .arg = Arg::kString,
                                              .flags = kInvert,
                                              .metavar = "path",
                                              .help = "the sending process is in this cgroup2 or below it"}}};
constexpr std::array<Option, 1> kOldOptions = {{class_option(kInvert | kMandatory)}};

template <typename InfoT>
struct Cgroup {
  using Info = InfoT;

  static Result<void> parse(OptionCall& call, Info& info) {
    const uint8_t inverted = call.inverted ? 1 : 0;
    if (call.id == kPath) {
      info.has_path = 1;
      info.invert_path = inverted;
      put_text(info.path, call.text);
    } else {
      info.has_classid = 1;
      info.invert_classid = inverted;
      info.classid = static_cast<uint32_t>(call.number[0]);
    }
    return {};
  }

  static void save(const PrintCall&, const Info& info, Text& out) {
    if (info.has_path != 0) out.option("path", info.invert_path != 0).quoted(text_of(info.path));
    if (info.has_classid != 0) out.option("cgroup", info.invert_classid != 0).number(info.classid);
  }

  static void print(const PrintCall&, const Info& info, Text& out) {
    out.raw(" cgroup");
    if (info.has_path != 0) out.raw(info.invert_path != 0 ? " ! " : " ").raw(text_of(info.path));
    if (info.has_classid != 0) out.raw(info.invert_classid != 0 ? " ! " : " ").raw_number(info.classid);
  }
};

struct Cgroup0 {
  using Info = xt_cgroup_info_v0;

  static Result<void> parse(OptionCall& call, Info& info) {
    info.id = static_cast<uint32_t>(call.number[0]);
    info.invert = call.inverted ? 1 : 0;
    return {};
  }

  static void save(const PrintCall&, const Info& info, Text& out) {
    out.option("cgroup", info.invert != 0).number(info.id);
  }

  static void print(const PrintCall&, const Info& info, Text& out) {
    out.raw(info.invert != 0 ? " cgroup ! " : " cgroup ").raw_number(info.id);
  }
};

template <typename Codec>
constexpr Extension cgroup(uint8_t revision, std::span<const Option> options, size_t compared) {
  return make_extension<Codec>({.name = "cgroup",
                                .revision = revision,
                                .options = options,
                                .compared = static_cast<uint16_t>(compared),
                                .summary = "the control group of the process behind the socket"});
}

}  // namespace

extern constinit const Extension kMatchCgroupR2 =
    cgroup<Cgroup<xt_cgroup_info_v2>>(2, kOptions, offsetof(xt_cgroup_info_v2, priv));
extern constinit const Extension kMatchCgroupR1 =
    cgroup<Cgroup<xt_cgroup_info_v1>>(1, kOptions, offsetof(xt_cgroup_info_v1, priv));
extern constinit const Extension kMatchCgroupR0 = cgroup<Cgroup0>(0, kOldOptions, sizeof(xt_cgroup_info_v0));

}  // namespace ferrule::ext
