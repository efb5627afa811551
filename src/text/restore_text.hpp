// Transaction → iptables-restore input, with a way back from its lines to the operations.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ferrule/error.hpp"
#include "ferrule/transaction.hpp"

namespace ferrule::text {

struct RestoreText {
  // Where a line comes from.
  struct Line {
    uint32_t change;                    // index into the changes
    std::optional<uint32_t> operation;  // absent for `*table` and COMMIT
  };
  std::string text = {};
  std::vector<Line> lines = {};     // of `text`, in order
  std::vector<size_t> begins = {};  // of each change in `text`
  bool counters = false;            // some are not zero: -c is needed for them to count

  // The part from change `first` on, for another try after those before it are done.
  RestoreText from(uint32_t first) const;
};

// One `*table … COMMIT` block per change. Whether what was there before survives (TableChange::existing) is no part of
// the text: it is the --noflush of whoever feeds it to a binary. kUnsupported for what such text cannot say: a match or
// target without codec, and names or strings with a line break in them. Thread-safe.
Result<RestoreText> to_restore_text(std::span<const TableChange* const> changes);

}  // namespace ferrule::text
