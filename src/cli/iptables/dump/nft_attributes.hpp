// Netlink attributes (struct nlattr, <linux/netlink.h>) read out of messages and put into them, for what -vv prints.
#pragma once

#include <endian.h>
#include <linux/netlink.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

namespace ferrule::cli {

using NftBytes = std::span<const std::byte>;

struct NftAttribute {
  uint16_t type = 0;  // without the NLA_F_ bits
  NftBytes value = {};
};

// Those that lie one behind the other. What does not fit ends the list.
class NftAttributes {
 public:
  explicit NftAttributes(NftBytes bytes) {
    while (bytes.size() >= NLA_HDRLEN) {
      nlattr header;
      std::memcpy(&header, bytes.data(), sizeof header);
      if (header.nla_len < NLA_HDRLEN || header.nla_len > bytes.size()) return;
      all_.push_back({.type = static_cast<uint16_t>(header.nla_type & NLA_TYPE_MASK),
                      .value = bytes.subspan(NLA_HDRLEN, header.nla_len - size_t{NLA_HDRLEN})});
      bytes = bytes.subspan(std::min<size_t>(NLA_ALIGN(header.nla_len), bytes.size()));
    }
  }

  auto begin() const { return all_.begin(); }
  auto end() const { return all_.end(); }

  bool has(uint16_t type) const { return find(type) != nullptr; }
  // Empty, 0 or "" where there is no such attribute, as libnftnl has it of what was never set.
  NftBytes bytes(uint16_t type) const {
    const NftAttribute* found = find(type);
    return found == nullptr ? NftBytes() : found->value;
  }
  NftAttributes nest(uint16_t type) const { return NftAttributes(bytes(type)); }
  std::string_view text(uint16_t type) const {
    const NftBytes value = bytes(type);
    const char* chars = reinterpret_cast<const char*>(value.data());
    return value.empty() ? std::string_view() : std::string_view(chars, strnlen(chars, value.size()));
  }
  uint8_t u8(uint16_t type) const { return raw<uint8_t>(type); }
  uint16_t be16(uint16_t type) const { return be16toh(raw<uint16_t>(type)); }
  uint32_t be32(uint16_t type) const { return be32toh(raw<uint32_t>(type)); }
  uint64_t be64(uint16_t type) const { return be64toh(raw<uint64_t>(type)); }

 private:
  const NftAttribute* find(uint16_t type) const {
    for (const NftAttribute& each : all_) {
      if (each.type == type) return &each;
    }
    return nullptr;
  }
  template <typename Number>
  Number raw(uint16_t type) const {
    Number number = 0;
    const NftBytes value = bytes(type);
    if (value.size() == sizeof number) std::memcpy(&number, value.data(), sizeof number);
    return number;
  }

  std::vector<NftAttribute> all_;
};

// Attributes, or a whole message, being written.
class NftWriter {
 public:
  void put(uint16_t type, NftBytes value) {
    const nlattr header{.nla_len = static_cast<uint16_t>(NLA_HDRLEN + value.size()), .nla_type = type};
    append(&header, sizeof header);
    append(value.data(), value.size());
    pad();
  }
  // With the NUL behind it.
  void put_text(uint16_t type, std::string_view text) {
    const nlattr header{.nla_len = static_cast<uint16_t>(NLA_HDRLEN + text.size() + 1), .nla_type = type};
    append(&header, sizeof header);
    append(text.data(), text.size());
    bytes_.push_back({});
    pad();
  }
  void put_be32(uint16_t type, uint32_t number) { put_raw(type, htobe32(number)); }
  void put_be64(uint16_t type, uint64_t number) { put_raw(type, htobe64(number)); }

  template <typename Inside>
  void nest(uint16_t type, const Inside& inside) {
    const size_t at = bytes_.size();
    nlattr header{.nla_len = 0, .nla_type = static_cast<uint16_t>(type | NLA_F_NESTED)};
    append(&header, sizeof header);
    inside();
    header.nla_len = static_cast<uint16_t>(bytes_.size() - at);
    std::memcpy(bytes_.data() + at, &header, sizeof header);
  }

  void append(const void* from, size_t size) {
    const auto* begin = static_cast<const std::byte*>(from);
    bytes_.insert(bytes_.end(), begin, begin + size);
  }

  std::vector<std::byte>& bytes() { return bytes_; }

 private:
  template <typename Number>
  void put_raw(uint16_t type, Number number) {
    put(type, std::as_bytes(std::span(&number, 1)));
  }
  void pad() { bytes_.resize(NLA_ALIGN(bytes_.size())); }

  std::vector<std::byte> bytes_;
};

}  // namespace ferrule::cli
