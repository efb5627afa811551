#include "backend_exec/inventory.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "backend_exec/process.hpp"

namespace ferrule::exec {
namespace {

using detect::ToolVersion;
using detect::Variant;

// Files that are all tools in one and go by the name they are called with.
constexpr std::array<std::string_view, 4> kMultiNames = {"xtables-legacy-multi", "xtables-nft-multi", "xtables-multi",
                                                         "xtables-compat-multi"};

std::string_view base_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

bool is_multi(std::string_view real_path) {
  const std::string_view name = base_name(real_path);
  return std::find(kMultiNames.begin(), kMultiNames.end(), name) != kMultiNames.end();
}

// What a multi-call binary speaks, by its name.
std::optional<Variant> variant_by_name(std::string_view real_path) {
  if (!is_multi(real_path)) return std::nullopt;
  const std::string_view name = base_name(real_path);
  return name == "xtables-nft-multi" || name == "xtables-compat-multi" ? Variant::nft : Variant::legacy;
}

std::string_view first_line(std::string_view text) { return text.substr(0, text.find('\n')); }

// "1.8.9" or "1.4"; `text` begins with it.
std::optional<ToolVersion> parse_version(std::string_view text) {
  std::array<uint16_t, 3> parts{};
  size_t count = 0;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (count < parts.size()) {
    const auto [next, error] = std::from_chars(at, end, parts[count]);
    if (error != std::errc{}) break;
    ++count;
    at = next;
    if (at == end || *at != '.') break;
    ++at;
  }
  if (count < 2) return std::nullopt;
  return ToolVersion{parts[0], parts[1], parts[2]};
}

struct Told {
  ToolVersion version;
  Variant variant;
};

// "iptables v1.8.9 (nf_tables)"; before 1.8 nothing stood behind the version.
std::optional<Told> parse_told(std::string_view line) {
  for (size_t at = line.find(" v"); at != std::string_view::npos; at = line.find(" v", at + 1)) {
    const auto version = parse_version(line.substr(at + 2));
    if (!version) continue;
    const size_t open = line.find('(', at);
    if (open == std::string_view::npos) return Told{*version, Variant::legacy};
    const std::string_view named = line.substr(open + 1, line.find(')', open) - open - 1);
    if (named == "legacy") return Told{*version, Variant::legacy};
    if (named == "nf_tables") return Told{*version, Variant::nft};
    return Told{*version, Variant::unknown};
  }
  return std::nullopt;
}

std::string why_it_failed(const Outcome& done) {
  if (done.end == Outcome::End::timed_out) return "did not answer --version in time";
  std::string out = done.end == Outcome::End::signaled ? "killed by signal " : "exit status ";
  out += std::to_string(done.status);
  if (const std::string_view said = first_line(done.error); !said.empty()) out.append(": ").append(said.substr(0, 200));
  return out;
}

}  // namespace

std::vector<std::string_view> names_found(const SearchPath& search) {
  std::vector<std::string_view> out;
  for (const std::string_view name : detect::kBinaryNames) {
    if (!find_files(search, name).empty()) out.push_back(name);
  }
  return out;
}

Binaries::Answer Binaries::read_answer(std::string_view output, std::string_view error) {
  for (const std::string_view text : {output, error}) {
    if (const auto told = parse_told(first_line(text))) {
      return Identity{.variant = told->variant, .version = told->version};
    }
  }
  if (error.empty()) return "exits without an error and says no version";
  return Identity{.variant = Variant::legacy, .version = {}};
}

Binaries::Answer Binaries::ask(const std::string& path, const std::string& asked_as, const SearchPath& search,
                               std::chrono::milliseconds deadline) {
  if (deadline <= std::chrono::milliseconds(0)) return "was not asked: others took too long to answer";
  const auto done = run({.path = path,
                         .argv = {asked_as, "--version"},
                         .environment = base_environment(search),
                         .deadline = deadline,
                         .output_limit = size_t{4} << 10,
                         .error_limit = size_t{4} << 10});
  if (!done) return done.error().message;
  if (!done->ok()) return why_it_failed(*done);
  return read_answer(done->output, done->error);
}

std::optional<Binaries::Answer> Binaries::remembered(const Key& key) {
  const std::lock_guard lock(mutex_);
  const auto known = answers_.find(key);
  if (known == answers_.end()) return std::nullopt;
  const auto& [answer, when] = known->second;
  const bool failed = std::holds_alternative<std::string>(answer);
  if (failed && Clock::now() - when >= times_.failures_count_for) return std::nullopt;
  return answer;
}

Binaries::Answer Binaries::identify(const FoundFile& file, std::string_view name, const SearchPath& search,
                                    Clock::time_point end) {
  if (file.real_path.empty()) return "symbolic link that leads nowhere";
  if (!file.runnable) return "not executable";
  if (is_this_program(file)) return "this program itself";
  const bool shared = is_multi(file.real_path);
  // Below another root the kernel would follow absolute links to this one's files.
  const bool direct = shared || !search.root.empty();
  Key key{.path = direct ? file.real_path : file.path,
          .asked_as = shared ? "iptables" : std::string(name),
          .device = file.device,
          .inode = file.inode,
          .modified_ns = file.modified_ns};
  if (auto known = remembered(key)) return *std::move(known);
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now());
  Answer answer = ask(key.path, key.asked_as, search, std::min(times_.one, left));
  // Before 1.8 the nft tools of this file did not say that they were.
  if (auto* identity = std::get_if<Identity>(&answer);
      identity != nullptr && base_name(file.real_path) == "xtables-compat-multi") {
    identity->variant = Variant::nft;
  }
  const std::lock_guard lock(mutex_);
  Remembered fresh{.answer = std::move(answer), .when = Clock::now()};
  return answers_.insert_or_assign(std::move(key), std::move(fresh)).first->second.answer;
}

detect::Inventory Binaries::inventory(const SearchPath& search) {
  return look(search, detect::kBinaryNames, Asking::kAlways);
}

detect::Inventory Binaries::inventory_by_names(const SearchPath& search) {
  return look(search, detect::kBinaryNames, Asking::kWhereTheNameIsSilent);
}

detect::Inventory Binaries::plain_names(const SearchPath& search) {
  static constexpr std::array<std::string_view, 2> kPlain = {"iptables", "ip6tables"};
  detect::Inventory first = look(search, std::span(kPlain).first(1), Asking::kWhereTheNameIsSilent);
  const bool is_known = !first.binaries.empty() && first.binaries.front().variant != Variant::unknown;
  return is_known ? first : look(search, kPlain, Asking::kWhereTheNameIsSilent);
}

detect::Inventory Binaries::look(const SearchPath& search, std::span<const std::string_view> names, Asking asking) {
  detect::Inventory out{.directories = search.directories, .root = search.root};
  const Clock::time_point end = Clock::now() + times_.all;
  for (const std::string_view name : names) {
    for (const std::string& directory : search.directories) {
      const auto file = find_file(search, directory, name);
      if (!file) continue;
      const auto by_name =
          asking == Asking::kWhereTheNameIsSilent && file->runnable ? variant_by_name(file->real_path) : std::nullopt;
      const Answer answer =
          by_name ? Answer(Identity{.variant = *by_name, .version = {}}) : identify(*file, name, search, end);
      if (const auto* reason = std::get_if<std::string>(&answer)) {
        out.unusable.push_back({.name = std::string(name), .path = file->path, .reason = *reason});
        continue;
      }
      const auto& identity = std::get<Identity>(answer);
      out.binaries.push_back({.name = std::string(name),
                              .path = file->path,
                              .real_path = file->real_path,
                              .variant = identity.variant,
                              .version = identity.version});
      break;
    }
  }
  return out;
}

}  // namespace ferrule::exec
