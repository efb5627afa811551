#include "iptables/steady_choice.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace ferrule::cli {
namespace {

constexpr const char* kFolder = "/run/ferrule";
constexpr const char* kConfiguration = "/etc/ferrule.conf";

// What a small file holds; empty where there is none. No stream: those set up locales first.
std::string contents(const std::string& path) {
  std::string text;
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return text;
  std::array<char, 4096> piece;
  for (ssize_t got = 0; (got = read(file, piece.data(), piece.size())) > 0;) {
    text.append(piece.data(), static_cast<size_t>(got));
  }
  close(file);
  return text;
}

std::string first_line(const std::string& path) {
  const std::string text = contents(path);
  return text.substr(0, text.find('\n'));
}

// Empty where the boot or the namespace cannot be told from others.
std::string record_path(const NetNs& netns) {
  const auto cookie = netns.cookie();
  const std::string boot = first_line("/proc/sys/kernel/random/boot_id");
  if (!cookie || boot.empty()) return {};
  return std::string(kFolder) + "/" + boot + "." + std::to_string(*cookie);
}

// `backend = legacy`, one setting a line, `#` begins a comment.
Result<std::string> configured_backend() {
  const std::string text = contents(kConfiguration);
  std::string found;
  unsigned number = 0;
  for (size_t at = 0; at < text.size();) {
    std::string line = text.substr(at, text.find('\n', at) - at);
    at += line.size() + 1;
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
  if (identity.forced) return SteadyChoice{.backend = *identity.forced};
  const auto set = set_from_outside();
  if (!set) return tl::unexpected(set.error());
  if (*set) return SteadyChoice{.backend = **set};
  SteadyChoice choice{.backend = BackendKind::nft, .record = record_path(context.netns)};
  const auto remembered = backend_by_name(first_line(choice.record));
  if (remembered == BackendKind::nft && !has_legacy_tables(Family::ipv4) && !has_legacy_tables(Family::ipv6)) {
    // Nothing that could speak against it: no need to look at nf_tables.
    choice.record.clear();
    return choice;
  }
  const auto inspection = Engine({.use = EngineUse::kOnce}).inspect(context);
  if (!inspection) return tl::unexpected(inspection.error());
  const FamilyVerdict& verdict = inspection->verdicts.of(identity.family);
  if (!verdict.backend) return fail(Code::kUnsupported, verdict.reason);
  choice.backend = *verdict.backend;
  if (remembered && still_holds(*remembered, inspection->facts)) choice.backend = *remembered;
  if (remembered == choice.backend) choice.record.clear();
  return choice;
}

bool has_legacy_tables(Family family) {
  return !contents(family == Family::ipv4 ? "/proc/thread-self/net/ip_tables_names"
                                          : "/proc/thread-self/net/ip6_tables_names")
              .empty();
}

void remember(const SteadyChoice& choice) {
  if (choice.record.empty()) return;
  mkdir(kFolder, 0755);
  // Renamed into place, so that nobody reads half a word.
  const std::string draft = choice.record + ".new";
  const int file = open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file < 0) return;
  const std::string line = std::string(backend_name(choice.backend)) + '\n';
  const bool written = write(file, line.data(), line.size()) == static_cast<ssize_t>(line.size());
  close(file);
  if (!written) return;
  if (std::rename(draft.c_str(), choice.record.c_str()) != 0) std::remove(draft.c_str());
}

}  // namespace ferrule::cli
