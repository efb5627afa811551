#include "extensions/instance.hpp"

#include <bit>
#include <string>

#include "extensions/argument.hpp"

namespace ferrule::ext {
namespace {

std::string quoted_option(const Option& option) { return "option \"--" + std::string(option.name) + "\""; }

tl::unexpected<Error> error_of(std::string_view extension, std::string_view option, std::string message) {
  Error error{Code::kInvalidInput, std::string(extension) + ": " + std::move(message)};
  error.origin.option = option;
  return tl::unexpected(std::move(error));
}

// In the codec's own words, or else these.
tl::unexpected<Error> refused(const Extension& extension, const OptionCall& call, Refusal why) {
  if (extension.refusal != nullptr) {
    if (std::string words = extension.refusal(call, why); !words.empty()) {
      return fail(Code::kInvalidInput, std::move(words));
    }
  }
  if (why == Refusal::kOneWord) {
    return fail(Code::kInvalidInput, "--" + std::string(call.option.name) + " requires two args.");
  }
  return call.error(quoted_option(call.option) +
                    (why == Refusal::kTwice ? " can only be used once." : " cannot be inverted."));
}

}  // namespace

tl::unexpected<Error> OptionCall::error(std::string message) const {
  return error_of(extension, option.name, std::move(message));
}

tl::unexpected<Error> OptionCall::bad_value(std::string_view part) const {
  return error("Bad value for \"--" + std::string(option.name) + "\" option: \"" + std::string(part) + "\"");
}

tl::unexpected<Error> CheckCall::error(std::string message) const {
  return error_of(extension, {}, std::move(message));
}

const std::string* PrintCall::attached(uint32_t offset) const {
  for (const Attachment& a : attachments) {
    if (a.offset == payload_offset + offset) return &a.text;
  }
  return nullptr;
}

void Instance::start(const Extension& extension, Family family) {
  extension_ = &extension;
  payload_.assign(extension.padded_size(), std::byte{0});
  attachments_.clear();
  scratch_ = {};
  seen_ = 0;
  if (extension.init != nullptr) extension.init(payload_.data(), family);
}

Result<void> Instance::apply(size_t id, bool inverted, const Arguments& arguments, const RuleContext& rule,
                             Names& names) {
  while ((extension_->options[id].flags & kAlias) != 0) --id;
  const Option& option = extension_->options[id];
  OptionCall call{.rule = rule,
                  .names = names,
                  .extension = extension_->error_name,
                  .option = option,
                  .id = id,
                  .inverted = inverted,
                  .text = arguments.first.value_or(std::string_view{}),
                  .second = arguments.second.value_or(std::string_view{}),
                  .seen = seen_,
                  .scratch = scratch_,
                  .attachments = attachments_};
  if ((option.flags & kMulti) == 0 && (seen_ & bit(id)) != 0) {
    return refused(*extension_, call, Refusal::kTwice);
  }
  if (inverted && (option.flags & kInvert) == 0) return refused(*extension_, call, Refusal::kInverted);
  const bool left_out = (option.flags & kMaybeWord) != 0 && !arguments.first;
  if (option.arg != Arg::kNone && !arguments.first && !left_out) {
    return call.error(quoted_option(option) + " requires an argument.");
  }
  if ((option.flags & kTwoWords) != 0 && !arguments.second) return refused(*extension_, call, Refusal::kOneWord);
  auto result = left_out ? Result<void>{} : read_argument(call);
  if (result) {
    if (!left_out) store_argument(call, payload_.data());
    if (extension_->parse != nullptr) result = extension_->parse(call, payload_.data());
  }
  if (!result) {
    if (result.error().origin.option.empty()) result.error().origin.option = option.name;
    return result;
  }
  seen_ |= bit(id);
  return {};
}

Result<void> Instance::finish(const RuleContext& rule) {
  // The codec's own check comes first, as with iptables, so that its message is the one that is seen.
  if (extension_->check != nullptr) {
    const CheckCall call{.rule = rule, .extension = extension_->error_name, .seen = seen_, .scratch = scratch_};
    if (auto checked = extension_->check(call, payload_.data()); !checked) return checked;
  }
  for (size_t id = 0; id < extension_->options.size(); ++id) {
    const Option& option = extension_->options[id];
    if ((seen_ & bit(id)) == 0) {
      if ((option.flags & kMandatory) != 0) {
        return error_of(extension_->error_name, option.name, quoted_option(option) + " must be specified");
      }
      continue;
    }
    const uint64_t missing = option.needs & ~seen_;
    const uint64_t clashing = option.excludes & seen_;
    if ((missing | clashing) == 0) continue;
    const auto other = static_cast<size_t>(std::countr_zero(missing | clashing));
    const std::string name(extension_->options[other].name);
    return error_of(
        extension_->error_name, option.name,
        quoted_option(option) + ((missing & bit(other)) != 0 ? " also requires \"--" + name + "\"."
                                                             : " cannot be used together with \"--" + name + "\"."));
  }
  return {};
}

}  // namespace ferrule::ext
