// TTL and HL: two structs of one shape, a mode and a number.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "extensions/codec.hpp"

namespace ferrule::ext {

// The row's number is the kernel's mode.
inline constexpr uint8_t kSetHops = 0;
inline constexpr uint8_t kIncreaseHops = 1;
inline constexpr uint8_t kDecreaseHops = 2;

constexpr Option hop_limit_row(uint8_t mode, std::string_view name, std::string_view help) {
  // Which of two that clash is named first is a matter of who says so; the row for increasing leaves it to the others.
  constexpr uint64_t kOthers = bit(kIncreaseHops) | bit(kDecreaseHops);
  return {.name = name,
          .arg = Arg::kU8,
          .excludes = mode == kIncreaseHops ? bit(kSetHops) : (bit(kSetHops) | kOthers) & ~bit(mode),
          .min = mode == kSetHops ? 0U : 1U,
          .metavar = "value",
          .help = help};
}

// `kName` is the target's, `kRows` its three rows, `kNumber` the payload's other field.
template <typename Payload, uint8_t Payload::*kNumber, const std::string_view& kName,
          const std::array<Option, 3>& kRows>
struct HopLimit {
  using Info = Payload;

  static Result<void> parse(OptionCall& call, Info& info) {
    info.mode = static_cast<uint8_t>(call.id);
    info.*kNumber = static_cast<uint8_t>(call.number[0]);
    return {};
  }

  static Result<void> check(const CheckCall& call, Info&) {
    if (call.seen != 0) return {};
    return call.error("You must specify an action");
  }

  static void save(const PrintCall&, const Info& info, Text& out) {
    if (info.mode < kRows.size()) out.option(kRows[info.mode].name);
    out.number(info.*kNumber);
  }

  static void print(const PrintCall&, const Info& info, Text& out) {
    constexpr std::array<std::string_view, 3> kVerbs = {"set to", "increment by", "decrement by"};
    out.word(kName).raw(' ').raw(info.mode < kVerbs.size() ? kVerbs[info.mode] : "").number(info.*kNumber);
  }
};

}  // namespace ferrule::ext
