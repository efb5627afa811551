#include "iptables/steady_choice.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace ferrule::cli {
namespace {

constexpr const char* kFolder = "/run/ferrule";
constexpr const char* kConfiguration = "/etc/ferrule.conf";

// More than any of the files here needs.
constexpr size_t kMostText = size_t{64} << 10;

// Reads an open file, and closes it; empty where it is none.
std::string read_and_close(int file) {
  std::string text;
  if (file < 0) return text;
  std::array<char, 4096> piece;
  for (ssize_t got = 0; text.size() < kMostText && (got = read(file, piece.data(), piece.size())) > 0;) {
    text.append(piece.data(), static_cast<size_t>(got));
  }
  close(file);
  return text;
}

// What a small file holds; empty where there is none. No stream: those set up locales first.
std::string contents(const std::string& path) { return read_and_close(open(path.c_str(), O_RDONLY | O_CLOEXEC)); }

std::string first_line(const std::string& path) {
  const std::string text = contents(path);
  return text.substr(0, text.find('\n'));
}

// Empty where the boot or the namespace cannot be told from others.
std::string record_name(const NetNs& netns) {
  const auto cookie = netns.cookie();
  const std::string boot = first_line("/proc/sys/kernel/random/boot_id");
  if (!cookie || boot.empty()) return {};
  return boot + "." + std::to_string(*cookie);
}

// Whether only the user that we are can have written it.
bool is_our_own(int file) {
  struct stat status {};
  return fstat(file, &status) == 0 && status.st_uid == geteuid() && (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

// The folder of records, or -1 where there is none, or one that others can write to. No link is followed.
int open_records() {
  const int folder = open(kFolder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (folder >= 0 && is_our_own(folder)) return folder;
  if (folder >= 0) close(folder);
  return -1;
}

std::string read_record(const std::string& name) {
  const int folder = open_records();
  if (folder < 0 || name.empty()) return {};
  int file = openat(folder, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  close(folder);
  struct stat status {};
  if (file >= 0 && (fstat(file, &status) != 0 || !S_ISREG(status.st_mode) || !is_our_own(file))) {
    close(file);
    file = -1;
  }
  const std::string text = read_and_close(file);
  return text.substr(0, text.find('\n'));
}

// A record is no more than a saved look at the namespace: one too few costs another look.
constexpr size_t kMostRecords = 1024;

// Removes the records of other boots, and all of them where there are so many that most of their namespaces must be
// gone. (Whether a namespace still exists cannot be told from its cookie.)
void tidy(int folder, const std::string& own_name) {
  const std::string boot = own_name.substr(0, own_name.find('.'));
  DIR* listing = fdopendir(dup(folder));
  if (listing == nullptr) return;
  rewinddir(listing);
  std::vector<std::string> of_this_boot;
  while (const dirent* entry = readdir(listing)) {
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    if (name.starts_with(boot) && of_this_boot.size() < kMostRecords) {
      of_this_boot.emplace_back(name);
    } else {
      unlinkat(folder, entry->d_name, 0);
    }
  }
  closedir(listing);
  if (of_this_boot.size() < kMostRecords) return;
  for (const std::string& name : of_this_boot) unlinkat(folder, name.c_str(), 0);
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
  SteadyChoice choice{.backend = BackendKind::nft, .record = record_name(context.netns)};
  const auto remembered = backend_by_name(read_record(choice.record));
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
  const int folder = open_records();
  if (folder < 0) return;
  tidy(folder, choice.record);
  // Renamed into place, so that half a word is never read.
  const std::string draft = choice.record + "." + std::to_string(getpid());
  const int file = openat(folder, draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
  if (file >= 0) {
    const std::string line = std::string(backend_name(choice.backend)) + '\n';
    const bool written = write(file, line.data(), line.size()) == static_cast<ssize_t>(line.size());
    close(file);
    if (!written || renameat(folder, draft.c_str(), folder, choice.record.c_str()) != 0) {
      unlinkat(folder, draft.c_str(), 0);
    }
  }
  close(folder);
}

}  // namespace ferrule::cli
