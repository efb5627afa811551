// RuleBytes: how the parts of ferrule that make and change rules get at their bytes.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "ferrule/rule.hpp"

namespace ferrule::model {

class RuleBytes {
 public:
  // A rule that shares the `size` bytes that `entry` points to. They must be well formed (check_entry) and of `kind`,
  // and nothing may change them any more.
  static Rule share(Family family, TargetKind kind, std::shared_ptr<const std::byte> entry, size_t size,
                    std::vector<Attachment> attachments = {}) {
    return {family, kind, std::move(entry), size, std::move(attachments)};
  }
  // Bytes of the rule's own, to be changed until it is copied; earlier copies and results of Rule::entry stay as they
  // are. They must be well formed afterwards.
  static std::span<std::byte> own(Rule& rule);
};

}  // namespace ferrule::model
