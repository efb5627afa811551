// `--mark VALUE[/MASK]` on a payload with mark, mask and invert: what the mark and connmark matches share.
#pragma once

#include <array>
#include <string_view>

#include "extensions/codec.hpp"
#include "extensions/text.hpp"

namespace ferrule::ext {

constexpr std::array<Option, 1> mark_options(std::string_view help) {
  return {{{.name = "mark",
            .arg = Arg::kMarkMask,
            .flags = kInvert | kMandatory,
            .metavar = "value[/mask]",
            .help = help}}};
}

template <typename Payload>
struct MarkMatch {
  using Info = Payload;

  static Result<void> parse(OptionCall& call, Info& info) {
    info.mark = static_cast<uint32_t>(call.number[0]);
    info.mask = static_cast<uint32_t>(call.number[1]);
    info.invert = call.inverted ? 1 : 0;
    return {};
  }

  static void save(const PrintCall&, const Info& info, Text& out) {
    out.option("mark", info.invert != 0).raw(' ').raw_mark(info.mark, info.mask);
  }
};

}  // namespace ferrule::ext
