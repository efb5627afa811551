#include "ferrule/rule.hpp"

#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv6/ip6_tables.h>

#include <cstring>
#include <utility>

#include "model/entry.hpp"
#include "model/rule_bytes.hpp"

namespace ferrule {
namespace {

// Of a standard target's payload: the verdict, padded.
constexpr size_t kVerdictSize = 8;

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

bool is_target_of(TargetKind kind, const model::Part& target) {
  switch (kind) {
    case TargetKind::none:
      return target.name.empty() && target.payload.size() == kVerdictSize;
    case TargetKind::accept:
      return target.name == "ACCEPT" && target.payload.size() == kVerdictSize;
    case TargetKind::drop:
      return target.name == "DROP" && target.payload.size() == kVerdictSize;
    case TargetKind::queue:
      return target.name == "QUEUE" && target.payload.size() == kVerdictSize;
    case TargetKind::return_:
      return target.name == "RETURN" && target.payload.size() == kVerdictSize;
    case TargetKind::chain:
      return ChainName(target.name).is_valid() && target.payload.size() == kVerdictSize;
    case TargetKind::extension:
      return !target.name.empty();
  }
  return false;
}

}  // namespace

// Without a match and target it always fits.
Rule::Rule(Family family) : Rule(*model::RuleBuilder(family).finish()) {}

Rule::Rule(Family family, TargetKind kind, std::shared_ptr<const std::byte> entry, size_t size,
           std::vector<Attachment> attachments)
    : entry_(std::move(entry)), size_(static_cast<uint32_t>(size)), family_(family), kind_(kind) {
  if (!attachments.empty()) attachments_ = std::make_unique<std::vector<Attachment>>(std::move(attachments));
}

Result<Rule> Rule::from_entry(Family family, TargetKind kind, std::span<const std::byte> entry,
                              std::vector<Attachment> attachments) {
  if (auto checked = model::check_entry(family, entry); !checked) return tl::unexpected(checked.error());
  if (!is_target_of(kind, model::target(family, entry))) {
    return fail(Code::kInvalidInput, "rule entry has a target of another kind");
  }
  Rule rule(family, kind, copy_bytes(entry), entry.size(), {});
  for (Attachment& attachment : attachments) {
    if (auto attached = rule.attach(std::move(attachment)); !attached) return tl::unexpected(attached.error());
  }
  return rule;
}

Rule::Rule(const Rule& other)
    : entry_(other.entry_),
      attachments_(copy_attachments(other.attachments_)),
      size_(other.size_),
      family_(other.family_),
      kind_(other.kind_) {}

Rule::Rule(Rule&& other) noexcept
    : entry_(std::move(other.entry_)),
      attachments_(std::move(other.attachments_)),
      size_(std::exchange(other.size_, 0)),
      family_(other.family_),
      kind_(std::exchange(other.kind_, TargetKind::none)) {}

Rule& Rule::operator=(const Rule& other) {
  if (this != &other) *this = Rule(other);
  return *this;
}

Rule& Rule::operator=(Rule&& other) noexcept {
  if (this == &other) return *this;
  entry_ = std::move(other.entry_);
  attachments_ = std::move(other.attachments_);
  size_ = std::exchange(other.size_, 0);
  family_ = other.family_;
  kind_ = std::exchange(other.kind_, TargetKind::none);
  return *this;
}

std::span<std::byte> model::RuleBytes::own(Rule& rule) {
  std::shared_ptr<std::byte> own = copy_bytes(rule.entry());
  const std::span<std::byte> bytes(own.get(), rule.size_);
  rule.entry_ = std::move(own);
  return bytes;
}

std::string_view Rule::target_name() const { return size_ == 0 ? std::string_view() : model::target(*this).name; }

Counters Rule::counters() const {
  if (size_ == 0) return {};
  xt_counters raw;
  std::memcpy(&raw, entry_.get() + counters_offset(family_), sizeof raw);
  return {raw.pcnt, raw.bcnt};
}

void Rule::set_counters(Counters counters) {
  if (size_ == 0) return;
  const xt_counters raw = {counters.packets, counters.bytes};
  std::memcpy(model::RuleBytes::own(*this).data() + counters_offset(family_), &raw, sizeof raw);
}

Result<void> Rule::set_target_chain(const ChainName& chain) {
  if (kind_ != TargetKind::chain) return fail(Code::kInvalidInput, "the rule leads to no chain");
  if (!chain.is_valid()) return fail(Code::kInvalidInput, "Invalid chain name `" + chain.str() + "'");
  const std::span<std::byte> bytes = model::RuleBytes::own(*this);
  std::byte* header = bytes.data() + model::target(*this).payload_offset - model::kPartHeaderSize;
  std::memset(header + 2, 0, model::kMaxPartName + 1);
  std::memcpy(header + 2, chain.c_str(), chain.view().size());
  return {};
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

Result<void> Rule::attach(Attachment attachment) {
  // An index of a set takes two bytes.
  const size_t needed = attachment.kind == Attachment::Kind::set_name ? sizeof(uint16_t) : 1;
  if (size_ < needed || attachment.offset > size_ - needed) {
    return fail(Code::kInvalidInput, "`" + attachment.text + "' is attached outside of the rule");
  }
  if (!attachments_) attachments_ = std::make_unique<std::vector<Attachment>>();
  attachments_->push_back(std::move(attachment));
  return {};
}

}  // namespace ferrule
