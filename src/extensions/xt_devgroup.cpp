// devgroup, revision 0: struct xt_devgroup_info in <linux/netfilter/xt_devgroup.h>.
#include <linux/netfilter/xt_devgroup.h>

#include <array>

#include "extensions/codec.hpp"
#include "extensions/named_values.hpp"

namespace ferrule::ext {
namespace {

enum Id : size_t { kSource, kDestination };

constexpr std::array<Option, 2> kOptions = {
    {{.name = "src-group",
      .arg = Arg::kString,
      .flags = kInvert,
      .metavar = "value[/mask]|name",
      .help = "the group of the interface it came in on, a name of /etc/iproute2/group too"},
     {.name = "dst-group",
      .arg = Arg::kString,
      .flags = kInvert,
      .metavar = "value[/mask]|name",
      .help = "the group of the interface it leaves on"}}};

struct Devgroup {
  using Info = xt_devgroup_info;

  static Result<void> parse(OptionCall& call, Info& info) {
    const auto group = parse_named_value(call, NumberFile::device_groups);
    if (!group) return tl::unexpected(group.error());
    if (call.id == kSource) {
      info.src_group = group->value;
      info.src_mask = group->mask;
      info.flags |= XT_DEVGROUP_MATCH_SRC;
      if (call.inverted) info.flags |= XT_DEVGROUP_INVERT_SRC;
    } else {
      info.dst_group = group->value;
      info.dst_mask = group->mask;
      info.flags |= XT_DEVGROUP_MATCH_DST;
      if (call.inverted) info.flags |= XT_DEVGROUP_INVERT_DST;
    }
    return {};
  }

  static Result<void> check(const CheckCall& call, Info&) {
    if (call.seen != 0) return {};
    return fail(Code::kInvalidInput, "devgroup match: You must specify either '--src-group' or '--dst-group'");
  }

  // Names are saved too, where they are looked up at all.
  static void save(const PrintCall& call, const Info& info, Text& out) {
    PrintCall named = call;
    named.numbers = Numbers::kNames;
    write(named, info, "--", out);
  }

  static void print(const PrintCall& call, const Info& info, Text& out) { write(call, info, "", out); }

  static void write(const PrintCall& call, const Info& info, std::string_view dashes, Text& out) {
    const auto group = [&](std::string_view name, uint32_t inversion, const NamedValue& value) {
      out.raw((info.flags & inversion) != 0 ? " ! " : " ").raw(dashes).raw(name).raw(' ');
      raw_named_value(call, NumberFile::device_groups, value, out);
    };
    if ((info.flags & XT_DEVGROUP_MATCH_SRC) != 0) {
      group("src-group", XT_DEVGROUP_INVERT_SRC, {info.src_group, info.src_mask});
    }
    if ((info.flags & XT_DEVGROUP_MATCH_DST) != 0) {
      group("dst-group", XT_DEVGROUP_INVERT_DST, {info.dst_group, info.dst_mask});
    }
  }
};

}  // namespace

extern constinit const Extension kMatchDevgroup =
    make_extension<Devgroup>({.name = "devgroup", .options = kOptions, .summary = "the groups of interfaces"});

}  // namespace ferrule::ext
