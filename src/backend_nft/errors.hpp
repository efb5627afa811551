// What the errno values of nf_tables mean, in the words of iptables-nft 1.8.9.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "ferrule/error.hpp"
#include "kernel/system_error.hpp"
#include "netlink/socket.hpp"

namespace ferrule::nft {

// What a message of a batch does, by the name that iptables-nft gives it in errors.
enum class Action : uint8_t {
  table_add,
  table_flush,
  chain_add,
  chain_user_add,
  chain_user_flush,
  chain_del,
  chain_update,
  chain_rename,
  chain_zero,
  rule_append,
  rule_insert,
  rule_replace,
  rule_delete,
  rule_flush,
};

// `TABLE_ADD`, `RULE_APPEND` …
std::string_view action_name(Action action);

using kernel::errno_text;

// For failures of sockets and of requests that only read.
Error reading_error(int error_number);
// For a question that was not answered whole: kBusy where the answer is torn.
Error exchange_error(const netlink::Answer& answer);

// What was named is not there. ENOENT, except for the index of a rule.
inline constexpr const char* kNoChain = "No chain/target/match by that name";
inline constexpr const char* kBadRule = "Bad rule (does a matching rule exist in that chain?)";
inline constexpr const char* kNoReadableRule =
    "Bad rule (does a matching rule exist in that chain?); rules that cannot be read were passed over";
tl::unexpected<Error> missing(std::string message);
tl::unexpected<Error> index_too_big(const char* of);

// For a message of a batch that the kernel refused: `RULE_APPEND failed (Invalid argument): rule in chain INPUT`.
// `object` is the table's name for actions on tables, else the chain's.
Error refusal(Action action, int error_number, std::string_view object);

}  // namespace ferrule::nft
