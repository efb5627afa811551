// store_argument: the fields of an OptionCall → bytes of the payload.
#include <endian.h>

#include <cstring>

#include "extensions/argument.hpp"

namespace ferrule::ext {
namespace {

template <typename T>
void put(std::byte* at, T value) {
  std::memcpy(at, &value, sizeof value);
}

void put_integer(const OptionCall& call, Arg arg, std::byte* at, uint64_t value) {
  const bool swap = (call.option.flags & kNetworkOrder) != 0;
  switch (arg) {
    case Arg::kU8:
    case Arg::kU8Range:
    case Arg::kProtocol:
    case Arg::kLogLevel:
    case Arg::kPrefixLength:
      return put(at, static_cast<uint8_t>(value));
    case Arg::kU16:
    case Arg::kU16Range:
    case Arg::kPort:
    case Arg::kPortRange:
      return put(at, swap ? htobe16(static_cast<uint16_t>(value)) : static_cast<uint16_t>(value));
    case Arg::kU64:
    case Arg::kU64Range:
      return put(at, swap ? htobe64(value) : value);
    default:
      return put(at, swap ? htobe32(static_cast<uint32_t>(value)) : static_cast<uint32_t>(value));
  }
}

size_t integer_size(Arg arg) {
  switch (arg) {
    case Arg::kU8Range:
      return 1;
    case Arg::kU16Range:
    case Arg::kPortRange:
      return 2;
    case Arg::kU64Range:
      return 8;
    default:
      return 4;
  }
}

}  // namespace

void store_argument(const OptionCall& call, std::byte* payload) {
  if (call.option.offset == kNoOffset) return;
  std::byte* at = payload + call.option.offset;
  switch (call.option.arg) {
    case Arg::kNone:
    case Arg::kString:
    case Arg::kTosMask:
    case Arg::kMarkMask:
      return;  // no single place to put these: the parse hook stores them
    case Arg::kHost:
    case Arg::kHostMask:
      std::memcpy(at, call.address.data(), model::address_size(call.family()));
      return;
    case Arg::kPrefixMask:
      std::memcpy(at, call.mask.data(), model::address_size(call.family()));
      return;
    case Arg::kMac:
    case Arg::kMacMask:
      std::memcpy(at, call.mac.data(), call.mac.size());
      return;
    case Arg::kU8Range:
    case Arg::kU16Range:
    case Arg::kU32Range:
    case Arg::kU64Range:
    case Arg::kPortRange:
      // A single value is the range of just it.
      put_integer(call, call.option.arg, at, call.number[0]);
      put_integer(call, call.option.arg, at + integer_size(call.option.arg), call.number[call.count - 1]);
      return;
    default:
      put_integer(call, call.option.arg, at, call.number[0]);
      return;
  }
}

}  // namespace ferrule::ext
