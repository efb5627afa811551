// connlabel, revision 0: struct xt_connlabel_mtinfo in <linux/netfilter/xt_connlabel.h>.
#include <linux/netfilter/xt_connlabel.h>

#include <array>
#include <cstddef>
#include <string>

#include "extensions/codec.hpp"
#include "names/names.hpp"

namespace ferrule::ext {
namespace {

enum Id : size_t { kLabel, kSet };

constexpr std::array<Option, 2> kOptions = {
    {{.name = "label",
      .arg = Arg::kString,
      .flags = kInvert | kMandatory,
      .min = 1,
      .metavar = "number|name",
      .help = "the connection has this label, a name of /etc/xtables/connlabel.conf too"},
     {.name = "set", .help = "put the label on the connection if it is not there"}}};

struct Connlabel {
  using Info = xt_connlabel_mtinfo;

  static Result<void> parse(OptionCall& call, Info& info) {
    if (call.id == kSet) {
      info.options |= XT_CONNLABEL_OP_SET;
      return {};
    }
    if (call.inverted) info.options |= XT_CONNLABEL_OP_INVERT;
    uint64_t number = 0;
    if (!parse_number(call.text, 0xffff, number)) {
      const auto named = call.names.numbered(NumberFile::connection_labels, call.text);
      if (!named || *named > XT_CONNLABEL_MAXBIT) {
        return fail(Code::kInvalidInput, "label '" + std::string(call.text) + "' not found or invalid value");
      }
      number = *named;
    }
    info.bit = static_cast<uint16_t>(number);
    return {};
  }

  static void save(const PrintCall& call, const Info& info, Text& out) {
    const auto name = call.names.numbered_name(NumberFile::connection_labels, info.bit);
    out.option("label", (info.options & XT_CONNLABEL_OP_INVERT) != 0);
    out.raw(" \"").raw(name ? *name : std::to_string(info.bit)).raw('"');
    if ((info.options & XT_CONNLABEL_OP_SET) != 0) out.option("set");
  }

  static void print(const PrintCall& call, const Info& info, Text& out) {
    const auto name = call.numbers == Numbers::kNames
                          ? call.names.numbered_name(NumberFile::connection_labels, info.bit)
                          : std::nullopt;
    out.raw((info.options & XT_CONNLABEL_OP_INVERT) != 0 ? " connlabel ! " : " connlabel ");
    out.raw(name ? "'" + *name + "'" : std::to_string(info.bit));
    if ((info.options & XT_CONNLABEL_OP_SET) != 0) out.raw(" set");
  }
};

}  // namespace

// Two rules are equal for iptables whatever their labels, which made -D take the wrong one: here they are not.
extern constinit const Extension kMatchConnlabel =
    make_extension<Connlabel>({.name = "connlabel", .options = kOptions, .summary = "labels of the connection"});

}  // namespace ferrule::ext
