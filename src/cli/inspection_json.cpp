#include "inspection_json.hpp"

namespace ferrule::cli {
namespace {

using Json = nlohmann::ordered_json;

Json to_json(const FamilyVerdict& verdict) {
  Json out = {{"backend", verdict_name(verdict)},
              {"native", verdict.native},
              {"basis", basis_name(verdict.basis)},
              {"reason", verdict.reason},
              {"evidence", verdict.evidence}};
  if (!verdict.wait_for.empty()) out["wait_for"] = verdict.wait_for;
  // What to use when something must be.
  if (verdict.outcome == Outcome::undetermined && verdict.backend) out["likely"] = backend_name(*verdict.backend);
  return out;
}

Json to_json(const TableFacts& table) {
  Json dropping = Json::array();
  for (const Hook hook : table.dropping) dropping.push_back(hook_name(hook));
  Json out = {{"table", table_name(table.table)}, {"readable", table.readable}};
  if (!table.readable) return out;
  out["rules"] = table.rules.at_least;
  out["rules_exact"] = table.rules.exact;
  out["user_chains"] = table.user_chains;
  out["policy_drop"] = std::move(dropping);
  out["hint_chains"] = table.hint_chains;
  out["foreign_chains"] = table.foreign_chains;
  return out;
}

Json to_json(const std::vector<TableFacts>& tables) {
  Json out = Json::array();
  for (const TableFacts& table : tables) out.push_back(to_json(table));
  return out;
}

void add_obstacle(const std::string& obstacle, Json& out) {
  if (!obstacle.empty()) out["obstacle"] = obstacle;
}

Json to_json(const LegacyFacts& facts) {
  Json out = {{"presence", presence_name(facts.presence)}, {"tables_known", facts.tables_known}};
  add_obstacle(facts.obstacle, out);
  out["tables"] = to_json(facts.tables);
  Json support = Json::object();
  for (const TableId table : kAllTables) {
    support[std::string(table_name(table))] = presence_name(facts.table_support[static_cast<size_t>(table)]);
  }
  out["kernel_has"] = std::move(support);
  return out;
}

Json to_json(const NftFacts& facts) {
  Json out = {{"presence", presence_name(facts.presence)}, {"told_by_binary", facts.told_by_binary}};
  add_obstacle(facts.obstacle, out);
  out["tables"] = to_json(facts.tables);
  return out;
}

Json to_json(const NamespaceFacts& facts) {
  Json out;
  for (const Family family : {Family::ipv4, Family::ipv6}) {
    out[std::string(family_name(family))] = {{"legacy", to_json(facts.of(family).legacy)},
                                             {"nft", to_json(facts.of(family).nft)}};
  }
  out["nft_compat"] = presence_name(facts.nft_compat);
  out["other_nft_tables"] = Json::array();
  for (const OtherTable& table : facts.other_nft_tables) {
    out["other_nft_tables"].push_back({{"family", table.family}, {"table", table.name}});
  }
  out["owner"] = nullptr;
  if (facts.owner) {
    out["owner"] = {{"user_namespace", facts.owner->user_namespace.inode},
                    {"uid", facts.owner->uid},
                    {"is_callers", facts.owner->is_callers}};
  }
  return out;
}

Json to_json(const Inventory& binaries) {
  Json out = {{"directories", binaries.directories}, {"root", binaries.root}};
  out["found"] = Json::array();
  for (const Binary& binary : binaries.binaries) {
    out["found"].push_back({{"name", binary.name},
                            {"path", binary.path},
                            {"real_path", binary.real_path},
                            {"variant", binary_variant_name(binary.variant)},
                            {"version", binary.version ? Json(to_string(*binary.version)) : Json(nullptr)}});
  }
  out["unusable"] = Json::array();
  for (const UnusableBinary& binary : binaries.unusable) {
    out["unusable"].push_back({{"name", binary.name}, {"path", binary.path}, {"reason", binary.reason}});
  }
  return out;
}

}  // namespace

nlohmann::ordered_json to_json(const Inspection& inspection) {
  Json out = {{"ipv4", to_json(inspection.verdicts.ipv4)},
              {"ipv6", to_json(inspection.verdicts.ipv6)},
              {"policy", detect_policy_name(inspection.policy)},
              {"certain", is_certain(inspection)}};
  if (inspection.policies.empty()) return out;
  for (const PolicyVerdicts& policy : inspection.policies) {
    out["policies"][std::string(detect_policy_name(policy.policy))] = {{"ipv4", to_json(policy.verdicts.ipv4)},
                                                                       {"ipv6", to_json(policy.verdicts.ipv6)}};
  }
  out["facts"] = to_json(inspection.facts);
  out["binaries"] = to_json(inspection.binaries);
  return out;
}

}  // namespace ferrule::cli
