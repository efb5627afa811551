// CommandParser: the options that are neither verbs nor an extension's.
#include <algorithm>
#include <cstdlib>

#include "text/command_errors.hpp"
#include "text/command_parser.hpp"
#include "text/counter_number.hpp"
#include "text/notes.hpp"

namespace ferrule::text {
namespace {

// As iptables reads seconds, with sscanf(3): in any base that C has, cut to the 32 bits of an int, and what stands
// behind the digits is not looked at.
bool leading_int(std::string_view text, uint32_t& out) {
  const std::string copy(text);
  char* end = nullptr;
  out = static_cast<uint32_t>(std::strtoll(copy.c_str(), &end, 0));
  return end != copy.c_str();
}

}  // namespace

Result<void> CommandParser::set_option(Given option, uint8_t invert_bit) {
  if (out_.has(option)) {
    return wrong(std::string("multiple -") + option_letter(option) + " flags not allowed");
  }
  out_.given |= static_cast<uint32_t>(option);
  if (!invert_) return {};
  if (invert_bit == 0) return wrong(std::string("cannot have ! before -") + option_letter(option));
  draft_.invert(invert_bit);
  return {};
}

Result<void> CommandParser::take_global(const Token& token) {
  const std::string_view value = token.value.value_or(std::string_view{});
  switch (token.letter) {
    case 's':
      draft_.set_source(value);
      return set_option(Given::kSource, model::kInvertSource);
    case 'd':
      draft_.set_destination(value);
      return set_option(Given::kDestination, model::kInvertDestination);
    case 'p': {
      auto set = set_option(Given::kProtocol, model::kInvertProtocol);
      if (set) set = draft_.set_protocol(value);
      if (set && family_ == Family::ipv6 && !invert_) {
        note(note_on_protocol(draft_.selectors().protocol, draft_.protocol_text()));
      }
      return set;
    }
    case 'i': {
      auto set = set_option(Given::kInInterface, model::kInvertIn);
      if (set) set = draft_.set_in_interface(value);
      if (set) note(note_on_interface(value));
      return set;
    }
    case 'o': {
      auto set = set_option(Given::kOutInterface, model::kInvertOut);
      if (set) set = draft_.set_out_interface(value);
      if (set) note(note_on_interface(value));
      return set;
    }
    case 'f':
      if (family_ == Family::ipv6) return wrong("`-f' is not supported in IPv6, use -m frag instead");
      draft_.set_fragment();
      return set_option(Given::kFragment, model::kInvertFragment);
    case 'j': {
      auto set = set_option(Given::kJump, 0);
      return set ? draft_.set_jump(value) : set;
    }
    case 'g': {
      auto set = set_option(Given::kJump, 0);
      out_.goes = true;
      return set ? draft_.set_goto(value) : set;
    }
    case 'm':
      if (invert_) return wrong("unexpected ! flag before --match");
      return draft_.add_match(value);
    case 'c':
      return take_counters(value);
    case 't':
      if (invert_) return wrong("unexpected ! flag before --table");
      if (context_->source == Source::kRestoreLine) {
        return wrong("The -t option cannot be used in " + std::string(context_->program) + ".");
      }
      out_.table = value;
      return {};
    case 'n':
      return set_option(Given::kNumeric, 0);
    case 'x':
      return set_option(Given::kExact, 0);
    case '0':
      return set_option(Given::kLineNumbers, 0);
    case 'v':
      return out_.verbose++ == 0 ? set_option(Given::kVerbose, 0) : Result<void>{};
    case 'w':
    case 'W':
      return take_wait(token);
    case 'M':
      out_.modprobe = value;
      return {};
    case '4':
    case '6':
      return take_family(token.letter == '4' ? Family::ipv4 : Family::ipv6);
    case 'V':
      if (invert_) return wrong("Not 1.8.9 ;-)");
      out_.version = true;
      return {};
    case 'h':
      return take_help();
    case 'b':
      return wrong("Unknown arg \"(null)\"");
    default:
      return take_verb(token);
  }
}

Result<void> CommandParser::take_counters(std::string_view value) {
  auto set = set_option(Given::kCounters, 0);
  if (!set) return set;
  std::string_view packets = value;
  std::optional<std::string_view> bytes;
  if (const size_t comma = value.find(',', 1); comma != std::string_view::npos) {
    packets = value.substr(0, comma);
    bytes = value.substr(comma + 1);
  } else {
    bytes = reader_.take_word();
  }
  if (!bytes) return wrong("-c requires packet and byte counter");
  Counters counters;
  const auto read = [](std::string_view text, uint64_t& counter) {
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    const auto taken = take_counter(text);
    counter = taken.value_or(0);
    return taken.has_value();
  };
  if (!read(packets, counters.packets)) return wrong("-c packet counter not numeric");
  if (!read(*bytes, counters.bytes)) return wrong("-c byte counter not numeric");
  draft_.set_counters(counters);
  out_.counters = counters;
  return {};
}

Result<void> CommandParser::take_wait(const Token& token) {
  if (context_->source == Source::kRestoreLine) {
    return wrong(std::string("You cannot use `-") + token.letter + "' from iptables-restore");
  }
  const auto value = token.value ? token.value : reader_.take_word();
  uint32_t number = 0;
  if (value && !leading_int(*value, number)) {
    return wrong(token.letter == 'w' ? "wait seconds not numeric" : "wait interval not numeric");
  }
  if (token.letter == 'w') {
    out_.wait_seconds = number;
    return {};
  }
  if (!value) return wrong("wait interval value required");
  if (number > 999999) return wrong("too long usec wait " + std::to_string(number) + " > 999999 usec");
  wait_interval_ = true;
  note("Ignoring deprecated --wait-interval option.");
  return {};
}

void CommandParser::note(std::optional<std::string> text) {
  if (text && context_->notes != nullptr) context_->notes->push_back(*std::move(text));
}

Result<void> CommandParser::take_family(Family family) {
  if (family == family_) return {};
  if (context_->source == Source::kRestoreLine) {
    out_.other_family = true;
    return {};
  }
  return wrong("the option is for the other address family");
}

Result<void> CommandParser::take_help() {
  out_.help = true;
  const Parts& parts = draft_.parts();
  if (parts.matches().empty()) {
    if (const ext::Extension* implied = draft_.implied_match()) out_.help_extensions.emplace_back(implied->name);
  }
  for (const ext::Instance& match : parts.matches()) out_.help_extensions.emplace_back(match.extension().name);
  if (parts.target() != nullptr) out_.help_extensions.emplace_back(parts.target()->extension().name);
  return {};
}

}  // namespace ferrule::text
