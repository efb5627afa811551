// CONNMARK: struct xt_connmark_tginfo2 and tginfo1 in <linux/netfilter/xt_connmark.h>; revision 0 is that of kernels
// before 2.6.37, whose struct is no longer in the header.
#include <linux/netfilter/xt_connmark.h>

#include <cstddef>

#include "extensions/bit_operation.hpp"
#include "extensions/codec.hpp"

namespace ferrule::ext {
namespace {

enum ConnmarkOption : size_t { kSaveMark = kAfterMarkOptions, kRestoreMark, kCtmask, kNfmask, kMask, kLeft, kRight };

constexpr uint64_t kOperations = bit(kCtmask) - 1;

constexpr Option copy_row(ConnmarkOption id, std::string_view name, std::string_view help) {
  return {.name = name, .excludes = kOperations & ~bit(id), .help = help};
}

constexpr Option mask_row(std::string_view name, uint64_t excludes, uint16_t offset, std::string_view help) {
  return {.name = name, .arg = Arg::kU32, .excludes = excludes, .offset = offset, .metavar = "mask", .help = help};
}

constexpr Option shift_row(std::string_view name, std::string_view help) {
  return {.name = name, .arg = Arg::kU8, .max = 32, .metavar = "bits", .help = help};
}

constexpr std::array kOptions = {
    mark_row(kSetXmark, kOperations),
    mark_row(kSetMark, kOperations),
    mark_row(kAndMark, kOperations),
    mark_row(kOrMark, kOperations),
    mark_row(kXorMark, kOperations),
    copy_row(kSaveMark, "save-mark", "copy the packet's mark to the connection"),
    copy_row(kRestoreMark, "restore-mark", "copy the connection's mark to the packet"),
    mask_row("ctmask", bit(kMask), offsetof(xt_connmark_tginfo2, ctmask), "bits of the connection's mark"),
    mask_row("nfmask", bit(kMask), offsetof(xt_connmark_tginfo2, nfmask), "bits of the packet's mark"),
    mask_row("mask", bit(kCtmask) | bit(kNfmask), kNoOffset, "bits of both"),
    shift_row("left-shift-mark", "shift the mark left"),
    shift_row("right-shift-mark", "shift the mark right")};

// Revision 1 cannot shift.
constexpr auto kOptionsBefore2 = std::span(kOptions).first<kLeft>();

struct CopyWords {
  std::string_view verb;
  std::string_view from;
  std::string_view to;
};
constexpr CopyWords kSave = {" save", " nfmask", " ctmask ~"};
constexpr CopyWords kRestore = {" restore", " ctmask", " nfmask ~"};

void print_copy(const CopyWords& words, uint32_t from_mask, uint32_t to_mask, Text& out) {
  out.raw(words.verb);
  if (from_mask == 0xffffffff && to_mask == 0xffffffff) return;
  if (from_mask == to_mask) {
    out.raw(" mask").hex(from_mask);
  } else {
    out.raw(words.from).hex(from_mask).raw(words.to).raw_hex(to_mask);
  }
}

// The kernel's XT_CONNMARK_* modes; anything else is a later kernel's.
constexpr std::string_view kUnknownMode = " ERROR: UNKNOWN CONNMARK MODE";

Result<void> need_operation(const CheckCall& call, uint64_t operations) {
  if ((call.seen & operations) != 0) return {};
  return fail(Code::kInvalidInput, "CONNMARK target: No operation specified");
}

template <typename Payload>
struct Connmark {
  using Info = Payload;
  static constexpr bool kShifts = std::same_as<Payload, xt_connmark_tginfo2>;

  static void init(Info& info, Family) { info.ctmask = info.nfmask = 0xffffffff; }

  static Result<void> parse(OptionCall& call, Info& info) {
    if (is_mark_option(call.id)) {
      const MaskedValue v = mark_of(call);
      info.ctmark = v.value;
      info.ctmask = v.mask;
      info.mode = XT_CONNMARK_SET;
    } else if (call.id == kSaveMark || call.id == kRestoreMark) {
      info.mode = call.id == kSaveMark ? XT_CONNMARK_SAVE : XT_CONNMARK_RESTORE;
    } else if (call.id == kMask) {
      info.ctmask = info.nfmask = static_cast<uint32_t>(call.number[0]);
    }
    if constexpr (kShifts) {
      if (call.id == kLeft || call.id == kRight) {
        info.shift_dir = call.id == kLeft ? D_SHIFT_LEFT : D_SHIFT_RIGHT;
        info.shift_bits = static_cast<uint8_t>(call.number[0]);
      }
    }
    return {};
  }

  static Result<void> check(const CheckCall& call, Info&) { return need_operation(call, kOperations); }

  static void save(const PrintCall&, const Info& info, Text& out) {
    if (info.mode == XT_CONNMARK_SET) {
      save_xmark({info.ctmark, info.ctmask}, out);
    } else if (info.mode == XT_CONNMARK_SAVE || info.mode == XT_CONNMARK_RESTORE) {
      out.option(info.mode == XT_CONNMARK_SAVE ? "save-mark" : "restore-mark");
      out.option("nfmask").hex(info.nfmask).option("ctmask").hex(info.ctmask);
    } else {
      out.raw(kUnknownMode);
      return;
    }
    put_shift(" --", info, out);
  }

  static void print(const PrintCall&, const Info& info, Text& out) {
    if (info.mode > XT_CONNMARK_RESTORE) {
      out.raw(kUnknownMode);
      return;
    }
    out.raw(" CONNMARK");
    if (info.mode == XT_CONNMARK_SET) print_mark({info.ctmark, info.ctmask}, out);
    if (info.mode == XT_CONNMARK_SAVE) print_copy(kSave, info.nfmask, info.ctmask, out);
    if (info.mode == XT_CONNMARK_RESTORE) print_copy(kRestore, info.ctmask, info.nfmask, out);
    put_shift(" ", info, out);
  }

  static void put_shift(std::string_view before, const Info& info, Text& out) {
    if constexpr (kShifts) {
      if (info.shift_bits == 0) return;
      out.raw(before)
          .raw(info.shift_dir == D_SHIFT_LEFT ? "left-shift-mark" : "right-shift-mark")
          .number(info.shift_bits);
    }
  }
};

// Marks and mask are the kernel's `unsigned long`.
struct ConnmarkInfo0 {
  uint64_t mark;
  uint64_t mask;
  uint8_t mode;
};

enum Option0 : size_t { kSet0, kSave0, kRestore0, kMask0 };
constexpr uint64_t kOperations0 = bit(kMask0) - 1;
constexpr std::array<Option, 4> kOptions0 = {
    {{.name = "set-mark",
      .arg = Arg::kMarkMask,
      .excludes = bit(kSave0) | bit(kRestore0),
      .metavar = "value[/mask]",
      .help = "set the connection's mark"},
     {.name = "save-mark", .excludes = bit(kSet0) | bit(kRestore0), .help = "copy the packet's mark to the connection"},
     {.name = "restore-mark", .excludes = bit(kSet0) | bit(kSave0), .help = "copy the connection's mark to the packet"},
     mask_row("mask", 0, kNoOffset, "bits of the mark that count")}};

struct Connmark0 {
  using Info = ConnmarkInfo0;

  static void init(Info& info, Family) { info.mask = 0xffffffff; }

  static Result<void> parse(OptionCall& call, Info& info) {
    if (call.id == kMask0) {
      info.mask = call.number[0];
      return {};
    }
    info.mode = static_cast<uint8_t>(call.id);
    if (call.id == kSet0) {
      info.mark = call.number[0];
      info.mask = call.number[1];
    }
    return {};
  }

  static Result<void> check(const CheckCall& call, Info&) { return need_operation(call, kOperations0); }

  static void put(std::string_view before, std::string_view after, const Info& info, Text& out) {
    constexpr std::array<std::string_view, 3> kVerbs = {"set", "save", "restore"};
    if (info.mode >= kVerbs.size()) {
      out.raw(kUnknownMode);
      return;
    }
    out.raw(before).raw(kVerbs[info.mode]).raw(after);
    const auto mask = static_cast<uint32_t>(info.mask);
    if (info.mode == XT_CONNMARK_SET) {
      out.raw(' ').raw_mark(static_cast<uint32_t>(info.mark), mask);
    } else if (mask == 0xffffffff) {
      out.raw(' ');
    } else {
      out.raw(after.empty() ? " mask" : " --mask").hex(mask);
    }
  }

  static void save(const PrintCall&, const Info& info, Text& out) { put(" --", "-mark", info, out); }
  static void print(const PrintCall&, const Info& info, Text& out) { put(" CONNMARK ", "", info, out); }
};

constexpr std::string_view kSummary = "set the connection's mark, or copy it from or to the packet";

}  // namespace

extern constinit const Extension kTargetConnmarkR2 = make_extension<Connmark<xt_connmark_tginfo2>>(
    {.kind = Kind::target, .name = "CONNMARK", .revision = 2, .options = kOptions, .summary = kSummary});

extern constinit const Extension kTargetConnmarkR1 = make_extension<Connmark<xt_connmark_tginfo1>>(
    {.kind = Kind::target, .name = "CONNMARK", .revision = 1, .options = kOptionsBefore2, .summary = kSummary});

extern constinit const Extension kTargetConnmarkR0 =
    make_extension<Connmark0>({.kind = Kind::target, .name = "CONNMARK", .options = kOptions0, .summary = kSummary});

}  // namespace ferrule::ext
