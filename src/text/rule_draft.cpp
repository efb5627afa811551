#include "text/rule_draft.hpp"

#include <string>

#include "extensions/registry.hpp"
#include "extensions/text.hpp"
#include "text/verdicts.hpp"

namespace ferrule::text {
namespace {

using ext::Kind;

tl::unexpected<Error> wrong(std::string message) { return fail(Code::kInvalidInput, std::move(message)); }

Result<void> set_interface(std::string_view text, model::Interface& out) {
  auto interface = parse_interface(text);
  if (!interface) return tl::unexpected(interface.error());
  out = *interface;
  return {};
}

Result<void> read_networks(Family family, const std::optional<std::string_view>& text, bool inverted, Names& names,
                           std::vector<Network>& out) {
  out.clear();
  if (!text) {
    out.emplace_back();
    return {};
  }
  auto done = parse_networks(family, *text, names, out);
  if (done && out.size() > 1 && inverted) {
    return wrong("! not allowed with multiple source or destination IP addresses");
  }
  return done;
}

}  // namespace

Result<void> RuleDraft::set_protocol(std::string_view text) {
  protocol_text_.assign(text);
  for (char& c : protocol_text_) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  const auto number = names_.protocol(protocol_text_);
  if (!number) return wrong("unknown protocol \"" + protocol_text_ + "\" specified");
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
  if (extension != nullptr) parts_.set_target(*extension, family_);
  return {};
}

Result<void> RuleDraft::set_goto(std::string_view chain) {
  if (auto done = check_target_name(chain); !done) return done;
  target_ = chain;
  selectors_.is_goto = true;
  return {};
}

Result<void> RuleDraft::check_goto() const {
  if (!selectors_.is_goto || !verdict_by_name(target_)) return {};
  return wrong("goto '" + std::string(target_) + "' is not a chain");
}

Result<void> RuleDraft::add_match(std::string_view name) {
  // Two more names that have always been taken for the match's, in IPv4 as well, where there is none.
  if (name == "icmpv6" || name == "ipv6-icmp") name = "icmp6";
  const ext::Extension* extension = ext::find_by_name(Kind::match, family_, name);
  if (extension == nullptr) {
    Error error{Code::kUnsupported, "Couldn't load match `" + std::string(name) + "':No such file or directory"};
    error.origin.option = "-m " + std::string(name);
    return tl::unexpected(std::move(error));
  }
  parts_.add_match(*extension, family_);
  return {};
}

const ext::Extension* RuleDraft::implied_match() {
  if (protocol_text_.empty()) return nullptr;
  std::string name = protocol_text_;
  if (uint64_t number = 0; ext::parse_number(name, 255, number)) {
    name = names_.protocol_name(static_cast<uint8_t>(number)).value_or("");
  }
  return ext::find_by_name(Kind::match, family_, name);
}

bool RuleDraft::add_implied_match() {
  const ext::Extension* implied = implied_match();
  if (implied == nullptr || implied_added_) return false;
  implied_added_ = true;
  parts_.add_match(*implied, family_);
  return true;
}

Result<void> RuleDraft::finish_parts(const ext::RuleContext& context) {
  for (ext::Instance& match : parts_.matches()) {
    if (auto done = match.finish(context); !done) return done;
  }
  return parts_.target() != nullptr ? parts_.target()->finish(context) : Result<void>{};
}

Result<void> RuleDraft::build(size_t most, std::vector<Rule>& out) {
  const auto inverted = [&](model::Invert bit) { return (selectors_.invert & bit) != 0; };
  if (auto done = read_networks(family_, source_text_, inverted(model::kInvertSource), names_, sources_); !done) {
    return done;
  }
  if (auto done = read_networks(family_, destination_text_, inverted(model::kInvertDestination), names_, destinations_);
      !done) {
    return done;
  }
  if (sources_.size() > most / destinations_.size()) {
    return tl::unexpected(Error{.code = Code::kInvalidInput,
                                .message = "the addresses of -s and -d make " + std::to_string(sources_.size()) +
                                           " x " + std::to_string(destinations_.size()) +
                                           " rules of one line, and at most " + std::to_string(most) +
                                           " are allowed: use an ipset, or more lines",
                                .kind = ErrorKind::kLimitExceeded});
  }
  builder_.clear();
  builder_.selectors = selectors_;
  builder_.counters = counters_;
  for (const Network& source : sources_) {
    builder_.selectors.source = source.address;
    builder_.selectors.source_mask = source.mask;
    for (const Network& destination : destinations_) {
      builder_.selectors.destination = destination.address;
      builder_.selectors.destination_mask = destination.mask;
      put_parts();
      auto rule = builder_.finish();
      if (!rule) return tl::unexpected(rule.error());
      out.push_back(*std::move(rule));
    }
  }
  return {};
}

void RuleDraft::put_parts() {
  builder_.clear_parts();
  for (const ext::Instance& match : parts_.matches()) {
    const size_t index = builder_.add_match(match.extension().kernel_name, match.extension().revision, match.payload());
    for (const Attachment& a : match.attachments()) builder_.attach_to_match(index, a);
  }
  if (const ext::Instance* target = parts_.target()) {
    builder_.set_target(target->extension().kernel_name, target->extension().revision, target->payload());
    for (const Attachment& a : target->attachments()) builder_.attach_to_target(a);
  } else if (const auto verdict = verdict_by_name(target_)) {
    builder_.set_verdict(*verdict);
  } else if (!target_.empty()) {
    builder_.set_chain(target_);
  }
}

void RuleDraft::clear() {
  parts_.clear();
  selectors_ = {};
  counters_ = {};
  protocol_text_.clear();
  source_text_.reset();
  destination_text_.reset();
  target_ = {};
  target_may_be_unknown_ = false;
  implied_added_ = false;
}

}  // namespace ferrule::text
