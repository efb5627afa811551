#include "oracle/case_file.hpp"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <set>
#include <sstream>
#include <stdexcept>

namespace ferrule::test {
namespace {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

// Takes the first blank-separated word off `text`.
std::string_view take_word(std::string_view& text) {
  text = trimmed(text);
  const size_t end = std::min(text.find(' '), text.size());
  const std::string_view word = text.substr(0, end);
  text = trimmed(text.substr(end));
  return word;
}

std::vector<std::string> words_outside_quotes(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  bool quoted = false;
  for (size_t i = 0; i <= text.size(); ++i) {
    if (i == text.size() || (text[i] == ' ' && !quoted)) {
      if (!word.empty()) words.push_back(std::move(word));
      word.clear();
      continue;
    }
    if (text[i] == '"') quoted = !quoted;
    word += text[i];
    if (quoted && text[i] == '\\' && i + 1 < text.size()) word += text[++i];
  }
  return words;
}

void take_backend(std::string_view& text, Case& c) {
  for (const Flavour flavour : {Flavour::legacy, Flavour::nft}) {
    const std::string ending = " | " + std::string(flavour_name(flavour));
    if (!text.ends_with(ending)) continue;
    text.remove_suffix(ending.size());
    text = trimmed(text);
    c.only = flavour;
    return;
  }
}

Case parse_case(std::string_view text) {
  Case c;
  const std::string_view families = take_word(text);
  c.ipv4 = families == "4" || families == "46";
  c.ipv6 = families == "6" || families == "46";
  if (!c.ipv4 && !c.ipv6) throw std::runtime_error("the families must be 4, 6 or 46");
  const std::string_view expected = take_word(text);
  if (expected != "ok" && expected != "bad") throw std::runtime_error("the expectation must be ok or bad");
  c.expected = expected == "ok" ? Expected::accepted : Expected::refused;
  take_backend(text, c);
  c.table = "filter";
  if (text.starts_with("-t ")) {
    take_word(text);
    c.table = take_word(text);
  }
  if (!text.starts_with("-A ")) throw std::runtime_error("a rule begins with -A");
  c.rule = text;
  return c;
}

bool has_lower_case(std::string_view name) {
  return std::any_of(name.begin(), name.end(), [](unsigned char c) { return std::islower(c) != 0; });
}

// Options whose argument may be a user chain.
const std::set<std::string_view> kBeforeChain = {"-A", "-j", "-g", "--jump", "--goto"};

void collect_chains(const Case& c, std::vector<std::string>& chains) {
  const std::vector<std::string> words = words_outside_quotes(c.rule);
  for (size_t i = 0; i + 1 < words.size(); ++i) {
    const std::string& chain = words[i + 1];
    if (!kBeforeChain.contains(words[i]) || !has_lower_case(chain)) continue;
    if (std::find(chains.begin(), chains.end(), chain) == chains.end()) chains.push_back(chain);
  }
}

}  // namespace

std::string_view flavour_name(Flavour flavour) { return flavour == Flavour::legacy ? "legacy" : "nft"; }

bool Case::concerns(Family family, Flavour flavour) const {
  return (family == Family::ipv4 ? ipv4 : ipv6) && (!only || *only == flavour);
}

CaseFile parse_case_file(std::string name, std::string_view text) {
  CaseFile file{.name = std::move(name), .setup = {}, .cases = {}};
  std::istringstream lines{std::string(text)};
  uint32_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    std::string_view rest = trimmed(line);
    if (rest.empty() || rest.front() == '#') continue;
    if (rest.starts_with("@setup ")) {
      take_word(rest);
      file.setup.push_back(words_outside_quotes(rest));
      continue;
    }
    try {
      file.cases.push_back(parse_case(rest));
      file.cases.back().line = number;
    } catch (const std::runtime_error& error) {
      throw std::runtime_error(file.name + ".cases:" + std::to_string(number) + ": " + error.what());
    }
  }
  return file;
}

CaseFile read_case_file(const std::filesystem::path& path) {
  std::ifstream stream(path);
  std::ostringstream text;
  text << stream.rdbuf();
  if (!stream) throw std::runtime_error("cannot read " + path.string());
  return parse_case_file(path.stem(), text.str());
}

std::vector<std::filesystem::path> case_file_paths() {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(FERRULE_SOURCE_DIR "/tests/cases")) {
    if (entry.path().extension() == ".cases") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

std::string restore_text(std::span<const Case> cases) {
  std::vector<std::string> tables;
  for (const Case& c : cases) {
    if (std::find(tables.begin(), tables.end(), c.table) == tables.end()) tables.push_back(c.table);
  }
  std::string text;
  for (const std::string& table : tables) {
    std::vector<std::string> chains;
    std::string rules;
    for (const Case& c : cases) {
      if (c.table != table) continue;
      collect_chains(c, chains);
      rules += c.rule + "\n";
    }
    text += "*" + table + "\n";
    for (const std::string& chain : chains) text += ":" + chain + " - [0:0]\n";
    text += rules + "COMMIT\n";
  }
  return text;
}

}  // namespace ferrule::test
