// The messages of a batch, as iptables-nft 1.8.9 sends them. Each function appends one.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "backend_nft/base_chains.hpp"
#include "backend_nft/batch.hpp"
#include "ferrule/error.hpp"
#include "ferrule/rule.hpp"
#include "ferrule/types.hpp"
#include "netlink/attributes.hpp"

namespace ferrule::nft {

using netlink::Bytes;

// Whose messages: one table's, of one family.
struct Target {
  Family family;
  TableId table;
};

void add_table(Batch& batch, Target target, Step step);
void delete_table(Batch& batch, Target target, Step step);

// What a message about a base chain may set.
struct BaseChainSettings {
  std::optional<Policy> policy;
  std::optional<Counters> counters;
};
void put_base_chain(Batch& batch, Target target, const BaseChain& base, const BaseChainSettings& settings, Step step);
void add_user_chain(Batch& batch, Target target, std::string_view chain, Step step);
void delete_chain(Batch& batch, Target target, std::string_view chain, Step step);
void rename_chain(Batch& batch, Target target, uint64_t handle, std::string_view new_name, Step step);

// A rule that there is: by handle in the kernel, by number when this batch makes it.
struct RuleName {
  uint64_t handle = 0;
  uint32_t id = 0;
};

// Where a rule goes.
struct Place {
  enum class Kind : uint8_t { at_end, at_head, before, instead_of } kind = Kind::at_end;
  RuleName other = {};  // before which, or which is replaced (by handle only)
};

// `id` is 0 where nothing in this batch will refer to the rule. Returns the rule's expressions as written, valid until
// the next message is added.
Result<Bytes> put_rule(Batch& batch, Target target, std::string_view chain, const Rule& rule, const Place& place,
                       uint32_t id, Step step);

// The same for expressions as they are.
struct RawRule {
  Bytes expressions;
  Bytes userdata;
  uint32_t protocol = 0;
  bool inverted_protocol = false;
};
void put_raw_rule(Batch& batch, Target target, std::string_view chain, const RawRule& rule, const Place& place,
                  uint32_t id, Step step);

void delete_rule(Batch& batch, Target target, std::string_view chain, RuleName rule, Step step);
// Every rule of the chain; of the table when `chain` is empty.
void flush_rules(Batch& batch, Target target, std::string_view chain, Step step);

}  // namespace ferrule::nft
