// AUDIT: struct xt_audit_info in <linux/netfilter/xt_AUDIT.h>.
#include <linux/netfilter/xt_AUDIT.h>

#include <array>

#include "extensions/codec.hpp"
#include "extensions/lists.hpp"

namespace ferrule::ext {
namespace {

// By their number.
constexpr std::array<std::string_view, XT_AUDIT_TYPE_MAX + 1> kTypes = {"accept", "drop", "reject"};

constexpr std::array<Option, 1> kOptions = {{{.name = "type",
                                              .arg = Arg::kString,
                                              .flags = kMandatory,
                                              .metavar = "accept|drop|reject",
                                              .help = "what the record says became of the packet"}}};

struct Audit {
  using Info = xt_audit_info;

  static Result<void> parse(OptionCall& call, Info& info) {
    for (size_t i = 0; i < kTypes.size(); ++i) {
      if (!same_word(kTypes[i], call.text)) continue;
      info.type = static_cast<uint8_t>(i);
      return {};
    }
    return fail(Code::kInvalidInput, "Bad action type value \"" + std::string(call.text) + "\"");
  }

  static void save(const PrintCall&, const Info& info, Text& out) {
    if (info.type < kTypes.size()) out.option("type").word(kTypes[info.type]);
  }

  static void print(const PrintCall&, const Info& info, Text& out) {
    out.raw(" AUDIT ").raw(info.type < kTypes.size() ? kTypes[info.type] : "");
  }
};

}  // namespace

extern constinit const Extension kTargetAudit = make_extension<Audit>(
    {.kind = Kind::target, .name = "AUDIT", .options = kOptions, .summary = "write an audit record"});

}  // namespace ferrule::ext
