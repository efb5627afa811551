// RuleReader: the expressions of a rule → a rule in the kernel's xtables form. The inverse of encode_rule, and more:
// every form in which some iptables-nft has written rules, and those of nft's own rules that have an iptables form, are
// understood as iptables-nft 1.8.9 understands them.
//
// Where that tool would read something else than the rule says (it ignores sets, masks and operators in places), there
// is no rule but a reason: what is dropped in silence is a hole in a firewall. Beside the reason may stand what that
// tool shows of it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <tl/expected.hpp>

#include "backend_nft/header_fields.hpp"
#include "backend_nft/registers.hpp"
#include "backend_nft/rule_assembly.hpp"
#include "ferrule/rule.hpp"
#include "ferrule/types.hpp"
#include "netlink/attributes.hpp"

namespace ferrule::nft {

using netlink::Bytes;

// The present name of the interface with this index; empty when there is none.
using InterfaceName = std::function<std::string(uint32_t index)>;

// One reader serves any number of rules. Not thread-safe.
class RuleReader {
 public:
  RuleReader(Family family, InterfaceName interface_name) : interface_name_(std::move(interface_name)), rule_(family) {}

  // `expressions` and `userdata` are the payloads of NFTA_RULE_EXPRESSIONS and NFTA_RULE_USERDATA. They may be
  // anything.
  tl::expected<Rule, NoRule> read(Bytes expressions, Bytes userdata = {});

 private:
  // One for each kind of expression.
  Reading take(const PayloadLoad& load);
  static Reading take(const PayloadWrite& write);
  Reading take(const MetaLoad& load);
  Reading take(const MetaSet& set);
  Reading take(const Compare& compare);
  Reading take(const Bitwise& bitwise);
  Reading take(const InRange& range);
  Reading take(const Immediate& immediate);
  Reading take(const Verdict& verdict);
  Reading take(const Counter& counter);
  Reading take(const Limit& limit);
  Reading take(const Log& log);
  Reading take(const CompatMatch& match);
  Reading take(const CompatTarget& target);
  Reading take(const Lookup& lookup);
  static Reading take(const OtherExpression& other);
  static Reading take(const UnreadableExpression& expression);

  Reading compare_meta(const Loaded& loaded, const Compare& compare);
  Reading compare_interface(model::Invert which, Equality equality, Bytes name);
  Reading compare_interface_index(model::Invert which, Equality equality, Bytes index);
  Reading compare_mark(const Loaded& loaded, Equality equality, Bytes mark);
  void add_comment(Bytes userdata);

  InterfaceName interface_name_;
  Registers registers_;
  RuleAssembly rule_;
  TransportHeader transport_;
};

}  // namespace ferrule::nft
