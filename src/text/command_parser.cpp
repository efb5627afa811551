#include "text/command_parser.hpp"

#include "ferrule/text.hpp"
#include "text/command_errors.hpp"
#include "text/notes.hpp"

namespace ferrule::text {

Result<Command*> CommandParser::parse(std::span<const std::string_view> words, const CommandContext& context) {
  context_ = &context;
  reader_ = OptionReader(words);
  std::vector<Rule> rules = std::move(out_.rules);
  rules.clear();
  out_ = {};
  out_.rules = std::move(rules);
  out_.table = context.table;
  draft_.clear();
  if (context.counters) {
    draft_.set_counters(*context.counters);
    out_.counters = context.counters;
    out_.given = static_cast<uint32_t>(Given::kCounters);
  }
  invert_ = false;
  wait_interval_ = false;
  while (true) {
    const Token token = reader_.next(draft_.parts());
    if (token.kind == Token::Kind::kEnd) break;
    if (auto done = take(token); !done) return tl::unexpected(done.error());
    if (out_.other_family || out_.help || out_.version) return &out_;
  }
  if (auto done = finish(); !done) return tl::unexpected(done.error());
  return &out_;
}

Result<void> CommandParser::take(const Token& token) {
  switch (token.kind) {
    case Token::Kind::kWord:
      return take_word(*token.value);
    case Token::Kind::kNoValue:
      return wrong_at(token.spelled(), "option \"" + token.spelled() + "\" requires an argument");
    case Token::Kind::kUnknown:
      return take_unknown(token);
    case Token::Kind::kExtension:
      return take_extension(token);
    default: {
      auto done = take_global(token);
      invert_ = false;
      if (!done && done.error().origin.option.empty()) done.error().origin.option = token.spelled();
      return done;
    }
  }
}

Result<void> CommandParser::take_word(std::string_view word) {
  if (word != "!") return wrong("Bad argument `" + std::string(word) + "'");
  if (invert_) return wrong("multiple consecutive ! not allowed");
  invert_ = true;
  return {};
}

Result<void> CommandParser::take_unknown(const Token& token) {
  if (draft_.add_implied_match()) {
    reader_.again();
    return {};
  }
  Error error{draft_.target_may_be_unknown() ? Code::kUnsupported : Code::kInvalidInput,
              "unknown option \"" + token.spelled() + "\""};
  error.origin.option = token.spelled();
  return tl::unexpected(std::move(error));
}

Result<void> CommandParser::take_extension(const Token& token) {
  ext::Arguments arguments{.first = token.value, .second = {}};
  const ext::Option& option = token.instance->extension().options[token.id];
  if ((option.flags & ext::kMaybeWord) != 0) arguments.first = reader_.take_word();
  if ((option.flags & ext::kTwoWords) != 0) arguments.second = reader_.take_word();
  const bool inverted = std::exchange(invert_, false);
  auto applied = token.instance->apply(token.id, inverted, arguments, rule_context(), names_);
  if (applied) note(note_on_option(family_, option, arguments.first.value_or(std::string_view{})));
  return applied;
}

ext::RuleContext CommandParser::rule_context() const {
  return {.family = family_, .selectors = &draft_.selectors(), .chain = out_.chain, .table = out_.table};
}

Result<void> CommandParser::finish() {
  if (out_.table == "nat" && (draft_.target() == "DROP" || out_.policy == "DROP")) {
    return wrong("The \"nat\" table is not intended for filtering, the use of DROP is therefore inhibited.");
  }
  if (auto done = draft_.finish_parts(rule_context()); !done) return done;
  if (reader_.behind_options() != 0) return wrong("unknown arguments found on commandline");
  if (out_.verbs == 0) return wrong("no command specified");
  if (invert_) return wrong("nothing appropriate following !");
  if (wait_interval_ && !out_.wait_seconds) return wrong("--wait-interval only makes sense with --wait");
  if (auto done = draft_.check_goto(); !done) return done;
  if (auto done = draft_.build(context_->rules_per_line, out_.rules); !done) return done;
  if (out_.has(Verb::kReplace) && out_.rules.size() != 1) {
    return wrong("Replacement rule does not specify a unique address");
  }
  if (auto done = check_options(); !done) return done;
  if (out_.chain.size() > ChainName::kMaxLength) {
    return wrong("chain name `" + out_.chain + "' too long (must be under 29 chars)");
  }
  if ((out_.verbs & kRuleVerbs) == 0) {
    out_.rules.clear();
    return {};
  }
  return check_interfaces();
}

Result<void> CommandParser::check_options() const {
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

uint32_t CommandParser::combined_options() const {
  uint32_t options = 0;
  if ((out_.verbs & (out_.verbs - 1)) == 0) return options;
  for (const Verb verb : {Verb::kList, Verb::kListRules}) {
    if (out_.has(verb)) options |= allowed_options(verb);
  }
  return options;
}

Result<void> CommandParser::check_interfaces() const {
  if (out_.has(Given::kOutInterface) && (out_.chain == "PREROUTING" || out_.chain == "INPUT")) {
    return wrong("Can't use -o with " + out_.chain);
  }
  if (out_.has(Given::kInInterface) && (out_.chain == "POSTROUTING" || out_.chain == "OUTPUT")) {
    return wrong("Can't use -i with " + out_.chain);
  }
  return {};
}

}  // namespace ferrule::text

namespace ferrule {

Result<Command> parse_command_line(Family family, std::span<const std::string_view> words, NameLookup names,
                                   std::vector<std::string>* notes) {
  Names lookup(names);
  const text::CommandContext context{.program = family == Family::ipv4 ? "iptables" : "ip6tables",
                                     .notes = notes,
                                     .rules_per_line = ParseLimits::generous().rules_per_line};
  text::CommandParser parser(family, lookup);
  auto command = parser.parse(words, context);
  if (!command) return tl::unexpected(command.error());
  return std::move(**command);
}

}  // namespace ferrule
