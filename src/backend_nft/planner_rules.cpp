// Planner: operations on rules.
#include <algorithm>
#include <string>
#include <utility>

#include "backend_nft/encode.hpp"
#include "backend_nft/planner.hpp"
#include "backend_nft/read_back.hpp"
#include "backend_nft/same_expressions.hpp"
#include "extensions/fingerprint.hpp"
#include "kernel/random.hpp"

namespace ferrule::nft {

Result<void> Planner::check_jump(const At& at) {
  const Rule& rule = *at.operation.rule;
  if (rule.target_kind() != TargetKind::chain) return {};
  // Jumps to base chains are the kernel's to refuse.
  const std::string_view name = rule.target_name();
  if (base_chain(at.table.target().table, name) != nullptr) return {};
  const auto chain = at.table.chain(ChainName(name));
  if (!chain) return tl::unexpected(chain.error());
  if ((*chain)->exists) return {};
  // What the rule itself cannot say, iptables finds before it looks for the chain.
  if (const auto sayable = expressions_of(rule); !sayable) return tl::unexpected(sayable.error());
  auto error = missing("Chain '" + std::string(name) + "' does not exist");
  error.value().kind = ErrorKind::kJumpToMissingChain;
  error.value().subject = name;
  return error;
}

Result<const Rule*> Planner::prepared(const Rule& rule) {
  const auto is_set = [](const Attachment& each) { return each.kind == Attachment::Kind::set_name; };
  if (std::none_of(rule.attachments().begin(), rule.attachments().end(), is_set)) return &rule;
  with_indexes_ = rule;
  if (auto written = sets_.write_indexes(*with_indexes_); !written) return tl::unexpected(written.error());
  return &*with_indexes_;
}

Result<void> Planner::write_rule(const At& at, Action action, ChainPlan& chain, const Place& place, size_t number) {
  const auto rule = prepared(*at.operation.rule);
  if (!rule) return tl::unexpected(rule.error());
  const uint32_t id = chain.rules ? ++last_id_ : 0;
  const auto written =
      put_rule(batch_, at.table.target(), at.operation.chain.view(), **rule, place, id, at.step.as(action));
  if (!written) return tl::unexpected(written.error());
  ++chain.rule_count;
  if (!chain.rules) return {};
  chain.rules->insert(number, {.name = {.id = id}, .expressions = {written->begin(), written->end()}, .userdata = {}});
  return {};
}

Result<void> Planner::append(const At& at) {
  if (auto checked = check_jump(at); !checked) return checked;
  const auto chain = chain_to_fill(at);
  if (!chain) return tl::unexpected(chain.error());
  const size_t number = (*chain)->rules ? (*chain)->rules->size() : 0;
  return write_rule(at, Action::rule_append, **chain, {.kind = Place::Kind::at_end}, number);
}

Result<void> Planner::insert(const At& at) {
  if (auto checked = check_jump(at); !checked) return checked;
  const auto chain = chain_to_fill(at);
  if (!chain) return tl::unexpected(chain.error());
  if (at.operation.number <= 1) return write_rule(at, Action::rule_insert, **chain, {.kind = Place::Kind::at_head}, 0);
  const size_t index = at.operation.number - 1;
  const auto& rules = *(*chain)->rules;
  if (index > rules.size()) return index_too_big("insertion");
  if (index == rules.size()) return write_rule(at, Action::rule_append, **chain, {.kind = Place::Kind::at_end}, index);
  return write_rule(at, Action::rule_insert, **chain, {.kind = Place::Kind::before, .other = rules[index].name}, index);
}

Result<void> Planner::replace(const At& at) {
  if (auto checked = check_jump(at); !checked) return checked;
  const auto chain = existing_chain(at, kNoChain);
  if (!chain) return tl::unexpected(chain.error());
  auto& rules = *(*chain)->rules;
  if (at.operation.number == 0 || at.operation.number > rules.size()) return index_too_big("replacement");
  const size_t index = at.operation.number - 1;
  const RuleName old = rules[index].name;
  // The kernel replaces by handle only; a rule of this very batch has none yet.
  const Place place{.kind = old.handle != 0 ? Place::Kind::instead_of : Place::Kind::before, .other = old};
  if (auto written = write_rule(at, Action::rule_replace, **chain, place, index); !written) return written;
  if (old.handle == 0)
    delete_rule(batch_, at.table.target(), at.operation.chain.view(), old, at.step.as(Action::rule_delete));
  forget_rule(**chain, index + 1);
  return {};
}

void Planner::forget_rule(ChainPlan& chain, size_t number) {
  chain.rules->erase(number);
  --chain.rule_count;
}

void Planner::erase_rule(const At& at, ChainPlan& chain, size_t number) {
  const RuleName name = (*chain.rules)[number].name;
  delete_rule(batch_, at.table.target(), at.operation.chain.view(), name, at.step.as(Action::rule_delete));
  forget_rule(chain, number);
}

uint64_t Planner::seed() {
  if (!seed_) seed_ = kernel::random_number();
  return *seed_;
}

Result<size_t> Planner::find_rule(const At& at) {
  const auto rule = prepared(*at.operation.rule);
  if (!rule) return tl::unexpected(rule.error());
  if (auto checked = check_jump(at); !checked) return tl::unexpected(checked.error());
  const auto chain = existing_chain(at, kBadRule);
  if (!chain) return tl::unexpected(chain.error());
  // Compared is what would be read back: nf_tables does not keep everything (the exact rate of a limit, say).
  auto expressions = expressions_of(**rule);
  if (!expressions) return tl::unexpected(expressions.error());
  FollowedRule wanted{.name = {}, .expressions = *std::move(expressions), .userdata = {}};
  const auto& read = at.table.read(wanted);
  if (!read && read.error().shown) return find_as_written(at, **chain, wanted);
  if (!read) return fail(Code::kUnsupported, "the rule could not be read back: it " + read.error().text);
  const bool by_fingerprint = std::exchange((*chain)->searched, true) && read->attachments().empty();
  const uint32_t fingerprint = by_fingerprint ? ext::fingerprint(*read, seed()) : 0;
  size_t number = 0;
  bool passed_over = false;
  for (FollowedRule& each : *(*chain)->rules) {
    const auto& other = at.table.read(each);
    if (!other) {
      passed_over = true;
    } else {
      if (by_fingerprint && each.fingerprint == 0) each.fingerprint = ext::fingerprint(*other, seed());
      if ((!by_fingerprint || each.fingerprint == fingerprint) && same_rule(*read, *other)) return number;
    }
    ++number;
  }
  return missing(passed_over ? kNoReadableRule : kBadRule);
}

// A rule that says more than can be read back (`-p tcp --dport 5 -m tcp --dport 6`).
Result<size_t> Planner::find_as_written(const At& at, ChainPlan& chain, const FollowedRule& wanted) {
  size_t number = 0;
  for (FollowedRule& each : *chain.rules) {
    const auto& other = at.table.read(each);
    if (!other && same_expressions(wanted.expressions, each.expressions)) return number;
    ++number;
  }
  return missing(kBadRule);
}

Result<void> Planner::delete_by_rule(const At& at) {
  const auto found = find_rule(at);
  if (!found) return tl::unexpected(found.error());
  const auto chain = at.table.chain(at.operation.chain);
  if (!chain) return tl::unexpected(chain.error());
  erase_rule(at, **chain, *found);
  return {};
}

Result<void> Planner::delete_by_number(const At& at) {
  const auto chain = existing_chain(at, kNoChain);
  if (!chain) return tl::unexpected(chain.error());
  auto& rules = *(*chain)->rules;
  if (at.operation.number == 0 || at.operation.number > rules.size()) return index_too_big("deletion");
  erase_rule(at, **chain, at.operation.number - 1);
  return {};
}

Result<void> Planner::check(const At& at) {
  const auto found = find_rule(at);
  if (!found) return tl::unexpected(found.error());
  return {};
}

}  // namespace ferrule::nft
