// The two sides of every comparison, driven the same way: the real iptables programs and the ferrule command.
#pragma once

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "ferrule/types.hpp"
#include "oracle/case_file.hpp"
#include "support/kernel_state.hpp"
#include "support/netns_fixture.hpp"

namespace ferrule::test {

// One of the two kernel interfaces in one family.
struct Target {
  Family family;
  Flavour flavour;
};
inline constexpr Target kTargets[] = {{Family::ipv4, Flavour::legacy},
                                      {Family::ipv6, Flavour::legacy},
                                      {Family::ipv4, Flavour::nft},
                                      {Family::ipv6, Flavour::nft}};
// e.g. "ipv4_legacy"; fit for a test's name.
std::string target_name(Target target);
// For GoogleTest's messages.
inline void PrintTo(const Target& target, std::ostream* out) { *out << target_name(target); }

// Gives `text` to iptables-restore, respectively to `ferrule apply`, inside `netns`. `options` are both programs' own:
// "--noflush".
Completed real_restore(const FreshNetns& netns, Target target, std::string_view text,
                       const std::vector<std::string>& options = {});
Completed our_apply(const FreshNetns& netns, Target target, std::string_view text,
                    const std::vector<std::string>& options = {});

// What iptables-save, respectively `ferrule save`, prints inside `netns`, less the comments that hold the time. A
// failing program's standard error stands instead.
std::string real_save(const FreshNetns& netns, Target target, const std::vector<std::string>& options = {});
std::string our_save(const FreshNetns& netns, Target target, const std::vector<std::string>& options = {});

KernelState kernel_state(const FreshNetns& netns, Target target);
// All of kTargets.
KernelState kernel_state(const FreshNetns& netns);

// Where two texts differ first, as two lines; empty when they do not.
std::string first_differing_line(std::string_view expected, std::string_view actual);

// Whether `text` is lines of `FILE:LINE: reason`, as every error about input is.
bool is_file_line_reason(std::string_view text);

// Compares what the real tool left in `theirs` with what ferrule left in `ours`: the kernel's bytes, and the text of
// either program about either namespace. Empty, or a sentence about the first difference.
std::string difference_between(const FreshNetns& theirs, const FreshNetns& ours, Target target);

}  // namespace ferrule::test
