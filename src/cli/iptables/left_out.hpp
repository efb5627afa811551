// Rules in iptables' nf_tables that others wrote and that no listing can show.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ferrule/ruleset.hpp"

namespace ferrule::cli {

// iptables-nft stops at a rule that it cannot read. If one is among those that a listing of `chain` (empty for all) and
// `number` (0 for all) comes to, takes it and all behind it out of `table` and returns the errors that iptables names.
enum class Behind : uint8_t { kEmptied, kGone };  // the chains that come after
std::optional<std::vector<std::string>> cut_at_unreadable(Table& table, std::string_view chain, uint32_t number,
                                                          Behind behind);

// Puts in what iptables lists in the place of rules that say more, and names these on standard error.
void show_as_iptables_does(Table& table, std::string_view chain);

// Says on standard error which rules are left out: iptables shows them as other rules, which they are not.
void name_what_is_left_out(const Table& table, std::string_view chain);

}  // namespace ferrule::cli
