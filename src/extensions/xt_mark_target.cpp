// MARK: struct xt_mark_tginfo2 in <linux/netfilter/xt_mark.h> (revision 2). Revisions 0 and 1 are those of kernels
// before 2.6.37, whose structs are no longer in the headers.
#include <linux/netfilter/xt_mark.h>

#include "extensions/bit_operation.hpp"
#include "extensions/codec.hpp"

namespace ferrule::ext {
namespace {

constexpr uint64_t kAll = bit(kAfterMarkOptions) - 1;
constexpr std::array kOptions = {mark_row(kSetXmark, kAll), mark_row(kSetMark, kAll), mark_row(kAndMark, kAll),
                                 mark_row(kOrMark, kAll), mark_row(kXorMark, kAll)};

struct Mark {
  using Info = xt_mark_tginfo2;

  static Result<void> parse(OptionCall& call, Info& info) {
    const MaskedValue v = mark_of(call);
    info = {v.value, v.mask};
    return {};
  }

  static Result<void> check(const CheckCall& call, Info&) {
    if (call.seen != 0) return {};
    return call.error("One of the --set-xmark, --{and,or,xor,set}-mark options is required");
  }

  static void save(const PrintCall&, const Info& info, Text& out) { save_xmark({info.mark, info.mask}, out); }

  static void print(const PrintCall&, const Info& info, Text& out) {
    out.raw(" MARK");
    print_mark({info.mark, info.mask}, out);
  }
};

// The kernel's `unsigned long`.
struct MarkInfo1 {
  uint64_t mark;
  uint8_t mode;
};
struct MarkInfo0 {
  uint64_t mark;
};

struct OldOperation {
  std::string_view option;
  std::string_view label;
};
// By the mode of revision 1; revision 0 has the first only.
constexpr std::array<OldOperation, 3> kOldOperations = {
    {{"set-mark", " MARK set"}, {"and-mark", " MARK and"}, {"or-mark", " MARK or"}}};

constexpr Option old_row(size_t mode, uint64_t excludes, std::string_view help) {
  return {
      .name = kOldOperations[mode].option, .arg = Arg::kU32, .excludes = excludes, .metavar = "value", .help = help};
}
constexpr std::array kOptions1 = {old_row(0, bit(1) | bit(2), "set the mark"),
                                  old_row(1, bit(0) | bit(2), "keep these bits only"),
                                  old_row(2, bit(0) | bit(1), "set these bits")};
constexpr std::array kOptions0 = {old_row(0, 0, "set the mark")};

template <typename Payload>
struct OldMark {
  using Info = Payload;
  static constexpr bool kHasMode = std::same_as<Payload, MarkInfo1>;

  static Result<void> parse(OptionCall& call, Info& info) {
    info.mark = call.number[0];
    if constexpr (kHasMode) info.mode = static_cast<uint8_t>(call.id);
    return {};
  }

  static Result<void> check(const CheckCall& call, Info&) {
    if (call.seen != 0) return {};
    return fail(Code::kInvalidInput, "MARK target: Parameter --set/and/or-mark is required");
  }

  static const OldOperation* operation(const Info& info) {
    size_t mode = 0;
    if constexpr (kHasMode) mode = info.mode;
    return mode < kOldOperations.size() ? &kOldOperations[mode] : nullptr;
  }

  static void save(const PrintCall&, const Info& info, Text& out) {
    if (const OldOperation* known = operation(info)) out.option(known->option).hex(info.mark);
  }

  static void print(const PrintCall&, const Info& info, Text& out) {
    if (const OldOperation* known = operation(info)) out.raw(known->label).hex(info.mark);
  }
};

constexpr std::string_view kSummary = "set the packet's mark";

}  // namespace

extern constinit const Extension kTargetMarkR2 = make_extension<Mark>(
    {.kind = Kind::target, .name = "MARK", .revision = 2, .options = kOptions, .summary = kSummary});

extern constinit const Extension kTargetMarkR1V4 = make_extension<OldMark<MarkInfo1>>({.kind = Kind::target,
                                                                                       .name = "MARK",
                                                                                       .revision = 1,
                                                                                       .families = Families::ipv4,
                                                                                       .options = kOptions1,
                                                                                       .summary = kSummary});

extern constinit const Extension kTargetMarkR0 = make_extension<OldMark<MarkInfo0>>(
    {.kind = Kind::target, .name = "MARK", .options = kOptions0, .summary = kSummary});

}  // namespace ferrule::ext
