// ExpressionWriter: appends expressions to a rule message, in the form in which iptables-nft 1.8.9 writes them. Each
// function says the expression as `nft --debug=netlink` prints it.
//
// The message lies in a buffer with room for whatever the caller is going to write (see Batch::start): as with libmnl's
// own functions, nothing is checked here.
#pragma once

#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_tables.h>

#include <cstdint>
#include <string_view>

#include "backend_nft/expression.hpp"
#include "ferrule/types.hpp"
#include "model/entry.hpp"
#include "netlink/attributes.hpp"

namespace ferrule::nft {

using netlink::Bytes;

enum class Equality : uint32_t { kEqual = NFT_CMP_EQ, kNotEqual = NFT_CMP_NEQ };

class ExpressionWriter {
 public:
  explicit ExpressionWriter(nlmsghdr* message) : message_(message) {}

  // payload load LENGTHb @ BASE header + OFFSET => reg 1
  void payload(nft_payload_bases base, uint32_t offset, size_t length);
  // meta load KEY => reg 1
  void meta(nft_meta_keys key);
  // bitwise reg 1 = ( reg 1 & MASK ) ^ 0
  void bitwise(Bytes mask);
  // cmp OP reg 1 DATA
  void compare(nft_cmp_ops op, Bytes data);
  void compare(Equality equality, Bytes data) { compare(static_cast<nft_cmp_ops>(equality), data); }
  // range eq|neq reg 1 LOW HIGH
  void range(Equality equality, Bytes low, Bytes high);
  // counter pkts P bytes B
  void counter(Counters counters);
  // limit rate RATE/UNIT burst BURST type packets flags 0x0
  void limit(const Limit& limit);
  // log [prefix PREFIX] group GROUP [snaplen N] [qthreshold N]
  void log(const Log& log);
  // immediate reg 0 CODE [-> CHAIN]
  void verdict(int32_t code, std::string_view chain = {});
  // immediate reg 9 1; meta set nftrace with reg 9
  void trace();
  // match name NAME rev REVISION, target name NAME rev REVISION
  void match(const model::Part& part);
  void target(const model::Part& part);

 private:
  friend class OpenExpression;
  void compat(const char* name, const model::Part& part);
  void data_value(uint16_t type, Bytes value);
  void text(uint16_t type, std::string_view value);
  nlmsghdr* message_;
};

}  // namespace ferrule::nft
