// RuleAssembly: the rule that comes together while its expressions are read.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "backend_nft/expression.hpp"
#include "backend_nft/expression_writer.hpp"
#include "ferrule/rule.hpp"
#include "model/entry.hpp"

namespace ferrule::nft {

// Why there is no iptables form.
struct NoRule {
  enum class Reason : uint8_t {
    incompatible,  // an expression that iptables does not know; it refuses to list the table
    unreadable,    // expressions that it knows, saying what no iptables rule can say
  };
  Reason reason = Reason::unreadable;
  std::string text;                        // for people
  std::vector<std::string> refusals = {};  // see Foreign
  // What iptables shows all the same, though the rule matches less; absent where it shows nothing either.
  std::optional<Rule> shown = {};
};

using Reading = tl::expected<void, NoRule>;
inline tl::unexpected<NoRule> unreadable(std::string text) {
  return tl::unexpected(NoRule{NoRule::Reason::unreadable, std::move(text)});
}
// Where iptables-nft 1.8.9 stops with an error, in its words.
inline tl::unexpected<NoRule> refused(const std::string& what) {
  return tl::unexpected(NoRule{NoRule::Reason::unreadable, what, {what}});
}

class RuleAssembly {
 public:
  explicit RuleAssembly(Family family) : family_(family), builder_(family) {}
  // Starts the next rule.
  void clear();

  Family family() const { return family_; }
  const model::Selectors& selectors() const { return selectors_; }
  void set_counters(Counters counters) { counters_ = counters; }

  // A selector can be given once in a rule.
  Reading set_interface(model::Invert which, const model::Interface& interface, Equality equality);
  Reading set_protocol(uint8_t number, Equality equality);
  Reading set_address(model::Invert which, const model::Address& address, const model::Address& mask,
                      Equality equality);
  Reading set_fragment(Equality equality);

  // A match's index counts from 0.
  size_t add_match(std::string_view name, uint8_t revision, Bytes payload);
  // With a payload of zeros, `size` bytes before padding, whose fields are set afterwards: one by one, so that what the
  // compiler puts between them stays zero.
  size_t add_match(std::string_view name, uint8_t revision, size_t size);
  template <typename Field>
  void put(size_t match, size_t offset, Field value);
  template <typename Field>
  Field get(size_t match, size_t offset) const;

  // Something that iptables overlooks, so that what it shows is less than the rule says. The first one is kept.
  void overlook(std::string text);
  const std::optional<std::string>& overlooked() const { return overlooked_; }

  bool has_target() const { return kind_ != TargetKind::none; }
  void set_verdict(TargetKind verdict) { kind_ = verdict; }
  void set_jump(std::string_view chain);
  void set_goto(std::string_view chain);
  void set_target(std::string_view name, uint8_t revision, Bytes payload);
  void set_log(const Log& log);

  // Whether an xtables rule, whose parts have 16-bit sizes, has room for all this.
  bool fits() const;
  Result<Rule> finish();

 private:
  struct Part {
    std::string_view name;
    uint8_t revision = 0;
    size_t offset = 0;  // of the payload in payloads_
    size_t size = 0;
  };
  Part store(std::string_view name, uint8_t revision, Bytes payload);
  Bytes payload_of(const Part& part) const { return Bytes(payloads_).subspan(part.offset, part.size); }
  Reading note(model::Invert which, Equality equality, const char* what);

  Family family_;
  model::Selectors selectors_{};
  Counters counters_{};
  uint8_t given_ = 0;  // model::Invert bits of the selectors that were set
  std::optional<std::string> overlooked_;
  std::vector<Part> matches_;
  TargetKind kind_ = TargetKind::none;
  Part target_;  // of kinds chain and extension
  std::string_view long_prefix_;
  std::vector<std::byte> payloads_;  // of all parts, one behind the other
  model::RuleBuilder builder_;       // kept for the room it has for the next rules
};

template <typename Field>
void RuleAssembly::put(size_t match, size_t offset, Field value) {
  std::memcpy(payloads_.data() + matches_[match].offset + offset, &value, sizeof value);
}

template <typename Field>
Field RuleAssembly::get(size_t match, size_t offset) const {
  Field value;
  std::memcpy(&value, payloads_.data() + matches_[match].offset + offset, sizeof value);
  return value;
}

}  // namespace ferrule::nft
