#include "iptables/save_to_xml.hpp"

#include <fmt/core.h>
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <vector>

namespace ferrule::cli {
namespace {

constexpr std::string_view kName = "iptables-xml";
constexpr std::string_view kBlanks = " \t\n";

struct Word {
  std::string text;
  bool quoted = false;
  friend bool operator==(const Word&, const Word&) = default;
};

struct Counts {
  std::string packets;
  std::string bytes;
};

struct XmlChain {
  std::string name;
  std::string policy;  // empty for a user chain
  uint64_t packets = 0;
  uint64_t bytes = 0;
  bool shown = false;
};

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

// XML forbids two hyphens in a row inside of a comment.
std::string for_comment(std::string_view text) {
  std::string out;
  bool even = false;
  for (const char c : text) {
    if (c != '-') {
      out += c;
      continue;
    }
    out += even ? " *-" : "*-";
    even = !even;
  }
  return out;
}

std::vector<Word> split(std::string_view line) {
  std::vector<Word> words;
  Word word;
  bool open = false;
  bool escape = false;
  const auto finish = [&] {
    if (!word.text.empty() || word.quoted) words.push_back(word);
    word = {};
  };
  for (const char c : line) {
    if (open && escape) {
      word.text += c;
      escape = false;
    } else if (open && c == '\\') {
      escape = true;
    } else if (c == '"') {
      open = !open;
      word.quoted = true;
    } else if (!open && kBlanks.find(c) != std::string_view::npos) {
      finish();
    } else {
      word.text += c;
    }
  }
  finish();
  return words;
}

bool is_option(const Word& word) { return !word.quoted && word.text.starts_with('-'); }
bool is_any(const Word& word, std::string_view a, std::string_view b) {
  return !word.quoted && (word.text == a || word.text == b);
}
bool is_jump(const Word& word) { return is_any(word, "-j", "--jump"); }
bool is_goto(const Word& word) { return is_any(word, "-g", "--goto"); }
bool is_match(const Word& word) { return is_any(word, "-m", "-m"); }

class Xml {
 public:
  Xml(Combine combine, Comments comments) : combine_(combine), comments_(comments) {}

  XmlOutput run(std::string_view text) {
    if (comments_ == Comments::kEveryLine) print("xptables-xml\n");
    print("<iptables-rules version=\"1.0\">\n");
    while (!text.empty() && out_.status == 0) {
      std::string_view line = text.substr(0, text.find('\n'));
      text.remove_prefix(std::min(line.size() + 1, text.size()));
      ++line_;
      take(line);
    }
    if (out_.status != 0) return std::move(out_);
    if (in_table_) {
      refuse(fmt::format("{}: COMMIT expected at line {}\n", kName, line_ + 1), 1);
      return std::move(out_);
    }
    print("</iptables-rules>\n");
    return std::move(out_);
  }

 private:
  template <typename... Arguments>
  void print(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    fmt::format_to(std::back_inserter(out_.xml), format, std::forward<Arguments>(arguments)...);
  }

  void refuse(std::string complaint, int status) {
    out_.complaint = std::move(complaint);
    out_.status = status;
  }

  void refuse_usage(std::string_view problem) {
    refuse(fmt::format(
               "{0} v1.8.9: {1}\nError occurred at line: {2}\nTry `{0} -h' or '{0} --help' for more information.\n",
               kName, problem, line_),
           2);
  }

  void take(std::string_view line) {
    if (line.empty()) return;
    if (line[0] == '#') {
      print("<!-- {} -->\n", for_comment(line));
      return;
    }
    if (comments_ == Comments::kEveryLine) print("<!-- line {} {} -->\n", line_, for_comment(line));
    if (line == "COMMIT" && in_table_) {
      close_table();
    } else if (line[0] == '*') {
      open_table(line.substr(1));
    } else if (line[0] == ':' && in_table_) {
      declare_chain(line.substr(1));
    } else if (in_table_) {
      take_rule(line);
    } else {
      refuse(fmt::format("{}: line {} failed\n", kName, line_), 1);
    }
  }

  void open_table(std::string_view rest) {
    const size_t begin = rest.find_first_not_of(kBlanks);
    if (begin == std::string_view::npos)
      return refuse_usage(fmt::format("{}: line {} table name invalid", kName, line_));
    rest.remove_prefix(begin);
    if (in_table_) close_table();
    print("  <table name=\"{}\" >\n", escaped(rest.substr(0, rest.find_first_of(kBlanks))));
    in_table_ = true;
  }

  void close_table() {
    close_chain();
    for (XmlChain& chain : chains_) {
      if (!chain.shown) print_chain(chain, " />\n");
    }
    chains_.clear();
    print("  </table>\n");
    in_table_ = false;
  }

  void declare_chain(std::string_view line) {
    const std::vector<std::string_view> words = blank_separated(line);
    if (words.empty()) return refuse_usage(fmt::format("{}: line {} chain name invalid", kName, line_));
    if (words.size() < 2) return refuse_usage(fmt::format("{}: line {} policy invalid", kName, line_));
    if (words.size() > 2) read_counts(words[2]);
    XmlChain chain{.name = std::string(words[0]), .policy = {}, .packets = packets_, .bytes = bytes_};
    if (words[1] != "-") chain.policy = words[1];
    chains_.push_back(std::move(chain));
  }

  static std::vector<std::string_view> blank_separated(std::string_view line) {
    std::vector<std::string_view> words;
    while (true) {
      line.remove_prefix(std::min(line.find_first_not_of(kBlanks), line.size()));
      if (line.empty()) return words;
      words.push_back(line.substr(0, line.find_first_of(kBlanks)));
      line.remove_prefix(words.back().size());
    }
  }

  // `[packets:bytes]`. What cannot be read there stays as it was with the chain before.
  void read_counts(std::string_view text) {
    if (!text.starts_with('[')) return;
    text.remove_prefix(1);
    const auto number = [&](uint64_t& out) {
      size_t digits = 0;
      uint64_t value = 0;
      while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') {
        value = value * 10 + static_cast<uint64_t>(text[digits++] - '0');
      }
      text.remove_prefix(digits);
      if (digits != 0) out = value;
      return digits != 0;
    };
    if (!number(packets_) || !text.starts_with(':')) return;
    text.remove_prefix(1);
    number(bytes_);
  }

  void print_chain(const XmlChain& chain, std::string_view end) {
    print("    <chain name=\"{}\" ", escaped(chain.name));
    if (!chain.policy.empty()) print("policy=\"{}\" ", escaped(chain.policy));
    print("packet-count=\"{}\" byte-count=\"{}\"{}", chain.packets, chain.bytes, end);
  }

  // A rule of a chain that was not declared is shown where it stands.
  void open_chain(std::string_view name) {
    const auto chain = std::ranges::find(chains_, name, &XmlChain::name);
    if (current_ == name || chain == chains_.end()) return;
    close_chain();
    print_chain(*chain, " >\n");
    chain->shown = true;
    current_ = name;
  }

  void close_chain() {
    if (current_.empty()) return;
    close_rule();
    print("    </chain>\n");
    current_.clear();
  }

  void close_rule() {
    if (!rule_open_) return;
    print("       </actions>\n\n      </rule>\n\n");
    rule_open_ = false;
    before_.clear();
  }

  void take_rule(std::string_view line) {
    std::optional<Counts> counts;
    if (line[0] == '[') {
      const bool closed = line.find(']') != std::string_view::npos;
      line.remove_prefix(1);
      const std::string_view packets = token(line, ':');
      const std::string_view bytes = token(line, ']');
      if (bytes.empty() || !closed) return refuse_usage(fmt::format("Bad line {}: need ]", line_));
      counts = Counts{std::string(packets), std::string(bytes)};
    }
    const std::vector<Word> words = split(line);
    const auto verb = std::ranges::find_if(words, [](const Word& w) { return is_any(w, "-A", "-A"); });
    if (verb == words.end() || verb + 1 == words.end()) {
      return refuse(fmt::format("{}: line {} failed - no chain found\n", kName, line_), 1);
    }
    open_chain((verb + 1)->text);
    print_rule({words.begin() + 2, words.end()}, counts);
  }

  // What stands before the next `end`, which is taken away with it. As strtok(3) has it, there is no empty one.
  static std::string_view token(std::string_view& line, char end) {
    line.remove_prefix(std::min(line.find_first_not_of(end), line.size()));
    const std::string_view out = line.substr(0, line.find(end));
    line.remove_prefix(std::min(out.size() + 1, line.size()));
    return out;
  }

  void print_rule(const std::vector<Word>& words, const std::optional<Counts>& counts) {
    const auto action = std::ranges::find_if(words, [](const Word& w) { return is_jump(w) || is_goto(w); });
    const std::vector<Word> conditions(words.begin(), action);
    const std::vector<Word> actions(action, words.end());
    if (combine_ == Combine::kYes && rule_open_ && may_follow_ && !conditions.empty() && conditions == before_) {
      print("<!-- Combine action from next rule -->\n");
    } else {
      close_rule();
      print("      <rule ");
      if (counts) print("packet-count=\"{}\" byte-count=\"{}\" ", escaped(counts->packets), escaped(counts->bytes));
      print(">\n");
      if (!conditions.empty()) {
        print("       <conditions>\n");
        print_parts(conditions);
        print("       </conditions>\n");
      }
      print("       <actions>\n");
      rule_open_ = true;
    }
    print_parts(actions);
    before_ = conditions;
    may_follow_ = goes_on(actions);
  }

  // Whether packets go on to the next rule behind an action.
  static bool goes_on(const std::vector<Word>& actions) {
    if (actions.size() < 2 || is_goto(actions[0])) return false;
    const std::string& target = actions[1].text;
    return target != "ACCEPT" && target != "DROP" && target != "QUEUE" && target != "RETURN";
  }

  bool is_chain(std::string_view name) const {
    return std::ranges::any_of(chains_, [&](const XmlChain& chain) { return chain.name == name; });
  }

  // Matches and targets, each with its options.
  void print_parts(const std::vector<Word>& words) {
    std::string group;
    bool bare = true;  // nothing came yet that could stand without an element around it
    bool inverted = false;
    const auto close_group = [&] {
      if (!group.empty()) print("        </{}>\n", group);
      group.clear();
    };
    size_t at = 0;
    while (at < words.size()) {
      const Word& word = words[at++];
      if (is_inversion(words, at - 1)) {
        inverted = true;
      } else if (is_match(word) || is_jump(word) || is_goto(word)) {
        inverted = false;
        close_group();
        if (at < words.size()) group = open_group(words, at);
      } else if (is_option(word)) {
        if (group.empty() && bare) {
          group = "match";
          print("        <match >\n");
        }
        print_option(words, at, inverted);
        inverted = false;
      } else {
        bare = false;
        out_.xml += as_value(word);
        if (at < words.size() && is_value(words, at)) out_.xml += ' ';
      }
    }
    close_group();
  }

  // `!` in front of an option.
  static bool is_inversion(const std::vector<Word>& words, size_t at) {
    return is_any(words[at], "!", "!") && at + 1 < words.size() && is_option(words[at + 1]);
  }
  static bool is_value(const std::vector<Word>& words, size_t at) {
    return !is_option(words[at]) && !is_inversion(words, at);
  }
  static std::string as_value(const Word& word) {
    return word.quoted ? "&quot;" + escaped(word.text) + "&quot;" : escaped(word.text);
  }

  // The element for the name at `at`, behind -m, -j or -g, and what has to be closed when its options are through.
  std::string open_group(const std::vector<Word>& words, size_t& at) {
    const bool is_action = !is_match(words[at - 1]);
    const std::string_view kind = is_goto(words[at - 1]) ? "goto" : "call";
    const std::string& name = words[at++].text;
    if (is_action && is_chain(name)) {
      print("        <{} >\n          <{} />\n", kind, name);
      return std::string(kind);
    }
    if (at == words.size() || is_match(words[at]) || is_jump(words[at]) || is_goto(words[at])) {
      print("        <{}  />\n", name);
      return {};
    }
    print("        <{} >\n", name);
    return name;
  }

  void print_option(const std::vector<Word>& words, size_t& at, bool inverted) {
    std::string_view name = words[at - 1].text;
    for (int hyphens = 0; hyphens < 2 && name.starts_with('-'); ++hyphens) name.remove_prefix(1);
    print("          <{} {}", name, inverted ? " invert=\"1\"" : "");
    if (at == words.size() || is_option(words[at])) {
      print(" />\n");
      return;
    }
    print(">");
    while (at < words.size() && is_value(words, at)) {
      out_.xml += as_value(words[at++]);
      if (at < words.size() && is_value(words, at)) out_.xml += ' ';
    }
    print("</{}>\n", name);
  }

  Combine combine_;
  Comments comments_;
  XmlOutput out_;
  unsigned line_ = 0;
  bool in_table_ = false;
  std::vector<XmlChain> chains_;
  uint64_t packets_ = 0;
  uint64_t bytes_ = 0;
  std::string current_;
  bool rule_open_ = false;
  bool may_follow_ = false;
  std::vector<Word> before_;
};

}  // namespace

XmlOutput to_xml(std::string_view text, Combine combine, Comments comments) { return Xml(combine, comments).run(text); }

}  // namespace ferrule::cli
