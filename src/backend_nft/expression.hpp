// The expressions of a rule, one by one, as values: what a rule dump's NFTA_RULE_EXPRESSIONS holds
// (<linux/netfilter/nf_tables.h>). Views only: everything points into the bytes that were read.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

#include "ferrule/types.hpp"
#include "netlink/attributes.hpp"

namespace ferrule::nft {

using netlink::Bytes;

// Loads `length` bytes at `offset` of a header into a register. `base` is NFT_PAYLOAD_*.
struct PayloadLoad {
  uint32_t reg = 0;
  uint32_t base = 0;
  uint32_t offset = 0;
  uint32_t length = 0;
};

// Changes the packet.
struct PayloadWrite {};

// Loads packet metadata; `key` is NFT_META_*.
struct MetaLoad {
  uint32_t reg = 0;
  uint32_t key = 0;
};

struct MetaSet {
  uint32_t reg = 0;
  uint32_t key = 0;
};

// Ends the rule unless the register compares to `data` as `op` (NFT_CMP_*) says.
struct Compare {
  uint32_t reg = 0;
  uint32_t op = 0;
  Bytes data;
};

// to = (from & mask) ^ flip
struct Bitwise {
  uint32_t from = 0;
  uint32_t to = 0;
  Bytes mask;
  Bytes flip;
};

// Ends the rule unless the register is in (NFT_RANGE_EQ) or not in (NFT_RANGE_NEQ) low..high.
struct InRange {
  uint32_t reg = 0;
  uint32_t op = 0;
  Bytes low;
  Bytes high;
};

struct Immediate {
  uint32_t reg = 0;
  Bytes data;
};

// `code` is NF_ACCEPT, NF_DROP or NFT_*; `chain` belongs to jump and goto.
struct Verdict {
  int32_t code = 0;
  std::string_view chain;
};

struct Counter {
  Counters counters;
};

// At most `rate` packets in `unit` seconds.
struct Limit {
  uint64_t rate = 0;
  uint64_t unit = 0;
  uint32_t burst = 0;
};

// Hands the packet to a group of listeners.
struct Log {
  uint16_t group = 0;
  std::string_view prefix;
  std::optional<uint32_t> snaplen = {};
  uint16_t qthreshold = 0;
};

// An xtables match or target, payload and all.
struct Compat {
  std::string_view name;
  uint32_t revision = 0;
  Bytes info;
};
struct CompatMatch : Compat {};
struct CompatTarget : Compat {};

// Looks a register up in a set.
struct Lookup {
  std::string_view set;
};

// An expression that iptables does not know, or one of which it says so: it refuses to list the rule's table.
struct OtherExpression {
  std::string_view name;
};

// An expression that iptables believes to know, but this one says something else or lacks what makes it one.
struct UnreadableExpression {
  std::string_view name;
};

using Expression =
    std::variant<PayloadLoad, PayloadWrite, MetaLoad, MetaSet, Compare, Bitwise, InRange, Immediate, Verdict, Counter,
                 Limit, Log, CompatMatch, CompatTarget, Lookup, OtherExpression, UnreadableExpression>;

// Reads one NFTA_LIST_ELEM.
Expression read_expression(Bytes element);

}  // namespace ferrule::nft
