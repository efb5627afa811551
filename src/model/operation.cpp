#include <utility>

#include "ferrule/transaction.hpp"

namespace ferrule {
namespace {

Operation with_number(Operation operation, uint32_t number) {
  operation.number = number;
  return operation;
}

Operation with_rule(Operation operation, Rule rule) {
  operation.rule.emplace(std::move(rule));
  return operation;
}

}  // namespace

Operation Operation::append(const ChainName& chain, Rule rule) {
  return with_rule({Kind::append, chain}, std::move(rule));
}

Operation Operation::insert(const ChainName& chain, uint32_t number, Rule rule) {
  return with_rule(with_number({Kind::insert, chain}, number), std::move(rule));
}

Operation Operation::replace(const ChainName& chain, uint32_t number, Rule rule) {
  return with_rule(with_number({Kind::replace, chain}, number), std::move(rule));
}

Operation Operation::delete_rule(const ChainName& chain, Rule rule) {
  return with_rule({Kind::delete_rule, chain}, std::move(rule));
}

Operation Operation::delete_number(const ChainName& chain, uint32_t number) {
  return with_number({Kind::delete_number, chain}, number);
}

Operation Operation::check(const ChainName& chain, Rule rule) {
  return with_rule({Kind::check, chain}, std::move(rule));
}

Operation Operation::flush(const ChainName& chain) { return {Kind::flush, chain}; }
Operation Operation::flush_all() { return {Kind::flush, {}}; }
Operation Operation::zero(const ChainName& chain) { return {Kind::zero, chain}; }
Operation Operation::zero_all() { return {Kind::zero, {}}; }

Operation Operation::zero_rule(const ChainName& chain, uint32_t number) {
  return with_number({Kind::zero, chain}, number);
}

Operation Operation::new_chain(const ChainName& chain) { return {Kind::new_chain, chain}; }
Operation Operation::delete_chain(const ChainName& chain) { return {Kind::delete_chain, chain}; }
Operation Operation::delete_all_chains() { return {Kind::delete_chain, {}}; }

Operation Operation::rename_chain(const ChainName& chain, const ChainName& new_name) {
  Operation out(Kind::rename_chain, chain);
  out.new_name = new_name;
  return out;
}

Operation Operation::set_policy(const ChainName& chain, Policy policy, std::optional<Counters> counters) {
  Operation out(Kind::set_policy, chain);
  out.policy = policy;
  out.counters = counters;
  return out;
}

Operation Operation::declare_chain(const ChainName& chain, std::optional<Policy> policy,
                                   std::optional<Counters> counters) {
  Operation out(Kind::declare_chain, chain);
  out.policy = policy;
  out.counters = counters;
  return out;
}

Operation Operation::at_line(uint32_t number_of_line) && {
  line = number_of_line;
  return std::move(*this);
}

}  // namespace ferrule
