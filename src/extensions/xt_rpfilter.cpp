// rpfilter, revision 0: struct xt_rpfilter_info in <linux/netfilter/xt_rpfilter.h>.
#include <linux/netfilter/xt_rpfilter.h>

#include <array>

#include "extensions/codec.hpp"
#include "extensions/flag_options.hpp"

namespace ferrule::ext {
namespace {

// In the order of their flags.
constexpr std::array<Option, 4> kOptions = {
    {{.name = "loose", .help = "a route back through any interface will do"},
     {.name = "validmark", .help = "look the route up with the packet's mark"},
     {.name = "accept-local", .help = "do not mind source addresses of this host"},
     {.name = "invert", .help = "match packets that fail the test"}}};
static_assert(flag_of_option(0) == XT_RPFILTER_LOOSE && flag_of_option(1) == XT_RPFILTER_VALID_MARK &&
              flag_of_option(2) == XT_RPFILTER_ACCEPT_LOCAL && flag_of_option(3) == XT_RPFILTER_INVERT);

struct Rpfilter {
  using Info = xt_rpfilter_info;

  static Result<void> parse(OptionCall& call, Info& info) {
    info.flags |= flag_of_option(call.id);
    return {};
  }

  static void save(const PrintCall&, const Info& info, Text& out) { write_flags(kOptions, info.flags, " --", out); }

  static void print(const PrintCall&, const Info& info, Text& out) {
    write_flags(kOptions, info.flags, " ", out.raw(" rpfilter"));
  }
};

}  // namespace

extern constinit const Extension kMatchRpfilter = make_extension<Rpfilter>(
    {.name = "rpfilter", .options = kOptions, .summary = "a reply would leave the way the packet came"});

}  // namespace ferrule::ext
