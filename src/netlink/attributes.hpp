// Reading netlink attributes (struct nlattr, <linux/netlink.h>) out of bytes that may be anything. Nothing is read
// outside the span; an attribute that does not fit ends the walk, and so does any padding too short for a header.
#pragma once

#include <endian.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>

namespace ferrule::netlink {

using Bytes = std::span<const std::byte>;

// One attribute: its type without the NLA_F_ bits, and its payload.
struct Attribute {
  uint16_t type = 0;
  Bytes value;

  std::optional<uint8_t> u8() const {
    if (value.size() != sizeof(uint8_t)) return std::nullopt;
    return std::to_integer<uint8_t>(value[0]);
  }
  // The three are big-endian on the wire and in host order here.
  std::optional<uint16_t> be16() const {
    const auto raw = as<uint16_t>();
    return raw ? std::optional(be16toh(*raw)) : std::nullopt;
  }
  std::optional<uint32_t> be32() const {
    const auto raw = as<uint32_t>();
    return raw ? std::optional(be32toh(*raw)) : std::nullopt;
  }
  std::optional<uint64_t> be64() const {
    const auto raw = as<uint64_t>();
    return raw ? std::optional(be64toh(*raw)) : std::nullopt;
  }
  // The text up to the first NUL, or all of it where there is none.
  std::string_view text() const {
    if (value.empty()) return {};
    const char* chars = reinterpret_cast<const char*>(value.data());
    return {chars, strnlen(chars, value.size())};
  }

 private:
  template <typename T>
  std::optional<T> as() const {
    if (value.size() != sizeof(T)) return std::nullopt;
    T raw;
    std::memcpy(&raw, value.data(), sizeof raw);
    return raw;
  }
};

// The attributes that lie one behind the other in `bytes`.
class AttributeRange {
 public:
  explicit AttributeRange(Bytes bytes) : bytes_(bytes) {}

  class Iterator {
   public:
    explicit Iterator(Bytes rest) : rest_(rest) { read(); }
    const Attribute& operator*() const { return current_; }
    const Attribute* operator->() const { return &current_; }
    Iterator& operator++() {
      rest_ = rest_.subspan(std::min(aligned(NLA_HDRLEN + current_.value.size()), rest_.size()));
      read();
      return *this;
    }
    bool operator!=(const Iterator& other) const { return rest_.size() != other.rest_.size(); }

   private:
    static size_t aligned(size_t size) { return (size + NLA_ALIGNTO - 1) & ~size_t{NLA_ALIGNTO - 1}; }
    void read() {
      nlattr header;
      if (rest_.size() >= sizeof header) {
        std::memcpy(&header, rest_.data(), sizeof header);
        if (header.nla_len >= NLA_HDRLEN && header.nla_len <= rest_.size()) {
          current_ = {.type = static_cast<uint16_t>(header.nla_type & NLA_TYPE_MASK),
                      .value = rest_.subspan(NLA_HDRLEN, header.nla_len - size_t{NLA_HDRLEN})};
          return;
        }
      }
      rest_ = {};
    }
    Bytes rest_;
    Attribute current_;
  };

  Iterator begin() const { return Iterator(bytes_); }
  static Iterator end() { return Iterator(Bytes{}); }

 private:
  Bytes bytes_;
};

// The attributes of a netfilter message whose length was checked (netlink::Socket hands out no others).
inline AttributeRange attributes_of(const nlmsghdr& message) {
  constexpr size_t kHeaders = NLMSG_HDRLEN + sizeof(nfgenmsg);
  if (message.nlmsg_len < kHeaders) return AttributeRange({});
  return AttributeRange({reinterpret_cast<const std::byte*>(&message) + kHeaders, message.nlmsg_len - kHeaders});
}

// The netfilter header of a message: family AF_UNSPEC and resource 0 where the message is too short to have one.
inline nfgenmsg netfilter_header_of(const nlmsghdr& message) {
  nfgenmsg header{};
  if (message.nlmsg_len >= NLMSG_HDRLEN + sizeof header) {
    std::memcpy(&header, reinterpret_cast<const std::byte*>(&message) + NLMSG_HDRLEN, sizeof header);
  }
  return header;
}

// Whether the message is of nf_tables, of a type NFT_MSG_*.
inline bool is_nft(const nlmsghdr& message, uint16_t type) {
  return message.nlmsg_type == (NFNL_SUBSYS_NFTABLES << 8 | type);
}

}  // namespace ferrule::netlink
