// parse_command_line: words → Command. The order of the checks is iptables', because the first one to fail is the
// error that a caller sees.
#include <limits>

#include "extensions/registry.hpp"
#include "extensions/text.hpp"
#include "text/command_line.hpp"
#include "text/option_reader.hpp"
#include "text/rule_draft.hpp"
#include "text/verdicts.hpp"

namespace ferrule::text {
namespace {

using ext::Kind;

tl::unexpected<Error> wrong(std::string message) { return fail(Code::kInvalidInput, std::move(message)); }

tl::unexpected<Error> wrong_at(std::string_view option, std::string message) {
  Error error{Code::kInvalidInput, std::move(message)};
  error.origin.option = option;
  return tl::unexpected(std::move(error));
}

constexpr uint32_t kBesideList = static_cast<uint32_t>(Verb::kZero) | static_cast<uint32_t>(Verb::kZeroNumber);
constexpr uint32_t kBesideZero = static_cast<uint32_t>(Verb::kList) | static_cast<uint32_t>(Verb::kListRules);

class CommandParser {
 public:
  CommandParser(std::span<const std::string_view> words, const CommandContext& context, Names& names)
      : context_(context), names_(names), reader_(words), draft_(context.family, names) {
    out_.table = context.table;
    if (context.counters) draft_.set_counters(*context.counters);
  }

  Result<Command> run() {
    while (true) {
      const Token token = reader_.next(draft_.parts());
      if (token.kind == Token::Kind::kEnd) break;
      if (auto done = take(token); !done) return tl::unexpected(done.error());
      if (out_.other_family || out_.help || out_.version) return std::move(out_);
    }
    if (auto done = finish(); !done) return tl::unexpected(done.error());
    return std::move(out_);
  }

 private:
  Result<void> take(const Token& token) {
    switch (token.kind) {
      case Token::Kind::kWord:
        return take_word(*token.value);
      case Token::Kind::kNoValue:
        return wrong_at(token.spelled, "option \"" + token.spelled + "\" requires an argument");
      case Token::Kind::kUnknown:
        return take_unknown(token);
      case Token::Kind::kExtension:
        return take_extension(token);
      default: {
        auto done = take_global(token);
        invert_ = false;
        if (!done && done.error().origin.option.empty()) done.error().origin.option = token.spelled;
        return done;
      }
    }
  }

  Result<void> take_word(std::string_view word) {
    if (word != "!") return wrong("Bad argument `" + std::string(word) + "'");
    if (invert_) return wrong("multiple consecutive ! not allowed");
    invert_ = true;
    return {};
  }

  // An option of the match that `-p` implies: that match is loaded the first time such an option is met.
  Result<void> take_unknown(const Token& token) {
    if (draft_.add_implied_match()) {
      reader_.again();
      return {};
    }
    Error error{draft_.target_may_be_unknown() ? Code::kUnsupported : Code::kInvalidInput,
                "unknown option \"" + token.spelled + "\""};
    error.origin.option = token.spelled;
    return tl::unexpected(std::move(error));
  }

  Result<void> take_extension(const Token& token) {
    ext::Arguments arguments{.first = token.value, .second = {}};
    const ext::Option& option = token.instance->extension().options[token.id];
    if ((option.flags & ext::kMaybeWord) != 0) arguments.first = reader_.take_word();
    if ((option.flags & ext::kTwoWords) != 0) {
      arguments.second = reader_.take_word();
      if (!arguments.second) {
        return wrong_at(option.name, "--" + std::string(option.name) + " requires two args.");
      }
    }
    const bool inverted = std::exchange(invert_, false);
    return token.instance->apply(token.id, inverted, arguments, rule_context(), names_);
  }

  ext::RuleContext rule_context() const {
    return {.family = context_.family, .selectors = &draft_.selectors(), .chain = out_.chain, .table = out_.table};
  }

  Result<void> set_verb(Verb verb, uint32_t beside = 0) {
    if (invert_) return wrong("unexpected '!' flag");
    if (const uint32_t clash = out_.verbs & ~beside; clash != 0) {
      const auto first = static_cast<Verb>(clash & (~clash + 1));
      return wrong(std::string("Cannot use -") + verb_letter(verb) + " with -" + verb_letter(first));
    }
    out_.verbs |= static_cast<uint32_t>(verb);
    return {};
  }

  Result<void> set_option(Given option, uint8_t invert_bit) {
    if (out_.has(option)) {
      return wrong(std::string("multiple -") + option_letter(option) + " flags not allowed");
    }
    out_.given |= static_cast<uint32_t>(option);
    if (!invert_) return {};
    if (invert_bit == 0) return wrong(std::string("cannot have ! before -") + option_letter(option));
    draft_.invert(invert_bit);
    return {};
  }

  Result<void> take_number(std::string_view text) {
    uint64_t number = 0;
    if (!ext::parse_number(text, std::numeric_limits<int>::max(), number) || number == 0) {
      return wrong("Invalid rule number `" + std::string(text) + "'");
    }
    out_.number = static_cast<uint32_t>(number);
    return {};
  }

  // [chain [number]] behind -L, -S and -Z, where everything may be missing.
  Result<void> take_optional_chain(const Token& token) {
    const auto chain = token.value ? token.value : reader_.take_word();
    if (!chain) return {};
    out_.chain = *chain;
    return {};
  }

  Result<void> take_optional_number() {
    if (out_.chain.empty()) return {};
    const auto number = reader_.take_word();
    return number ? take_number(*number) : Result<void>{};
  }

  Result<void> take_new_chain(std::string_view name) {
    if (name.starts_with('-') || name.starts_with('!')) {
      return wrong(std::string("chain name not allowed to start with `") + name[0] + "'");
    }
    if (verdict_by_name(name) || ext::find_by_name(Kind::target, context_.family, name) != nullptr) {
      return wrong("chain name may not clash with target name");
    }
    if (has_blank(name)) return wrong("Invalid chain name `" + std::string(name) + "'");
    out_.chain = name;
    return {};
  }

  Result<void> take_verb(const Token& token) {
    const std::string_view value = token.value.value_or(std::string_view{});
    switch (token.letter) {
      case 'A':
        out_.chain = value;
        return set_verb(Verb::kAppend);
      case 'C':
        out_.chain = value;
        return set_verb(Verb::kCheck);
      case 'D': {
        out_.chain = value;
        const auto number = reader_.take_word();
        if (!number) return set_verb(Verb::kDelete);
        auto set = set_verb(Verb::kDeleteNumber);
        return set ? take_number(*number) : set;
      }
      case 'I': {
        out_.chain = value;
        out_.number = 1;
        const auto number = reader_.take_word();
        auto set = set_verb(Verb::kInsert);
        return set && number ? take_number(*number) : set;
      }
      case 'R': {
        out_.chain = value;
        const auto number = reader_.take_word();
        if (!number) return wrong("-R requires a rule number");
        auto set = set_verb(Verb::kReplace);
        return set ? take_number(*number) : set;
      }
      case 'L':
      case 'S': {
        auto set = set_verb(token.letter == 'L' ? Verb::kList : Verb::kListRules, kBesideList);
        if (set) set = take_optional_chain(token);
        return set ? take_optional_number() : set;
      }
      case 'F':
      case 'X': {
        auto set = set_verb(token.letter == 'F' ? Verb::kFlush : Verb::kDeleteChain);
        return set ? take_optional_chain(token) : set;
      }
      case 'Z': {
        auto set = set_verb(Verb::kZero, kBesideZero);
        if (set) set = take_optional_chain(token);
        const uint32_t before = std::exchange(out_.number, 0);
        if (set) set = take_optional_number();
        if (out_.number != 0) {
          out_.verbs = (out_.verbs & ~static_cast<uint32_t>(Verb::kZero)) | static_cast<uint32_t>(Verb::kZeroNumber);
        } else {
          out_.number = before;
        }
        return set;
      }
      case 'N': {
        auto set = set_verb(Verb::kNewChain);
        return set ? take_new_chain(value) : set;
      }
      case 'E': {
        out_.chain = value;
        const auto name = reader_.take_word();
        if (!name) return wrong("-E requires old-chain-name and new-chain-name");
        out_.new_name = *name;
        return set_verb(Verb::kRenameChain);
      }
      default: {
        out_.chain = value;
        const auto policy = reader_.take_word();
        if (!policy) return wrong("-P requires a chain and a policy");
        out_.policy = *policy;
        return set_verb(Verb::kSetPolicy);
      }
    }
  }

  Result<void> take_global(const Token& token) {
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
        return set ? draft_.set_protocol(value) : set;
      }
      case 'i': {
        auto set = set_option(Given::kInInterface, model::kInvertIn);
        return set ? draft_.set_in_interface(value) : set;
      }
      case 'o': {
        auto set = set_option(Given::kOutInterface, model::kInvertOut);
        return set ? draft_.set_out_interface(value) : set;
      }
      case 'f':
        if (context_.family == Family::ipv6) return wrong("unknown option \"" + token.spelled + "\"");
        draft_.set_fragment();
        return set_option(Given::kFragment, model::kInvertFragment);
      case 'j': {
        auto set = set_option(Given::kJump, 0);
        return set ? draft_.set_jump(value) : set;
      }
      case 'g': {
        auto set = set_option(Given::kJump, 0);
        return set ? draft_.set_goto(value) : set;
      }
      case 'm':
        if (invert_) return wrong("unexpected ! flag before --match");
        return draft_.add_match(value);
      case 'c':
        return take_counters(value);
      case 't':
        if (invert_) return wrong("unexpected ! flag before --table");
        if (context_.source == Source::kRestoreLine) {
          return wrong("The -t option cannot be used in " + std::string(context_.program) + ".");
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
        return wrong("unknown option \"-b\"");
      default:
        return take_verb(token);
    }
  }

  // -c PACKETS BYTES or -c PACKETS,BYTES
  Result<void> take_counters(std::string_view value) {
    auto set = set_option(Given::kCounters, 0);
    if (!set) return set;
    std::string_view packets = value;
    std::optional<std::string_view> bytes;
    if (const size_t comma = value.find(','); comma != std::string_view::npos) {
      packets = value.substr(0, comma);
      bytes = value.substr(comma + 1);
    } else {
      bytes = reader_.take_word();
    }
    if (!bytes) return wrong("-c requires packet and byte counter");
    constexpr uint64_t kMax = std::numeric_limits<uint64_t>::max();
    Counters counters;
    if (!ext::parse_number(packets, kMax, counters.packets)) return wrong("-c packet counter not numeric");
    if (!ext::parse_number(*bytes, kMax, counters.bytes)) return wrong("-c byte counter not numeric");
    draft_.set_counters(counters);
    return {};
  }

  Result<void> take_wait(const Token& token) {
    if (context_.source == Source::kRestoreLine) {
      return wrong("You cannot use `" + token.spelled + "' from " + std::string(context_.program));
    }
    const auto value = token.value ? token.value : reader_.take_word();
    uint64_t number = 0;
    if (value && !ext::parse_number(*value, std::numeric_limits<uint32_t>::max(), number)) {
      return wrong(token.letter == 'w' ? "wait seconds not numeric" : "wait interval not usec numeric");
    }
    if (token.letter == 'w') {
      out_.wait_seconds = static_cast<uint32_t>(number);
    } else if (number > 999999) {
      return wrong("too long usec wait " + std::to_string(number) + " > 999999 usec");
    }
    return {};
  }

  Result<void> take_family(Family family) {
    if (family == context_.family) return {};
    if (context_.source == Source::kRestoreLine) {
      out_.other_family = true;
      return {};
    }
    return wrong("the option is for the other address family");
  }

  Result<void> take_help() {
    out_.help = true;
    const Parts& parts = draft_.parts();
    if (parts.matches.empty()) {
      if (const ext::Extension* implied = draft_.implied_match()) out_.help_extensions.emplace_back(implied->name);
    }
    for (const ext::Instance& match : parts.matches) out_.help_extensions.emplace_back(match.extension().name);
    if (parts.target) out_.help_extensions.emplace_back(parts.target->extension().name);
    return {};
  }

  Result<void> finish() {
    if (out_.table == "nat" && (draft_.target() == "DROP" || out_.policy == "DROP")) {
      return wrong("The \"nat\" table is not intended for filtering, the use of DROP is therefore inhibited.");
    }
    if (auto done = draft_.finish_parts(rule_context()); !done) return done;
    if (out_.verbs == 0) return wrong("no command specified");
    if (invert_) return wrong("nothing appropriate following !");
    auto rules = draft_.build();
    if (!rules) return tl::unexpected(rules.error());
    if (out_.has(Verb::kReplace) && rules->size() != 1)
      return wrong("Replacement rule does not specify a unique address");
    if (auto done = check_options(); !done) return done;
    if (out_.chain.size() > ChainName::kMaxLength) {
      return wrong("chain name `" + out_.chain + "' too long (must be under 29 chars)");
    }
    if ((out_.verbs & kRuleVerbs) == 0) return {};
    out_.rules = std::move(*rules);
    return check_interfaces();
  }

  // Whether each option may stand beside each verb.
  Result<void> check_options() const {
    for (uint32_t verbs = out_.verbs; verbs != 0; verbs &= verbs - 1) {
      const auto verb = static_cast<Verb>(verbs & (~verbs + 1));
      const uint32_t illegal = out_.given & ~allowed_options(verb) & ~combined_options();
      if (illegal != 0) {
        const auto first = static_cast<Given>(illegal & (~illegal + 1));
        return wrong(std::string("Illegal option `-") + option_letter(first) + "' with this command");
      }
    }
    return {};
  }

  // `-L -Z -n`: what one of the two takes is allowed for both.
  uint32_t combined_options() const {
    uint32_t options = 0;
    if ((out_.verbs & (out_.verbs - 1)) == 0) return options;
    for (const Verb verb : {Verb::kList, Verb::kListRules}) {
      if (out_.has(verb)) options |= allowed_options(verb);
    }
    return options;
  }

  Result<void> check_interfaces() const {
    if (out_.has(Given::kOutInterface) && (out_.chain == "PREROUTING" || out_.chain == "INPUT")) {
      return wrong("Can't use -o with " + out_.chain);
    }
    if (out_.has(Given::kInInterface) && (out_.chain == "POSTROUTING" || out_.chain == "OUTPUT")) {
      return wrong("Can't use -i with " + out_.chain);
    }
    return {};
  }

  const CommandContext& context_;
  Names& names_;
  OptionReader reader_;
  Command out_;
  RuleDraft draft_;
  bool invert_ = false;
};

}  // namespace

Result<Command> parse_command_line(std::span<const std::string_view> words, const CommandContext& context,
                                   Names& names) {
  return CommandParser(words, context, names).run();
}

}  // namespace ferrule::text

namespace ferrule {

Result<Command> parse_command_line(Family family, std::span<const std::string_view> words, NameLookup names) {
  Names lookup(names);
  const text::CommandContext context{.family = family, .program = family == Family::ipv4 ? "iptables" : "ip6tables"};
  return text::parse_command_line(words, context, lookup);
}

}  // namespace ferrule
