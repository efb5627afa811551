#include "model/entry.hpp"

#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv6/ip6_tables.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "model/rule_bytes.hpp"

namespace ferrule::model {
namespace {

static_assert(sizeof(ipt_entry) == 112 && sizeof(ip6t_entry) == 168);
static_assert(sizeof(xt_entry_match) == kPartHeaderSize && sizeof(xt_entry_target) == kPartHeaderSize);
static_assert(sizeof(xt_standard_target) == kStandardTargetSize);

// Both families' entries start with their selectors and go on with the same fields at other offsets.
template <typename T>
T load(std::span<const std::byte> bytes, size_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

struct Offsets {
  uint32_t target;
  uint32_t next;
};

Offsets entry_offsets(Family family, std::span<const std::byte> entry) {
  if (family == Family::ipv4) {
    return {load<uint16_t>(entry, offsetof(ipt_entry, target_offset)),
            load<uint16_t>(entry, offsetof(ipt_entry, next_offset))};
  }
  return {load<uint16_t>(entry, offsetof(ip6t_entry, target_offset)),
          load<uint16_t>(entry, offsetof(ip6t_entry, next_offset))};
}

Part read_part(std::span<const std::byte> entry, uint32_t offset) {
  const auto size = load<uint16_t>(entry, offset);
  const char* name = reinterpret_cast<const char*>(entry.data()) + offset + 2;
  return {.name = {name, strnlen(name, kMaxPartName + 1)},
          .revision = load<uint8_t>(entry, offset + 31),
          .payload = entry.subspan(offset + kPartHeaderSize, size - kPartHeaderSize),
          .payload_offset = offset + static_cast<uint32_t>(kPartHeaderSize)};
}

bool part_fits(std::span<const std::byte> entry, uint32_t offset, uint32_t end) {
  if (offset + kPartHeaderSize > end) return false;
  const auto size = load<uint16_t>(entry, offset);
  if (size < kPartHeaderSize || size % 8 != 0 || offset + size > end) return false;
  const char* name = reinterpret_cast<const char*>(entry.data()) + offset + 2;
  return strnlen(name, kMaxPartName + 1) <= kMaxPartName;
}

void copy_interface(const Interface& from, char* name, unsigned char* mask) {
  std::memcpy(name, from.name.data(), kInterfaceSize);
  std::memcpy(mask, from.mask.data(), kInterfaceSize);
}

Interface load_interface(const char* name, const unsigned char* mask) {
  Interface out;
  std::memcpy(out.name.data(), name, kInterfaceSize);
  std::memcpy(out.mask.data(), mask, kInterfaceSize);
  return out;
}

void append_part(std::vector<std::byte>& out, std::string_view name, uint8_t revision,
                 std::span<const std::byte> payload) {
  const size_t start = out.size();
  const size_t size = kPartHeaderSize + align(payload.size());
  out.resize(start + size);
  const auto size16 = static_cast<uint16_t>(size);
  std::memcpy(out.data() + start, &size16, sizeof size16);
  std::memcpy(out.data() + start + 2, name.data(), std::min(name.size(), kMaxPartName));
  out[start + 31] = std::byte{revision};
  if (!payload.empty()) std::memcpy(out.data() + start + kPartHeaderSize, payload.data(), payload.size());
}

void write_header(const Selectors& s, Counters counters, uint16_t target_offset, uint16_t next_offset, ipt_entry& e) {
  std::memcpy(&e.ip.src, s.source.data(), 4);
  std::memcpy(&e.ip.dst, s.destination.data(), 4);
  std::memcpy(&e.ip.smsk, s.source_mask.data(), 4);
  std::memcpy(&e.ip.dmsk, s.destination_mask.data(), 4);
  copy_interface(s.in, e.ip.iniface, e.ip.iniface_mask);
  copy_interface(s.out, e.ip.outiface, e.ip.outiface_mask);
  e.ip.proto = s.protocol;
  e.ip.flags = static_cast<uint8_t>((s.fragment ? IPT_F_FRAG : 0) | (s.is_goto ? IPT_F_GOTO : 0));
  e.ip.invflags = s.invert;
  e.target_offset = target_offset;
  e.next_offset = next_offset;
  e.counters = {counters.packets, counters.bytes};
}

void write_header(const Selectors& s, Counters counters, uint16_t target_offset, uint16_t next_offset, ip6t_entry& e) {
  std::memcpy(&e.ipv6.src, s.source.data(), 16);
  std::memcpy(&e.ipv6.dst, s.destination.data(), 16);
  std::memcpy(&e.ipv6.smsk, s.source_mask.data(), 16);
  std::memcpy(&e.ipv6.dmsk, s.destination_mask.data(), 16);
  copy_interface(s.in, e.ipv6.iniface, e.ipv6.iniface_mask);
  copy_interface(s.out, e.ipv6.outiface, e.ipv6.outiface_mask);
  e.ipv6.proto = s.protocol;
  e.ipv6.tos = s.tos;
  e.ipv6.flags = static_cast<uint8_t>((s.protocol_given ? IP6T_F_PROTO : 0) | (s.is_goto ? IP6T_F_GOTO : 0));
  e.ipv6.invflags = s.invert;
  e.target_offset = target_offset;
  e.next_offset = next_offset;
  e.counters = {counters.packets, counters.bytes};
}

}  // namespace

size_t entry_header_size(Family family) { return family == Family::ipv4 ? sizeof(ipt_entry) : sizeof(ip6t_entry); }

std::string_view Interface::text() const { return {name.data(), strnlen(name.data(), kInterfaceSize)}; }

Interface Interface::from_text(std::string_view text) {
  Interface out;
  const size_t length = std::min(text.size(), kInterfaceSize - 1);
  if (length == 0) return out;
  std::memcpy(out.name.data(), text.data(), length);
  const size_t masked = text[length - 1] == '+' ? length - 1 : length + 1;
  std::fill_n(out.mask.begin(), masked, uint8_t{0xff});
  return out;
}

Selectors read_selectors(Family family, std::span<const std::byte> entry) {
  Selectors s;
  if (family == Family::ipv4) {
    const auto ip = load<ipt_ip>(entry, 0);
    std::memcpy(s.source.data(), &ip.src, 4);
    std::memcpy(s.destination.data(), &ip.dst, 4);
    std::memcpy(s.source_mask.data(), &ip.smsk, 4);
    std::memcpy(s.destination_mask.data(), &ip.dmsk, 4);
    s.in = load_interface(ip.iniface, ip.iniface_mask);
    s.out = load_interface(ip.outiface, ip.outiface_mask);
    s.protocol = ip.proto;
    s.invert = ip.invflags;
    s.fragment = (ip.flags & IPT_F_FRAG) != 0;
    s.is_goto = (ip.flags & IPT_F_GOTO) != 0;
    return s;
  }
  const auto ip = load<ip6t_ip6>(entry, 0);
  std::memcpy(s.source.data(), &ip.src, 16);
  std::memcpy(s.destination.data(), &ip.dst, 16);
  std::memcpy(s.source_mask.data(), &ip.smsk, 16);
  std::memcpy(s.destination_mask.data(), &ip.dmsk, 16);
  s.in = load_interface(ip.iniface, ip.iniface_mask);
  s.out = load_interface(ip.outiface, ip.outiface_mask);
  s.protocol = ip.proto;
  s.tos = ip.tos;
  s.invert = ip.invflags;
  s.protocol_given = (ip.flags & IP6T_F_PROTO) != 0;
  s.is_goto = (ip.flags & IP6T_F_GOTO) != 0;
  return s;
}

Part MatchRange::Iterator::operator*() const { return read_part(entry_, offset_); }

MatchRange::Iterator& MatchRange::Iterator::operator++() {
  offset_ += load<uint16_t>(entry_, offset_);
  return *this;
}

MatchRange::MatchRange(Family family, std::span<const std::byte> entry)
    : entry_(entry),
      begin_(static_cast<uint32_t>(entry_header_size(family))),
      end_(entry_offsets(family, entry).target) {}

Part target(Family family, std::span<const std::byte> entry) {
  return read_part(entry, entry_offsets(family, entry).target);
}

Part target(const Rule& rule) { return target(rule.family(), rule.entry()); }

Result<void> check_entry(Family family, std::span<const std::byte> entry) {
  const size_t header = entry_header_size(family);
  if (entry.size() < header + kPartHeaderSize) return fail(Code::kInvalidInput, "rule entry is too short");
  const Offsets offsets = entry_offsets(family, entry);
  if (offsets.next != entry.size() || offsets.next % 8 != 0) {
    return fail(Code::kInvalidInput, "rule entry does not end where its header says");
  }
  if (offsets.target < header || offsets.target % 8 != 0 || offsets.target >= offsets.next) {
    return fail(Code::kInvalidInput, "rule entry has its target outside itself");
  }
  for (uint32_t at = static_cast<uint32_t>(header); at < offsets.target; at += load<uint16_t>(entry, at)) {
    if (!part_fits(entry, at, offsets.target)) return fail(Code::kInvalidInput, "rule entry has a malformed match");
  }
  if (!part_fits(entry, offsets.target, offsets.next) ||
      offsets.target + load<uint16_t>(entry, offsets.target) != offsets.next) {
    return fail(Code::kInvalidInput, "rule entry has a malformed target");
  }
  return {};
}

size_t RuleBuilder::add_match(std::string_view name, uint8_t revision, std::span<const std::byte> payload) {
  offsets_.push_back(static_cast<uint32_t>(parts_.size()));
  append_part(parts_, name, revision, payload);
  return offsets_.size() - 1;
}

void RuleBuilder::set_verdict(TargetKind verdict) {
  static constexpr std::array<std::string_view, 5> kNames = {"", "ACCEPT", "DROP", "QUEUE", "RETURN"};
  const std::array<std::byte, 8> zero{};
  kind_ = verdict;
  target_.clear();
  append_part(target_, kNames[static_cast<size_t>(verdict)], 0, zero);
}

void RuleBuilder::set_chain(std::string_view chain) {
  const std::array<std::byte, 8> zero{};
  kind_ = TargetKind::chain;
  target_.clear();
  append_part(target_, chain, 0, zero);
}

void RuleBuilder::set_target(std::string_view name, uint8_t revision, std::span<const std::byte> payload) {
  kind_ = TargetKind::extension;
  target_.clear();
  append_part(target_, name, revision, payload);
}

void RuleBuilder::attach_to_match(size_t index, Attachment attachment) {
  attachment.offset += static_cast<uint32_t>(entry_header_size(family_) + offsets_[index] + kPartHeaderSize);
  match_attachments_.push_back(std::move(attachment));
}

void RuleBuilder::attach_to_target(Attachment attachment) { target_attachments_.push_back(std::move(attachment)); }

std::shared_ptr<std::byte> EntryArena::allocate(size_t size) {
  using Unit = uint64_t;  // what entries are aligned to
  constexpr size_t kSecond = 1024;
  constexpr size_t kLargest = size_t{64} << 10;
  size = align(size);
  if (capacity_ - used_ < size) {
    capacity_ = capacity_ == 0 ? size : std::max(size, std::clamp(capacity_ * 2, kSecond, kLargest));
    auto units = std::make_shared_for_overwrite<Unit[]>(capacity_ / sizeof(Unit));
    auto* bytes = reinterpret_cast<std::byte*>(units.get());
    buffer_ = {std::move(units), bytes};
    used_ = 0;
  }
  return {buffer_, buffer_.get() + std::exchange(used_, used_ + size)};
}

Result<Rule> RuleBuilder::finish() {
  if (target_.empty()) set_verdict(TargetKind::none);
  const size_t header = entry_header_size(family_);
  const size_t target_offset = header + parts_.size();
  const size_t next_offset = target_offset + target_.size();
  if (next_offset > Rule::kMaxEntrySize) {
    return tl::unexpected(Error{.code = Code::kInvalidInput,
                                .message = "the rule takes " + std::to_string(next_offset) +
                                           " bytes, and the kernel's rules have at most " +
                                           std::to_string(Rule::kMaxEntrySize) + ": use fewer matches",
                                .kind = ErrorKind::kRuleTooLarge});
  }
  std::shared_ptr<std::byte> shared = arena_.allocate(next_offset);
  std::byte* entry = shared.get();
  const auto target16 = static_cast<uint16_t>(target_offset);
  const auto next16 = static_cast<uint16_t>(next_offset);
  if (family_ == Family::ipv4) {
    ipt_entry head{};
    write_header(selectors, counters, target16, next16, head);
    std::memcpy(entry, &head, sizeof head);
  } else {
    ip6t_entry head{};
    write_header(selectors, counters, target16, next16, head);
    std::memcpy(entry, &head, sizeof head);
  }
  if (!parts_.empty()) std::memcpy(entry + header, parts_.data(), parts_.size());
  std::memcpy(entry + target_offset, target_.data(), target_.size());
  for (Attachment& a : target_attachments_) {
    a.offset += static_cast<uint32_t>(target_offset + kPartHeaderSize);
    match_attachments_.push_back(std::move(a));
  }
  target_attachments_.clear();
  return RuleBytes::share(family_, kind_, std::move(shared), next_offset, std::exchange(match_attachments_, {}));
}

void RuleBuilder::clear() {
  selectors = {};
  counters = {};
  clear_parts();
}

void RuleBuilder::clear_parts() {
  kind_ = TargetKind::none;
  parts_.clear();
  offsets_.clear();
  target_.clear();
  match_attachments_.clear();
  target_attachments_.clear();
}

}  // namespace ferrule::model
