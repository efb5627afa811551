// What the kernel's and libiptc's errno values mean, in iptables' words. The texts are those of iptc_strerror and of
// iptables 1.8.9 where it prints others; iptc_strerror itself is not used because it keeps the last function called in
// a variable that all threads share.
#pragma once

#include <cerrno>
#include <cstdint>
#include <string>

#include "ferrule/error.hpp"
#include "ferrule/types.hpp"

namespace ferrule::legacy {

// What was being done when the errno came back.
enum class Doing : uint8_t {
  opening,  // the table, for changing it
  reading,
  committing,
  appending,
  inserting,
  replacing,
  finding_rule,  // -C and -D with a rule
  deleting_number,
  flushing,
  zeroing,
  creating_chain,
  deleting_chain,
  renaming_chain,
  setting_policy,
};

Code error_code(Doing doing, int error_number);
// One sentence without a full stop.
std::string error_text(Doing doing, int error_number);

// What EditableTable::commit says once the table is replaced and `added` came of restoring its counters. EINVAL: there
// are not as many entries any more.
inline int after_replacing(const Result<void>& added) {
  if (added) return 0;
  return added.error().errno_value == EINVAL ? ESTALE : added.error().errno_value;
}

// The Error for an errno. `origin` stays empty; whoever knows the line fills it in.
Error make_error(Doing doing, int error_number, TableId table, std::string chain = {});

}  // namespace ferrule::legacy
