// Covers src/extensions/registry.cpp as a whole: that the list matches the folder, that every option has been tried on
// the real tools (tests/cases), and that what is saved is what was written.
#include "extensions/registry.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "extensions/codec.hpp"
#include "ferrule/text.hpp"
#include "oracle/case_file.hpp"
#include "text/words.hpp"

namespace ferrule::ext {
namespace {

using test::Expected;

std::string contents(const std::filesystem::path& path) {
  std::ifstream in(path);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

std::filesystem::path extensions_folder() { return std::filesystem::path(FERRULE_SOURCE_DIR) / "src" / "extensions"; }

std::set<std::string> names_in(const std::string& text, const std::regex& pattern) {
  std::set<std::string> names;
  for (auto it = std::sregex_iterator(text.begin(), text.end(), pattern); it != std::sregex_iterator(); ++it) {
    EXPECT_TRUE(names.insert((*it)[1].str()).second) << "twice: " << (*it)[1].str();
  }
  return names;
}

TEST(Registry, ListsWhatTheFolderDefines) {
  const std::regex definition(R"(extern constinit const Extension (k\w+))");
  std::set<std::string> defined;
  for (const auto& entry : std::filesystem::directory_iterator(extensions_folder())) {
    if (entry.path().extension() != ".cpp" || entry.path().filename() == "registry.cpp") continue;
    const std::string text = contents(entry.path());
    const auto names = names_in(text, definition);
    EXPECT_EQ(names.empty(), text.find("make_extension<") == std::string::npos) << entry.path();
    defined.insert(names.begin(), names.end());
  }
  const std::string registry = contents(extensions_folder() / "registry.cpp");
  EXPECT_EQ(names_in(registry, std::regex(R"(extern const Extension (k\w+);)")), defined);
  EXPECT_EQ(names_in(registry, std::regex(R"(\n    &(k\w+),)")), defined);
  EXPECT_EQ(all_extensions().size(), defined.size());
}

struct CaseRule {
  test::Case parsed;
  std::vector<std::string> words;
};

std::vector<CaseRule> all_rules() {
  std::vector<CaseRule> rules;
  for (const auto& path : test::case_file_paths()) {
    for (const test::Case& c : test::read_case_file(path).cases) {
      text::WordSplitter splitter;
      const auto words = splitter.split(c.rule);
      // A rule that cannot even be cut into words is about the grammar.
      if (words) rules.push_back({c, {(*words)->begin(), (*words)->end()}});
    }
  }
  return rules;
}

// Whether the rule names the extension, by -m, by -j or by a protocol that brings it.
bool names(const CaseRule& rule, const Extension& e) {
  for (size_t i = 0; i + 1 < rule.words.size(); ++i) {
    const std::string_view option = rule.words[i];
    const bool match = option == "-m" || option == "--match" || option == "-p" || option == "--protocol";
    const bool target = option == "-j" || option == "--jump";
    if ((e.kind == Kind::match ? match : target) && rule.words[i + 1] == e.name) return true;
  }
  return false;
}

// What the real tools refuse on the machines where the cases are tried, whatever the option's argument.
struct Untried {
  Kind kind;
  std::string_view name;
  std::string_view option;  // empty: all of them
  std::string_view reason;
};
constexpr Untried kUntried[] = {
    {Kind::match, "ipvs", "", "needs a kernel with IPVS"},
    {Kind::match, "nfacct", "", "needs an object that only nfacct(8) makes"},
    {Kind::match, "bpf", "object-pinned", "needs a program in a bpf file system"},
    {Kind::target, "SECMARK", "", "needs a kernel with SELinux"},
    {Kind::target, "LED", "", "needs a kernel with LED triggers"},
    {Kind::target, "CLUSTERIP", "", "gone from kernels since 6.4"},
    {Kind::target, "ULOG", "", "gone from kernels since 3.17"},
};

const Untried* find_untried(const Extension& e, std::string_view option) {
  for (const Untried& row : kUntried) {
    if (row.kind == e.kind && row.name == e.name && (row.option.empty() || row.option == option)) return &row;
  }
  return nullptr;
}

// Look-ups go by it.
TEST(Registry, IsSorted) {
  const auto all = all_extensions();
  const auto unsorted = std::is_sorted_until(all.begin(), all.end(), [](const Extension* a, const Extension* b) {
    return a->kind != b->kind ? a->kind < b->kind : a->name < b->name;
  });
  EXPECT_EQ(unsorted, all.end()) << (*unsorted)->name;
}

TEST(Registry, EveryOptionWasAcceptedAndRefusedByTheRealTools) {
  const std::vector<CaseRule> rules = all_rules();
  ASSERT_GT(rules.size(), 1000u);
  for (const Extension* e : all_extensions()) {
    // Options of older revisions are among those of the newest, which is the one that the tools use.
    if (find_by_name(e->kind, has_family(e->families, Family::ipv4) ? Family::ipv4 : Family::ipv6, e->name) != e) {
      continue;
    }
    const auto has_case = [&](Expected expected, std::string_view option) {
      return std::any_of(rules.begin(), rules.end(), [&](const CaseRule& rule) {
        const auto is_option = [&](std::string_view word) {
          return option.empty() || word == "--" + std::string(option);
        };
        return rule.parsed.expected == expected && names(rule, *e) &&
               std::any_of(rule.words.begin(), rule.words.end(), is_option);
      });
    };
    std::vector<std::string_view> options = {""};
    for (const Option& option : e->options) options.push_back(option.name);
    for (const std::string_view option : options) {
      SCOPED_TRACE(std::string(e->kind == Kind::match ? "-m " : "-j ") + std::string(e->name) + " --" +
                   std::string(option));
      const Untried* untried = find_untried(*e, option);
      EXPECT_EQ(has_case(Expected::accepted, option), untried == nullptr);
      EXPECT_TRUE(has_case(Expected::refused, option));
    }
  }
}

// Rules, known by a part of them, whose text (iptables' own) does not say all that is in their bytes.
struct Unsaid {
  std::string_view part;
  std::string_view reason;
};
constexpr Unsaid kUnsaid[] = {
    {" -i +", "any interface is no interface to the text"},
    {" -p all", "in IPv6 there is a bit for -p, though any protocol is none to the text"},
    {" -p 0", "likewise"},
    {" --icmp-type 255/", "any type has no code"},
    {" -m connlimit ", "a full IPv4 mask has 16 bytes where it was left out, 4 where it was typed"},
    {" -m recent ", "likewise"},
    {" --tunnel-dst 192.0.2.2/32", "likewise"},
    {" --pol none --reqid ", "without IPsec there are no elements"},
    {" --hashlimit-rate-interval 5 --hashlimit-above 1/s ", "an interval without --hashlimit-rate-match has no effect"},
    {" --rt-segsleft 0:4294967295", "any number is no option to the text, but sets a flag"},
    {" --fragid 0:4294967295", "likewise"},
    {" -j CONNMARK ", "masks that the operation does not use"},
    {" -j CT --zone-orig 7 --zone-reply 7", "both directions are what --zone means"},
    {" -j HMARK ", "flags for what is preset"},
};

// One rule as the only change of a restore.
std::optional<Operation> parse(Family family, const std::string& table, const std::string& rule) {
  const auto parsed = parse_restore(family, "*" + table + "\n" + rule + "\nCOMMIT\n", {.names = NameLookup::kFiles});
  if (!parsed || parsed->changes.size() != 1) return std::nullopt;
  return parsed->changes[0].operations.at(0);
}

// Everything but the counters, which a rule's text has only on request.
struct Content {
  std::vector<std::byte> entry;
  std::vector<Attachment> attachments;
  friend bool operator==(const Content&, const Content&) = default;
};

Content content_of(Rule rule) {
  rule.set_counters({});
  Content content{{rule.entry().begin(), rule.entry().end()}, {rule.attachments().begin(), rule.attachments().end()}};
  std::ranges::sort(content.attachments, {}, &Attachment::offset);
  return content;
}

// Rules that ferrule refuses are the business of the oracle tests.
TEST(Registry, SavedRulesAreTheRulesThatWereWritten) {
  size_t compared = 0;
  std::set<std::string_view> differed;
  for (const CaseRule& rule : all_rules()) {
    const test::Case& c = rule.parsed;
    if (c.expected != Expected::accepted) continue;
    for (const Family family : {Family::ipv4, Family::ipv6}) {
      if (!(family == Family::ipv4 ? c.ipv4 : c.ipv6)) continue;
      SCOPED_TRACE(c.rule);
      const auto written = parse(family, c.table, c.rule);
      if (!written) continue;
      const std::string text = to_rule_text(*written->rule, written->chain.view(), NameLookup::kFiles);
      const auto restored = parse(family, c.table, text);
      ASSERT_TRUE(restored) << text;
      ++compared;
      if (content_of(*written->rule) == content_of(*restored->rule)) continue;
      const auto* unsaid = std::find_if(std::begin(kUnsaid), std::end(kUnsaid),
                                        [&](const Unsaid& row) { return c.rule.find(row.part) != std::string::npos; });
      ASSERT_NE(unsaid, std::end(kUnsaid)) << text;
      differed.insert(unsaid->part);
      // Once said, it stays.
      const std::string again = to_rule_text(*restored->rule, restored->chain.view(), NameLookup::kFiles);
      EXPECT_EQ(again, text);
    }
  }
  EXPECT_GT(compared, 1500u);
  EXPECT_EQ(differed.size(), std::size(kUnsaid)) << "a row of kUnsaid is no longer true";
}

}  // namespace
}  // namespace ferrule::ext
