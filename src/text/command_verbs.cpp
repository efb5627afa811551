// CommandParser: the verbs and what follows them.
#include <limits>

#include "extensions/registry.hpp"
#include "extensions/text.hpp"
#include "text/command_errors.hpp"
#include "text/command_parser.hpp"
#include "text/verdicts.hpp"

namespace ferrule::text {
namespace {

using ext::Kind;

constexpr uint32_t kBesideList = static_cast<uint32_t>(Verb::kZero) | static_cast<uint32_t>(Verb::kZeroNumber);
constexpr uint32_t kBesideZero = static_cast<uint32_t>(Verb::kList) | static_cast<uint32_t>(Verb::kListRules);

}  // namespace

Result<void> CommandParser::set_verb(Verb verb, uint32_t beside) {
  if (invert_) return wrong("unexpected '!' flag");
  if (const uint32_t clash = out_.verbs & ~beside; clash != 0) {
    const auto first = static_cast<Verb>(clash & (~clash + 1));
    return wrong(std::string("Cannot use -") + verb_letter(verb) + " with -" + verb_letter(first));
  }
  out_.verbs |= static_cast<uint32_t>(verb);
  return {};
}

Result<void> CommandParser::take_number(std::string_view text) {
  uint64_t number = 0;
  if (!ext::parse_number(text, std::numeric_limits<int>::max(), number) || number == 0) {
    return wrong("Invalid rule number `" + std::string(text) + "'");
  }
  out_.number = static_cast<uint32_t>(number);
  return {};
}

Result<void> CommandParser::take_optional_chain(const Token& token) {
  const auto chain = token.value ? token.value : reader_.take_word();
  if (!chain) return {};
  out_.chain = *chain;
  out_.chain_is_empty_word = chain->empty();
  return {};
}

Result<void> CommandParser::take_optional_number() {
  if (out_.chain.empty()) return {};
  const auto number = reader_.take_word();
  return number ? take_number(*number) : Result<void>{};
}

Result<void> CommandParser::take_new_chain(std::string_view name) {
  if (name.starts_with('-') || name.starts_with('!')) {
    return wrong(std::string("chain name not allowed to start with `") + name[0] + "'");
  }
  // `standard` is what the verdicts are among iptables' plug-ins.
  if (name.empty() || name == "standard" || verdict_by_name(name) ||
      ext::find_by_name(Kind::target, family_, name) != nullptr) {
    return wrong("chain name may not clash with target name");
  }
  if (has_blank(name)) return wrong("Invalid chain name `" + std::string(name) + "'");
  out_.chain = name;
  return {};
}

Result<void> CommandParser::take_verb(const Token& token) {
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
        // With a number it is another command, before which nothing is listed.
        out_.verbs = static_cast<uint32_t>(Verb::kZeroNumber);
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

}  // namespace ferrule::text
