#include "detect/evidence.hpp"

#include <initializer_list>
#include <span>
#include <string_view>

namespace ferrule::detect {
namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (size_t i = 0; i < words.size(); ++i) {
    if (i > 0) out += i + 1 == words.size() ? " and " : ", ";
    out += words[i];
  }
  return out;
}

std::string state_of(const std::string& name, Presence presence, const std::string& obstacle) {
  switch (presence) {
    case Presence::present:
      return "this kernel has " + name;
    case Presence::loadable:
      return name + " is not loaded, though its module is on disk";
    case Presence::not_loaded:
      return name + " is not loaded";
    case Presence::absent:
      return "this kernel has no " + name;
    case Presence::blocked:
      return name + " may not be asked (" + obstacle + ")";
    case Presence::unknown:
      break;
  }
  return name + " could not be asked" + (obstacle.empty() ? "" : " (" + obstacle + ")");
}

std::string rules_phrase(const TableFacts& table) {
  return "table " + std::string(table_name(table.table)) + " has " + (table.rules.exact ? "" : "at least ") +
         std::to_string(table.rules.at_least) + (table.rules.at_least == 1 ? " rule" : " rules");
}

// Everything but the sentence for "nothing seen".
void read_tables(std::span<const TableFacts> tables, std::string_view prefix, BackendEvidence& out) {
  const auto add = [&](std::initializer_list<std::string_view> pieces) {
    std::string& phrase = out.phrases.emplace_back(prefix);
    for (const std::string_view piece : pieces) phrase += piece;
  };
  std::vector<std::string> used;
  std::vector<std::string> unreadable;
  std::vector<std::string> empty;
  for (const TableFacts& table : tables) {
    const std::string name(table_name(table.table));
    if (!table.readable) {
      unreadable.push_back(name);
      continue;
    }
    for (const std::string& chain : table.hint_chains) {
      if (out.hint_chain.empty()) out.hint_chain = chain;
      add({"chain ", chain, " in table ", name});
    }
    if (table.rules.at_least > 0) add({rules_phrase(table)});
    for (const Hook hook : table.dropping) add({"policy DROP of ", hook_name(hook), " in table ", name});
    const bool is_used = table.rules.at_least > 0 || !table.dropping.empty();
    (is_used ? used : empty).push_back(name);
  }
  out.hint = !out.hint_chain.empty() ? Seen::yes : Seen::no;
  out.rules = !used.empty() ? Seen::yes : Seen::no;
  if (!used.empty()) out.where = (used.size() == 1 ? "table " : "tables ") + joined(used);
  if (!unreadable.empty()) {
    if (out.hint == Seen::no) out.hint = Seen::unknown;
    if (out.rules == Seen::no) out.rules = Seen::unknown;
    add({"could not read ", joined(unreadable)});
  } else if (used.empty() && out.hint == Seen::no && !empty.empty()) {
    add({"no rules in ", joined(empty)});
  }
}

bool is_without_rules(Presence presence) {
  return presence == Presence::absent || presence == Presence::loadable || presence == Presence::not_loaded;
}

}  // namespace

BackendEvidence legacy_evidence(Family family, const LegacyFacts& facts) {
  const std::string name = family == Family::ipv4 ? "legacy iptables" : "legacy ip6tables";
  BackendEvidence out;
  out.state = state_of(name, facts.presence, facts.obstacle);
  if (!facts.tables_known) {
    out.phrases.push_back("legacy: " + (facts.obstacle.empty() ? out.state : facts.obstacle));
    return out;
  }
  read_tables(facts.tables, "legacy: ", out);
  if (facts.presence != Presence::present) {
    out.phrases.push_back("legacy: " + out.state);
  } else if (facts.tables.empty()) {
    out.phrases.emplace_back("legacy: no table is instantiated");
  }
  return out;
}

BackendEvidence nft_evidence(const NftFacts& facts) {
  BackendEvidence out;
  out.state = state_of("nf_tables", facts.presence, facts.obstacle);
  if (facts.presence == Presence::present) {
    read_tables(facts.tables, "nft: ", out);
    if (facts.tables.empty()) out.phrases.emplace_back("nft: no table of iptables");
  } else if (facts.told_by_binary) {
    read_tables(facts.tables, "nft, told by a binary: ", out);
    out.phrases.push_back("nft: " + out.state);
  } else {
    if (is_without_rules(facts.presence)) out.hint = out.rules = Seen::no;
    out.phrases.push_back("nft: " + out.state);
  }
  return out;
}

}  // namespace ferrule::detect
