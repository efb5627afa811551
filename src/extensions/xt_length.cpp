// length, revision 0: struct xt_length_info in <linux/netfilter/xt_length.h>.
#include <linux/types.h>
// after <linux/types.h>, which it does not include itself
#include <linux/netfilter/xt_length.h>

#include <cstddef>

#include "extensions/codec.hpp"
#include "extensions/ranges.hpp"

namespace ferrule::ext {
namespace {

constexpr auto kOptions =
    range_options("length", offsetof(xt_length_info, min), "the packet without its link header has so many bytes");

struct Length {
  using Info = xt_length_info;

  static Result<void> parse(OptionCall& call, Info& info) {
    info.invert = call.inverted ? 1 : 0;
    return {};
  }

  static void save(const PrintCall&, const Info& info, Text& out) {
    save_range("length", info.min, info.max, info.invert != 0, out);
  }

  static void print(const PrintCall&, const Info& info, Text& out) {
    print_range("length", info.min, info.max, info.invert != 0, out);
  }
};

}  // namespace

extern constinit const Extension kMatchLength =
    make_extension<Length>({.name = "length", .options = kOptions, .summary = "the packet's length"});

}  // namespace ferrule::ext
