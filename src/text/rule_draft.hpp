// RuleDraft: the rule of a command line while its options are being read.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "extensions/instance.hpp"
#include "ferrule/error.hpp"
#include "model/entry.hpp"
#include "names/names.hpp"
#include "text/option_reader.hpp"
#include "text/selectors.hpp"

namespace ferrule::text {

class RuleDraft {
 public:
  RuleDraft(Family family, Names& names) : family_(family), names_(names), builder_(family) {}
  // Forgets everything but its storage.
  void clear();

  void set_counters(Counters counters) { counters_ = counters; }
  void set_source(std::string_view text) { source_text_ = text; }
  void set_destination(std::string_view text) { destination_text_ = text; }
  void set_fragment() { selectors_.fragment = true; }
  void invert(uint8_t invert_bit) { selectors_.invert = static_cast<uint8_t>(selectors_.invert | invert_bit); }
  // The argument of -p. Whether it is inverted is said before, by `invert`.
  Result<void> set_protocol(std::string_view text);
  Result<void> set_in_interface(std::string_view text);
  Result<void> set_out_interface(std::string_view text);
  Result<void> set_jump(std::string_view target);
  Result<void> set_goto(std::string_view chain);
  // Verdicts are no chains.
  Result<void> check_goto() const;
  Result<void> add_match(std::string_view name);

  // The match that -p implies, e.g. tcp for `-p 6`; null where there is none.
  const ext::Extension* implied_match();
  // Adds the implied match; false when there is none or it was added before.
  bool add_implied_match();

  Parts& parts() { return parts_; }
  std::string_view target() const { return target_; }
  // Whether -j named something that is neither a verdict nor an extension known here: a chain, or an unknown target.
  bool target_may_be_unknown() const { return target_may_be_unknown_; }
  // The argument of -p in lower case.
  std::string_view protocol_text() const { return protocol_text_; }
  const model::Selectors& selectors() const { return selectors_; }

  // Runs the checks of the matches and the target. To be called once, after the last option.
  Result<void> finish_parts(const ext::RuleContext& context);
  // Appends one rule per combination of addresses, the sources outermost; an error where that would be more than
  // `most`.
  Result<void> build(size_t most, std::vector<Rule>& out);

 private:
  Result<void> check_target_name(std::string_view name) const;
  void put_parts();

  Family family_;
  Names& names_;
  Parts parts_;
  model::RuleBuilder builder_;
  model::Selectors selectors_;
  Counters counters_;
  std::string protocol_text_;  // lower case; empty where -p was not given
  std::optional<std::string_view> source_text_;
  std::optional<std::string_view> destination_text_;
  std::vector<Network> sources_;
  std::vector<Network> destinations_;
  std::string_view target_;
  bool target_may_be_unknown_ = false;
  bool implied_added_ = false;
};

}  // namespace ferrule::text
