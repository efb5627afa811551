// Values set under a mask (MARK, CONNMARK, TOS): the kernel computes (old & ~mask) ^ value, and the friendlier options
// are special cases of that.
#pragma once

#include <cstdint>
#include <string_view>

#include "extensions/codec.hpp"

namespace ferrule::ext {

enum class BitOperation : uint8_t { kAnd, kOr, kXor, kSet };

struct MaskedValue {
  uint32_t value;
  uint32_t mask;
};

// What to set so that the operation with `bits` results; kAnd leaves bits outside the field to the caller.
constexpr MaskedValue masked_value(BitOperation operation, uint32_t bits) {
  switch (operation) {
    case BitOperation::kAnd:
      return {0, ~bits};
    case BitOperation::kOr:
      return {bits, bits};
    case BitOperation::kXor:
      return {bits, 0};
    case BitOperation::kSet:
      break;
  }
  return {bits, 0xffffffff};
}

// The reverse: which operation a value and mask are, the first that fits in the order above.
constexpr BitOperation operation_of(const MaskedValue& v) {
  if (v.value == 0) return BitOperation::kAnd;
  if (v.value == v.mask) return BitOperation::kOr;
  return v.mask == 0 ? BitOperation::kXor : BitOperation::kSet;
}

// The first five rows of MARK's and CONNMARK's option tables.
enum MarkOption : size_t { kSetXmark, kSetMark, kAndMark, kOrMark, kXorMark, kAfterMarkOptions };

constexpr bool is_mark_option(size_t id) { return id < kAfterMarkOptions; }

constexpr Option mark_row(MarkOption id, uint64_t excludes) {
  constexpr Option kRows[] = {
      {.name = "set-xmark",
       .arg = Arg::kMarkMask,
       .metavar = "value[/mask]",
       .help = "clear the mask's bits, xor value"},
      {.name = "set-mark", .arg = Arg::kMarkMask, .metavar = "value[/mask]", .help = "clear the mask's bits, or value"},
      {.name = "and-mark", .arg = Arg::kU32, .metavar = "bits", .help = "keep these bits only"},
      {.name = "or-mark", .arg = Arg::kU32, .metavar = "bits", .help = "set these bits"},
      {.name = "xor-mark", .arg = Arg::kU32, .metavar = "bits", .help = "flip these bits"}};
  Option row = kRows[id];
  row.excludes = excludes & ~bit(id);
  return row;
}

// What one of these options asks for.
constexpr MaskedValue mark_of(const OptionCall& call) {
  const auto first = static_cast<uint32_t>(call.number[0]);
  const auto second = static_cast<uint32_t>(call.number[1]);
  switch (call.id) {
    case kAndMark:
      return masked_value(BitOperation::kAnd, first);
    case kOrMark:
      return masked_value(BitOperation::kOr, first);
    case kXorMark:
      return masked_value(BitOperation::kXor, first);
    case kSetMark:
      return {first, first | second};
    default:
      return {first, second};
  }
}

// ` and 0x1`, ` or 0x1`, ` xor 0x1`, ` set 0x1` or ` xset 0x1/0x3`.
inline void print_mark(const MaskedValue& v, Text& out) {
  switch (operation_of(v)) {
    case BitOperation::kAnd:
      out.raw(" and").hex(~v.mask);
      return;
    case BitOperation::kOr:
      out.raw(" or").hex(v.value);
      return;
    case BitOperation::kXor:
      out.raw(" xor").hex(v.value);
      return;
    case BitOperation::kSet:
      out.raw(v.mask == 0xffffffff ? " set " : " xset ").raw_mark(v.value, v.mask);
      return;
  }
}

inline void save_xmark(const MaskedValue& v, Text& out) {
  out.option("set-xmark").hex(v.value).raw('/').raw_hex(v.mask);
}

}  // namespace ferrule::ext
