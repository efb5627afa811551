// cpu, revision 0: struct xt_cpu_info in <linux/netfilter/xt_cpu.h>.
#include <linux/netfilter/xt_cpu.h>

#include <array>
#include <cstddef>

#include "extensions/codec.hpp"

namespace ferrule::ext {
namespace {

constexpr std::array<Option, 1> kOptions = {{{.name = "cpu",
                                              .arg = Arg::kU32,
                                              .flags = kInvert | kMandatory,
                                              .offset = offsetof(xt_cpu_info, cpu),
                                              .metavar = "number",
                                              .help = "this CPU handles the packet"}}};

struct Cpu {
  using Info = xt_cpu_info;

  static Result<void> parse(OptionCall& call, Info& info) {
    info.invert = call.inverted ? 1 : 0;
    return {};
  }

  static void save(const PrintCall&, const Info& info, Text& out) {
    out.option("cpu", info.invert != 0).number(info.cpu);
  }

  static void print(const PrintCall&, const Info& info, Text& out) {
    out.raw(info.invert != 0 ? " cpu !" : " cpu").number(info.cpu);
  }
};

}  // namespace

extern constinit const Extension kMatchCpu =
    make_extension<Cpu>({.name = "cpu", .options = kOptions, .summary = "the CPU that handles the packet"});

}  // namespace ferrule::ext
