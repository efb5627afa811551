#include "inspection_text.hpp"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <iterator>

namespace ferrule::cli {
namespace {

class Writer {
 public:
  template <typename... Values>
  void line(fmt::format_string<Values...> format, Values&&... values) {
    fmt::format_to(std::back_inserter(out_), format, std::forward<Values>(values)...);
    out_ += '\n';
  }
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

std::string counted(uint32_t number, std::string_view thing) {
  return fmt::format("{} {}{}", number, thing, number == 1 ? "" : "s");
}

std::string headline(const FamilyVerdict& verdict) {
  std::string out(verdict_name(verdict));
  if (verdict.outcome == Outcome::none || !verdict.backend) return out;
  if (verdict.outcome == Outcome::undetermined)
    out += fmt::format(", {} if it must be", backend_name(*verdict.backend));
  return out + (verdict.native ? " (native)" : " (spawned)");
}

void write_verdict(std::string_view family, const FamilyVerdict& verdict, Writer& out) {
  out.line("{}: {}", family, headline(verdict));
  out.line("  reason: {}", verdict.reason);
  for (const std::string& evidence : verdict.evidence) out.line("  evidence: {}", evidence);
  if (!verdict.wait_for.empty()) out.line("  wait for: {}", verdict.wait_for);
}

void write_policy(const PolicyVerdicts& policy, Writer& out) {
  out.line("  {}:", detect_policy_name(policy.policy));
  for (const Family family : {Family::ipv4, Family::ipv6}) {
    const FamilyVerdict& verdict = policy.verdicts.of(family);
    out.line("    {}: {}: {}", family_name(family), headline(verdict), verdict.reason);
  }
}

std::string describe(const TableFacts& table) {
  if (!table.readable) return fmt::format("{} (could not be read)", table_name(table.table));
  std::string out = fmt::format("{} ({}{}, {}", table_name(table.table), table.rules.exact ? "" : "at least ",
                                counted(table.rules.at_least, "rule"), counted(table.user_chains, "user chain"));
  for (const Hook hook : table.dropping) out += fmt::format(", policy DROP of {}", hook_name(hook));
  for (const std::string& chain : table.hint_chains) out += ", hint chain " + chain;
  for (const std::string& chain : table.foreign_chains) out += ", chain of another tool " + chain;
  return out + ")";
}

std::string describe(const std::vector<TableFacts>& tables) {
  std::string out;
  for (const TableFacts& table : tables) out += (out.empty() ? "" : ", ") + describe(table);
  return out.empty() ? "none" : out;
}

void write_family(Family family, const FamilyFacts& facts, Writer& out) {
  const std::string_view name = family_name(family);
  out.line("  {} legacy: {}", name, presence_name(facts.legacy.presence));
  if (!facts.legacy.obstacle.empty()) out.line("    in the way: {}", facts.legacy.obstacle);
  out.line("    tables in use: {}", facts.legacy.tables_known ? describe(facts.legacy.tables) : "not known");
  std::string support;
  for (const TableId table : kAllTables) {
    support += fmt::format("{}{} {}", support.empty() ? "" : ", ", table_name(table),
                           presence_name(facts.legacy.table_support[static_cast<size_t>(table)]));
  }
  out.line("    tables of the kernel: {}", support);
  out.line("  {} nft: {}{}", name, presence_name(facts.nft.presence),
           facts.nft.told_by_binary ? ", told by a binary" : "");
  if (!facts.nft.obstacle.empty()) out.line("    in the way: {}", facts.nft.obstacle);
  out.line("    iptables' tables: {}", describe(facts.nft.tables));
}

void write_facts(const NamespaceFacts& facts, Writer& out) {
  out.line("facts:");
  write_family(Family::ipv4, facts.ipv4, out);
  write_family(Family::ipv6, facts.ipv6, out);
  out.line("  nft_compat: {}", presence_name(facts.nft_compat));
  std::vector<std::string> others;
  for (const OtherTable& table : facts.other_nft_tables) others.push_back(table.family + " " + table.name);
  out.line("  other nft tables: {}", others.empty() ? "none" : fmt::format("{}", fmt::join(others, ", ")));
  if (!facts.owner) {
    out.line("  owner: not known");
  } else if (facts.owner->is_callers) {
    out.line("  owner: the caller's own user namespace");
  } else {
    out.line("  owner: user namespace {} of uid {}, not the caller's", facts.owner->user_namespace.inode,
             facts.owner->uid);
  }
}

void write_binaries(const Inventory& binaries, Writer& out) {
  out.line("binaries in {}{}:", fmt::join(binaries.directories, ":"),
           binaries.root.empty() ? "" : " below " + binaries.root);
  for (const Binary& binary : binaries.binaries) {
    const std::string version = binary.version ? to_string(*binary.version) : "of unknown version";
    const std::string real = binary.real_path == binary.path ? "" : ", which is " + binary.real_path;
    out.line("  {}: {}, {}{}", binary.path, binary_variant_name(binary.variant), version, real);
  }
  for (const UnusableBinary& binary : binaries.unusable) {
    out.line("  {}: does not count: {}", binary.path, binary.reason);
  }
  if (binaries.binaries.empty() && binaries.unusable.empty()) out.line("  none");
}

}  // namespace

std::string to_text(const Inspection& inspection) {
  Writer out;
  write_verdict("ipv4", inspection.verdicts.ipv4, out);
  write_verdict("ipv6", inspection.verdicts.ipv6, out);
  if (inspection.policies.empty()) return out.take();
  out.line("policies:");
  for (const PolicyVerdicts& policy : inspection.policies) write_policy(policy, out);
  write_facts(inspection.facts, out);
  write_binaries(inspection.binaries, out);
  return out.take();
}

}  // namespace ferrule::cli
