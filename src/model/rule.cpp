#include "ferrule/rule.hpp"

#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv6/ip6_tables.h>

#include <cstring>

#include "model/entry.hpp"

namespace ferrule {
namespace {

size_t counters_offset(Family family) {
  return family == Family::ipv4 ? offsetof(ipt_entry, counters) : offsetof(ip6t_entry, counters);
}

std::unique_ptr<std::vector<Attachment>> copy_attachments(const std::unique_ptr<std::vector<Attachment>>& from) {
  return from ? std::make_unique<std::vector<Attachment>>(*from) : nullptr;
}

std::shared_ptr<std::byte> copy_bytes(std::span<const std::byte> from) {
  std::shared_ptr<std::byte> copy = model::EntryArena().allocate(from.size());
  if (!from.empty()) std::memcpy(copy.get(), from.data(), from.size());
  return copy;
}

}  // namespace

Rule::Rule(Family family) : Rule(model::RuleBuilder(family).finish()) {}

Rule::Rule(Family family, TargetKind kind, std::span<const std::byte> entry, std::vector<Attachment> attachments)
    : Rule(family, kind, copy_bytes(entry), entry.size(), std::move(attachments)) {}

Rule::Rule(Family family, TargetKind kind, std::shared_ptr<const std::byte> entry, size_t size,
           std::vector<Attachment> attachments)
    : entry_(std::move(entry)), size_(static_cast<uint32_t>(size)), family_(family), kind_(kind) {
  if (!attachments.empty()) attachments_ = std::make_unique<std::vector<Attachment>>(std::move(attachments));
}

Rule::Rule(const Rule& other)
    : entry_(other.entry_),
      attachments_(copy_attachments(other.attachments_)),
      size_(other.size_),
      family_(other.family_),
      kind_(other.kind_) {}

Rule& Rule::operator=(const Rule& other) {
  if (this != &other) *this = Rule(other);
  return *this;
}

std::span<std::byte> Rule::mutable_entry() {
  std::shared_ptr<std::byte> own = copy_bytes(entry());
  const std::span<std::byte> bytes(own.get(), size_);
  entry_ = std::move(own);
  return bytes;
}

std::string_view Rule::target_name() const { return model::target(*this).name; }

Counters Rule::counters() const {
  xt_counters raw;
  std::memcpy(&raw, entry_.get() + counters_offset(family_), sizeof raw);
  return {raw.pcnt, raw.bcnt};
}

void Rule::set_counters(Counters counters) {
  const xt_counters raw = {counters.packets, counters.bytes};
  std::memcpy(mutable_entry().data() + counters_offset(family_), &raw, sizeof raw);
}

std::span<const Attachment> Rule::attachments() const {
  if (!attachments_) return {};
  return *attachments_;
}

std::optional<std::string_view> Rule::foreign_text() const {
  for (const Attachment& attachment : attachments()) {
    if (attachment.kind == Attachment::Kind::foreign_text) return attachment.text;
  }
  return std::nullopt;
}

void Rule::attach(Attachment attachment) {
  if (!attachments_) attachments_ = std::make_unique<std::vector<Attachment>>();
  attachments_->push_back(std::move(attachment));
}

}  // namespace ferrule
