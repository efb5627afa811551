#include "text/rule_draft.hpp"

#include <algorithm>
#include <array>

#include "extensions/registry.hpp"
#include "extensions/text.hpp"
#include "text/selectors.hpp"
#include "text/verdicts.hpp"

namespace ferrule::text {
namespace {

using ext::Kind;

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

tl::unexpected<Error> wrong(std::string message) { return fail(Code::kInvalidInput, std::move(message)); }

Result<void> set_interface(std::string_view text, model::Interface& out) {
  auto interface = parse_interface(text);
  if (!interface) return tl::unexpected(interface.error());
  out = *interface;
  return {};
}

Result<std::vector<Network>> read_networks(Family family, const std::optional<std::string_view>& text, bool inverted,
                                           Names& names) {
  if (!text) return std::vector<Network>(1);
  auto networks = parse_networks(family, *text, names);
  if (networks && networks->size() > 1 && inverted) {
    return wrong("! not allowed with multiple source or destination IP addresses");
  }
  return networks;
}

}  // namespace

Result<void> RuleDraft::set_protocol(std::string_view text) {
  protocol_text_ = lower(text);
  const auto number = names_.protocol(*protocol_text_);
  if (!number) return wrong("unknown protocol \"" + *protocol_text_ + "\" specified");
  selectors_.protocol = *number;
  selectors_.protocol_given = family_ == Family::ipv6;
  if (*number == 0 && (selectors_.invert & model::kInvertProtocol) != 0)
    return wrong("rule would never match protocol");
  return {};
}

Result<void> RuleDraft::set_in_interface(std::string_view text) { return set_interface(text, selectors_.in); }

Result<void> RuleDraft::set_out_interface(std::string_view text) { return set_interface(text, selectors_.out); }

Result<void> RuleDraft::check_target_name(std::string_view name) const {
  if (name.empty()) return wrong("Invalid target name (too short)");
  if (name.size() > model::kMaxPartName) return wrong("Invalid target name `" + std::string(name) + "' (28 chars max)");
  if (has_blank(name)) return wrong("Invalid target name `" + std::string(name) + "'");
  return {};
}

Result<void> RuleDraft::set_jump(std::string_view target) {
  if (auto done = check_target_name(target); !done) return done;
  target_ = target;
  if (verdict_by_name(target)) return {};
  const ext::Extension* extension = ext::find_by_name(Kind::target, family_, target);
  target_may_be_unknown_ = extension == nullptr;
  if (extension != nullptr) {
    parts_.target.emplace(*extension, target, family_);
    parts_.target_position = parts_.matches.size();
  }
  return {};
}

Result<void> RuleDraft::set_goto(std::string_view chain) {
  if (auto done = check_target_name(chain); !done) return done;
  target_ = chain;
  selectors_.is_goto = true;
  if (verdict_by_name(chain)) return wrong("goto '" + std::string(chain) + "' is not a chain");
  return {};
}

Result<void> RuleDraft::add_match(std::string_view name) {
  const ext::Extension* extension = ext::find_by_name(Kind::match, family_, name);
  if (extension == nullptr) {
    Error error{Code::kUnsupported, "Couldn't load match `" + std::string(name) + "':No such file or directory"};
    error.origin.option = "-m " + std::string(name);
    return tl::unexpected(std::move(error));
  }
  parts_.matches.emplace_back(*extension, name, family_);
  return {};
}

const ext::Extension* RuleDraft::implied_match() {
  if (!protocol_text_) return nullptr;
  std::string name = *protocol_text_;
  if (uint64_t number = 0; ext::parse_number(name, 255, number)) {
    name = names_.protocol_name(static_cast<uint8_t>(number)).value_or("");
  }
  return ext::find_by_name(Kind::match, family_, name);
}

bool RuleDraft::add_implied_match() {
  const ext::Extension* implied = implied_match();
  if (implied == nullptr || implied_added_) return false;
  implied_added_ = true;
  parts_.matches.emplace_back(*implied, implied->name, family_);
  return true;
}

Result<void> RuleDraft::finish_parts(const ext::RuleContext& context) {
  for (ext::Instance& match : parts_.matches) {
    if (auto done = match.finish(context); !done) return done;
  }
  return parts_.target ? parts_.target->finish(context) : Result<void>{};
}

Result<std::vector<Rule>> RuleDraft::build() {
  const auto inverted = [&](model::Invert bit) { return (selectors_.invert & bit) != 0; };
  auto sources = read_networks(family_, source_text_, inverted(model::kInvertSource), names_);
  if (!sources) return tl::unexpected(sources.error());
  auto destinations = read_networks(family_, destination_text_, inverted(model::kInvertDestination), names_);
  if (!destinations) return tl::unexpected(destinations.error());
  std::vector<Rule> rules;
  rules.reserve(sources->size() * destinations->size());
  model::Selectors selectors = selectors_;
  for (const Network& source : *sources) {
    selectors.source = source.address;
    selectors.source_mask = source.mask;
    for (const Network& destination : *destinations) {
      selectors.destination = destination.address;
      selectors.destination_mask = destination.mask;
      rules.push_back(build_one(selectors));
    }
  }
  return rules;
}

Rule RuleDraft::build_one(const model::Selectors& selectors) const {
  model::RuleBuilder builder(family_);
  builder.selectors = selectors;
  builder.counters = counters_;
  for (const ext::Instance& match : parts_.matches) {
    const size_t index = builder.add_match(match.extension().kernel_name, match.extension().revision, match.payload());
    for (const Attachment& a : match.attachments()) builder.attach_to_match(index, a);
  }
  if (parts_.target) {
    const ext::Extension& extension = parts_.target->extension();
    builder.set_target(extension.kernel_name, extension.revision, parts_.target->payload());
    for (const Attachment& a : parts_.target->attachments()) builder.attach_to_target(a);
  } else if (const auto verdict = verdict_by_name(target_)) {
    builder.set_verdict(*verdict);
  } else if (!target_.empty()) {
    builder.set_chain(target_);
  }
  return std::move(builder).finish();
}

}  // namespace ferrule::text
