#include "rule_input.hpp"

#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>

#include "ferrule/text.hpp"
#include "say.hpp"

namespace ferrule::cli {
namespace {

tl::unexpected<Error> unreadable(const std::string& file) {
  Error error{Code::kInvalidInput, std::string("cannot read the file: ") + std::strerror(errno)};
  error.origin.file = file;
  error.errno_value = errno;
  return tl::unexpected(std::move(error));
}

// In one piece of its own size where the size is known: rule files may be large.
Result<std::string> read_input(const std::string& file) {
  std::FILE* stream = file == "-" ? stdin : std::fopen(file.c_str(), "rb");
  if (stream == nullptr) return unreadable(file);
  std::string text;
  struct stat status {};
  if (fstat(fileno(stream), &status) == 0 && S_ISREG(status.st_mode)) text.reserve(static_cast<size_t>(status.st_size));
  std::array<char, 65536> piece;
  while (const size_t length = std::fread(piece.data(), 1, piece.size(), stream)) text.append(piece.data(), length);
  const bool failed = std::ferror(stream) != 0;
  if (stream != stdin) std::fclose(stream);
  if (failed) return unreadable(file);
  return text;
}

Result<void> add_family(const RuleInput& input, Family family, Transaction& transaction) {
  const std::string& file = family == Family::ipv4 ? input.ipv4 : input.ipv6;
  if (file.empty()) return {};
  const auto text = read_input(file);
  if (!text) return tl::unexpected(text.error());
  ParseOptions parse{.file = file == "-" ? "<stdin>" : file,
                     .existing = input.noflush ? Existing::kKeep : Existing::kReplace,
                     .counters = input.counters ? CounterUse::kRestore : CounterUse::kIgnore,
                     .names = NameLookup::kFiles,
                     .unknown = UnknownRules::kKeep};
  auto parsed = parse_restore(family, *text, parse);
  if (!parsed) return tl::unexpected(parsed.error());
  std::move(parsed->changes.begin(), parsed->changes.end(), std::back_inserter(transaction.changes));
  return {};
}

double milliseconds(std::chrono::nanoseconds time) { return static_cast<double>(time.count()) / 1e6; }

void print_json(const Report& report, const Wording& wording) {
  nlohmann::ordered_json families = nlohmann::ordered_json::object();
  for (const FamilyReport& family : report.families) {
    families[std::string(family_name(family.family))] = {
        {"backend", backend_name(family.backend)}, {"native", family.native}, {"reason", family.reason}};
  }
  const nlohmann::ordered_json json = {{"dry_run", wording.step == "check"},
                                       {"families", families},
                                       {"tables", report.tables},
                                       {"rules", report.rules},
                                       {"retries", report.retries},
                                       {"detect_ms", milliseconds(report.detect_time)},
                                       {"commit_ms", milliseconds(report.commit_time)}};
  say("{}\n", json.dump(2));
}

void print_text(const Report& report, const Wording& wording) {
  for (const FamilyReport& family : report.families) {
    say("{}: {} ({}): {}\n", family_name(family.family), backend_name(family.backend),
        family.native ? "native" : "spawned", family.reason);
  }
  say("{} {} tables, {} rules; {} retries; {:.3f} ms to detect, {:.3f} ms to {}\n", wording.done, report.tables,
      report.rules, report.retries, milliseconds(report.detect_time), milliseconds(report.commit_time), wording.step);
}

}  // namespace

void add_rule_input(CLI::App& command, RuleInput& input) {
  command.add_option("--ipv4", input.ipv4, "File of IPv4 rules; - is standard input");
  command.add_option("--ipv6", input.ipv6, "File of IPv6 rules; - is standard input");
  command.add_flag("--noflush,-n", input.noflush, "Keep what the tables hold besides what the input says");
  command.add_flag("--counters,-c", input.counters, "Restore the [packets:bytes] counters of the input");
}

Result<Transaction> read_transaction(const RuleInput& input) {
  if (input.ipv4.empty() && input.ipv6.empty()) {
    return fail(Code::kInvalidInput, "no rules are given: give --ipv4 FILE, --ipv6 FILE or both");
  }
  if (input.ipv4 == "-" && input.ipv6 == "-") {
    return fail(Code::kInvalidInput, "only one of --ipv4 and --ipv6 can be read from standard input");
  }
  Transaction transaction;
  for (const Family family : {Family::ipv4, Family::ipv6}) {
    if (auto added = add_family(input, family, transaction); !added) return tl::unexpected(added.error());
  }
  return transaction;
}

int print(const Result<Report>& report, const Wording& wording, const Common& common) {
  if (!report) return report_error(report.error(), common);
  if (common.json) {
    print_json(*report, wording);
  } else {
    print_text(*report, wording);
  }
  return kDone;
}

}  // namespace ferrule::cli
