// TOS: struct xt_tos_target_info in <linux/netfilter/xt_DSCP.h> (revision 1); revision 0 is that of kernels before
// 2.6.37, whose struct is no longer in the header.
#include <linux/netfilter/xt_DSCP.h>

#include "extensions/argument.hpp"
#include "extensions/bit_operation.hpp"
#include "extensions/codec.hpp"

namespace ferrule::ext {
namespace {

enum TosOption : size_t { kSetTos, kAndTos, kOrTos, kXorTos, kEnd };

// The names mean these bits.
constexpr uint8_t kNameMask = 0x3f;

constexpr Option bits_row(TosOption id, std::string_view name, std::string_view help) {
  return {.name = name,
          .arg = id == kSetTos ? Arg::kTosMask : Arg::kU8,
          .excludes = (bit(kEnd) - 1) & ~bit(id),
          .metavar = id == kSetTos ? "value[/mask]|name" : "bits",
          .help = help};
}
constexpr std::array kOptions = {bits_row(kSetTos, "set-tos", "clear the mask's bits, xor value"),
                                 bits_row(kAndTos, "and-tos", "keep these bits only"),
                                 bits_row(kOrTos, "or-tos", "set these bits"),
                                 bits_row(kXorTos, "xor-tos", "flip these bits")};
constexpr std::array kOptions0 = {bits_row(kSetTos, "set-tos", "the whole field")};

Result<void> need_action(const CheckCall& call) {
  if (call.seen != 0) return {};
  return call.error("An action is required");
}

struct Tos {
  using Info = xt_tos_target_info;

  static Result<void> parse(OptionCall& call, Info& info) {
    const auto bits = static_cast<uint32_t>(call.number[0]);
    MaskedValue v{bits, static_cast<uint32_t>(call.number[1])};
    if (call.id == kAndTos) v = masked_value(BitOperation::kAnd, bits);
    if (call.id == kOrTos) v = masked_value(BitOperation::kOr, bits);
    if (call.id == kXorTos) v = masked_value(BitOperation::kXor, bits);
    info = {static_cast<uint8_t>(v.value), static_cast<uint8_t>(v.mask)};
    return {};
  }

  static Result<void> check(const CheckCall& call, Info&) { return need_action(call); }

  static void raw_both(const Info& info, Text& out) {
    out.raw_hex_padded(info.tos_value, 2).raw('/').raw_hex_padded(info.tos_mask, 2);
  }

  static void save(const PrintCall&, const Info& info, Text& out) { raw_both(info, out.option("set-tos").raw(' ')); }

  static void print(const PrintCall& call, const Info& info, Text& out) {
    if (call.numbers == Numbers::kNumeric) {
      raw_both(info, out.raw(" TOS set "));
      return;
    }
    const std::string_view name = info.tos_mask == kNameMask ? tos_name(info.tos_value) : std::string_view{};
    if (!name.empty()) {
      out.raw("  TOS set").raw(name);
      return;
    }
    out.raw(" TOS ");
    switch (operation_of({info.tos_value, info.tos_mask})) {
      case BitOperation::kAnd:
        out.raw("and ").raw_hex_padded(static_cast<uint8_t>(~info.tos_mask), 2);
        return;
      case BitOperation::kOr:
        out.raw("or ").raw_hex_padded(info.tos_value, 2);
        return;
      case BitOperation::kXor:
        out.raw("xor ").raw_hex_padded(info.tos_value, 2);
        return;
      case BitOperation::kSet:
        raw_both(info, out.raw("set "));
        return;
    }
  }

  static void help(Text& out) {
    out.raw("Names: Minimize-Delay, Maximize-Throughput, Maximize-Reliability, Minimize-Cost, Normal-Service\n");
  }
};

struct TosInfo0 {
  uint8_t tos;
};

struct Tos0 {
  using Info = TosInfo0;

  static Result<void> parse(OptionCall& call, Info& info) {
    if (call.text.find('/') != std::string_view::npos && call.number[1] != 0xff) {
      return fail(Code::kInvalidInput,
                  "tos match: Your kernel is too old to support anything besides /0xFF as a mask.");
    }
    info.tos = static_cast<uint8_t>(call.number[0]);
    return {};
  }

  static Result<void> check(const CheckCall& call, Info&) { return need_action(call); }

  static void save(const PrintCall&, const Info& info, Text& out) {
    out.option("set-tos").raw(' ').raw_hex_padded(info.tos, 2);
  }

  static void print(const PrintCall&, const Info& info, Text& out) { out.raw(" TOS set ").raw_hex_padded(info.tos, 2); }
};

constexpr std::string_view kSummary = "set the type of service field";

}  // namespace

extern constinit const Extension kTargetTosR1 =
    make_extension<Tos>({.kind = Kind::target, .name = "TOS", .revision = 1, .options = kOptions, .summary = kSummary});

extern constinit const Extension kTargetTosR0V4 = make_extension<Tos0>(
    {.kind = Kind::target, .name = "TOS", .families = Families::ipv4, .options = kOptions0, .summary = kSummary});

}  // namespace ferrule::ext
