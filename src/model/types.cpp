#include "ferrule/types.hpp"

#include <algorithm>

#include "ferrule/error.hpp"
#include "ferrule/ruleset.hpp"
#include "ferrule/transaction.hpp"

namespace ferrule {
namespace {

constexpr std::array<std::string_view, 5> kHookNames = {"PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"};
constexpr std::array<std::string_view, 5> kTableNames = {"filter", "nat", "mangle", "raw", "security"};
// Bit h set: the table has a base chain on hook h. Values: `valid_hooks` of each table's GET_INFO.
constexpr std::array<uint8_t, 5> kValidHooks = {0x0e, 0x1b, 0x1f, 0x09, 0x0e};

template <typename Id, size_t N>
std::optional<Id> id_by_name(const std::array<std::string_view, N>& names, std::string_view name) {
  const auto* found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<Id>(found - names.begin());
}

}  // namespace

std::string_view code_name(Code code) {
  static constexpr std::array<std::string_view, 13> kNames = {
      "invalid_input", "not_found", "exists",          "in_use",      "refused",   "permission",    "busy",
      "unsupported",   "system",    "outcome_unknown", "thread_lost", "no_memory", "too_many_files"};
  return kNames[static_cast<size_t>(code)];
}

std::string_view error_kind_name(ErrorKind kind) {
  static constexpr std::array<std::string_view, 37> kNames = {"unspecified",
                                                              "lock_unavailable",
                                                              "lock_held",
                                                              "table_missing",
                                                              "chain_missing",
                                                              "jump_to_missing_chain",
                                                              "goto_no_chain",
                                                              "chain_name_invalid",
                                                              "chain_name_too_long",
                                                              "chain_in_use",
                                                              "set_missing",
                                                              "set_family",
                                                              "policy_invalid",
                                                              "bad_policy",
                                                              "no_builtin_chain",
                                                              "rename_of_new_chain",
                                                              "rule_missing",
                                                              "rule_missing_unreadable",
                                                              "index_too_big",
                                                              "extension_unknown",
                                                              "extension_not_in_kernel",
                                                              "target_in_nat_table",
                                                              "protocol_required",
                                                              "rule_too_large",
                                                              "bad_argument",
                                                              "option_value",
                                                              "option_conflict",
                                                              "other_family",
                                                              "table_option_in_restore",
                                                              "table_expected",
                                                              "table_name_invalid",
                                                              "commit_expected",
                                                              "limit_exceeded",
                                                              "refused_by_kernel",
                                                              "table_unreadable",
                                                              "dump_torn",
                                                              "owned_table"};
  return kNames[static_cast<size_t>(kind)];
}

std::string to_string(const Error& error) {
  std::string out;
  if (!error.origin.file.empty()) out += error.origin.file + ":";
  if (error.origin.line != 0) out += (out.empty() ? "line " : "") + std::to_string(error.origin.line) + ":";
  if (!out.empty()) out += " ";
  return out + error.message;
}

std::string_view family_name(Family family) { return family == Family::ipv4 ? "ipv4" : "ipv6"; }
std::string_view hook_name(Hook hook) { return kHookNames[static_cast<size_t>(hook)]; }
std::optional<Hook> hook_of_chain(std::string_view chain_name) { return id_by_name<Hook>(kHookNames, chain_name); }
std::string_view table_name(TableId table) { return kTableNames[static_cast<size_t>(table)]; }
std::optional<TableId> table_by_name(std::string_view name) { return id_by_name<TableId>(kTableNames, name); }
bool table_has_hook(TableId table, Hook hook) {
  return (kValidHooks[static_cast<size_t>(table)] >> static_cast<unsigned>(hook) & 1u) != 0;
}

bool is_base_chain(TableId table, std::string_view chain_name) {
  const auto hook = hook_of_chain(chain_name);
  return hook && table_has_hook(table, *hook);
}
std::string_view policy_name(Policy policy) { return policy == Policy::accept ? "ACCEPT" : "DROP"; }

// One byte more than a name may have is kept, so that a longer one stays one that is too long.
ChainName::ChainName(std::string_view name) : length_(static_cast<uint8_t>(std::min(name.size(), kMaxLength + 1))) {
  std::copy_n(name.begin(), length_, chars_.begin());
}

bool ChainName::is_valid() const {
  return !empty() && !is_too_long() && view().find_first_of(std::string_view(" \t\n\0", 4)) == std::string_view::npos;
}

size_t Transaction::rule_count() const {
  size_t count = 0;
  for (const TableChange& change : changes) {
    count += static_cast<size_t>(std::count_if(change.operations.begin(), change.operations.end(),
                                               [](const Operation& op) { return op.rule.has_value(); }));
  }
  return count;
}

const Chain* Table::find(std::string_view chain) const {
  const auto found = std::find_if(chains.begin(), chains.end(), [&](const Chain& c) { return c.name.view() == chain; });
  return found == chains.end() ? nullptr : &*found;
}

const Table* Ruleset::find(TableId table) const {
  const auto found = std::find_if(tables.begin(), tables.end(), [&](const Table& t) { return t.id == table; });
  return found == tables.end() ? nullptr : &*found;
}

}  // namespace ferrule
