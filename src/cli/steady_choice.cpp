#include "steady_choice.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

namespace ferrule::cli {
namespace {

constexpr const char* kFolder = "/run/ferrule";
constexpr const char* kConfiguration = "/etc/ferrule.conf";

std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

// Empty where the boot or the namespace cannot be told from others.
std::string record_path(std::optional<uint64_t> cookie) {
  const std::string boot = first_line("/proc/sys/kernel/random/boot_id");
  if (!cookie || boot.empty()) return {};
  return std::string(kFolder) + "/" + boot + "." + std::to_string(*cookie);
}

// `backend = legacy`, one setting a line, `#` begins a comment.
Result<std::string> configured_backend() {
  std::ifstream file(kConfiguration);
  std::string found;
  unsigned number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    line.erase(std::min(line.find('#'), line.size()));
    line.erase(std::remove_if(line.begin(), line.end(), [](unsigned char c) { return std::isspace(c) != 0; }),
               line.end());
    if (line.empty()) continue;
    constexpr std::string_view kKey = "backend=";
    if (!line.starts_with(kKey)) {
      return tl::unexpected(
          Error{Code::kInvalidInput, "expected `backend = auto|legacy|nft`", {kConfiguration, number, {}}});
    }
    found = line.substr(kKey.size());
  }
  return found;
}

Result<std::optional<BackendKind>> set_from_outside() {
  const char* variable = std::getenv("FERRULE_BACKEND");
  std::string wanted = variable != nullptr ? variable : "";
  std::string source = "FERRULE_BACKEND";
  if (wanted.empty() || wanted == "auto") {
    auto configured = configured_backend();
    if (!configured) return tl::unexpected(configured.error());
    wanted = *configured;
    source = kConfiguration;
  }
  if (wanted.empty() || wanted == "auto") return std::optional<BackendKind>{};
  const auto backend = backend_by_name(wanted);
  if (!backend || *backend == BackendKind::exec) {
    return fail(Code::kInvalidInput, source + " says '" + wanted + "'; expected auto, legacy or nft");
  }
  return backend;
}

// What speaks for a backend: hint chains, rules, or nothing.
struct Evidence {
  bool hints = false;
  bool rules = false;
};

void look(const std::vector<TableFacts>& tables, Evidence& evidence) {
  for (const TableFacts& table : tables) {
    evidence.hints |= !table.hint_chains.empty();
    evidence.rules |= table.rules.at_least != 0;
  }
}

Evidence evidence_for(const NamespaceFacts& facts, BackendKind backend) {
  Evidence evidence;
  for (const FamilyFacts* family : {&facts.ipv4, &facts.ipv6}) {
    look(backend == BackendKind::nft ? family->nft.tables : family->legacy.tables, evidence);
  }
  return evidence;
}

bool still_holds(BackendKind remembered, const NamespaceFacts& facts) {
  const Evidence own = evidence_for(facts, remembered);
  const Evidence other = evidence_for(facts, remembered == BackendKind::nft ? BackendKind::legacy : BackendKind::nft);
  return !(other.hints && !own.hints) && !(other.rules && !own.rules && !own.hints);
}

}  // namespace

Result<SteadyChoice> choose_steadily(const Identity& identity, const Context& context) {
  EngineOptions options{.forced_backend = identity.forced};
  if (!options.forced_backend) {
    auto set = set_from_outside();
    if (!set) return tl::unexpected(set.error());
    options.forced_backend = *set;
  }
  auto inspection = Engine(options).inspect(context);
  if (!inspection) return tl::unexpected(inspection.error());
  SteadyChoice choice{.inspection = *std::move(inspection)};
  const FamilyVerdict& verdict = choice.inspection.verdicts.of(identity.family);
  if (options.forced_backend) {
    choice.backend = *options.forced_backend;
    return choice;
  }
  if (!verdict.backend) return fail(Code::kUnsupported, verdict.reason);
  choice.backend = *verdict.backend;
  if (const auto cookie = context.netns.cookie()) choice.cookie = *cookie;
  const std::string path = record_path(choice.cookie);
  const auto remembered = path.empty() ? std::nullopt : backend_by_name(first_line(path));
  if (remembered && still_holds(*remembered, choice.inspection.facts)) choice.backend = *remembered;
  return choice;
}

void remember(const SteadyChoice& choice) {
  const std::string path = record_path(choice.cookie);
  if (path.empty() || backend_by_name(first_line(path)) == choice.backend) return;
  mkdir(kFolder, 0755);
  // Renamed into place, so that nobody reads half a word.
  const std::string draft = path + ".new";
  {
    std::ofstream file(draft, std::ios::trunc);
    if (!(file << backend_name(choice.backend) << '\n')) return;
  }
  if (std::rename(draft.c_str(), path.c_str()) != 0) std::remove(draft.c_str());
}

}  // namespace ferrule::cli
