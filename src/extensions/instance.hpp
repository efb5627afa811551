// Instance: one use of an extension in a rule that is being put together.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "extensions/codec.hpp"

namespace ferrule::ext {

// The word or words after an option.
struct Arguments {
  std::optional<std::string_view> first;
  std::optional<std::string_view> second;
};

class Instance {
 public:
  Instance() = default;
  // Starts anew as a use of `extension`; the buffers are kept. Before this, nothing else may be called.
  void start(const Extension& extension, Family family);

  const Extension& extension() const { return *extension_; }
  // Carries out option `id` of the extension: reads the argument, checks what the row demands, runs the codec's hook.
  Result<void> apply(size_t id, bool inverted, const Arguments& arguments, const RuleContext& rule, Names& names);
  // To be called once, after the last option of the rule.
  Result<void> finish(const RuleContext& rule);

  uint64_t seen() const { return seen_; }
  std::span<const std::byte> payload() const { return payload_; }
  const std::vector<Attachment>& attachments() const { return attachments_; }

 private:
  const Extension* extension_ = nullptr;
  std::vector<std::byte> payload_;
  std::vector<Attachment> attachments_;
  std::array<uint64_t, 4> scratch_{};
  uint64_t seen_ = 0;
};

}  // namespace ferrule::ext
