// state, revision 0, the kernel's own: struct xt_state_info in <linux/netfilter/xt_state.h>. What is typed as `-m
// state` becomes conntrack wherever the kernel has that (see xt_conntrack.cpp); this is for rules of older programs.
#include <linux/netfilter/nf_conntrack_common.h>
// after the states that it counts
#include <linux/netfilter/xt_state.h>

#include <array>

#include "extensions/codec.hpp"
#include "extensions/conntrack_names.hpp"
#include "extensions/lists.hpp"

namespace ferrule::ext {
namespace {

constexpr std::array<Option, 1> kOptions = {{{.name = "state",
                                              .arg = Arg::kString,
                                              .flags = kInvert | kMandatory,
                                              .metavar = "state[,state...]",
                                              .help = "INVALID, NEW, RELATED, ESTABLISHED or UNTRACKED"}}};

struct KernelState {
  using Info = xt_state_info;

  static Result<void> parse(OptionCall& call, Info& info) {
    const auto bits = read_bits(kStateList, call.text);
    if (!bits) return tl::unexpected(bits.error());
    info.statemask = *bits;
    // The bit for UNTRACKED is another than in conntrack's payload.
    if ((*bits & XT_CONNTRACK_STATE_UNTRACKED) != 0) {
      info.statemask = (*bits & ~uint32_t{XT_CONNTRACK_STATE_UNTRACKED}) | XT_STATE_UNTRACKED;
    }
    if (call.inverted) info.statemask = ~info.statemask;
    return {};
  }

  // There is no bit for the inversion: what was `! --state NEW` is the list of all the others.
  static void raw_states(const Info& info, Text& out) {
    uint32_t bits = info.statemask & ~uint32_t{XT_CONNTRACK_STATE_UNTRACKED};
    if ((bits & XT_STATE_UNTRACKED) != 0) bits |= XT_CONNTRACK_STATE_UNTRACKED;
    raw_names(kPlainStates, bits, out);
  }

  static void save(const PrintCall&, const Info& info, Text& out) { raw_states(info, out.option("state").raw(' ')); }

  static void print(const PrintCall&, const Info& info, Text& out) { raw_states(info, out.raw(" state ")); }
};

}  // namespace

extern constinit const Extension kMatchStateR0 =
    make_extension<KernelState>({.name = "state", .options = kOptions, .summary = "the connection's state"});

}  // namespace ferrule::ext
