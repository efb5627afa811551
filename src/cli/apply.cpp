// ferrule apply: iptables-restore input into a namespace.
#include <fmt/core.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <nlohmann/json.hpp>

#include "arguments.hpp"
#include "commands.hpp"
#include "ferrule/plan.hpp"
#include "ferrule/text.hpp"

namespace ferrule::cli {
namespace {

struct ApplyOptions {
  Common common;
  std::string ipv4;
  std::string ipv6;
  bool noflush = false;
  bool counters = false;
  bool dry_run = false;
  bool dump_plan = false;
};

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

Result<void> add_family(const ApplyOptions& options, Family family, Transaction& transaction) {
  const std::string& file = family == Family::ipv4 ? options.ipv4 : options.ipv6;
  if (file.empty()) return {};
  const auto text = read_input(file);
  if (!text) return tl::unexpected(text.error());
  ParseOptions parse{.file = file == "-" ? "<stdin>" : file,
                     .existing = options.noflush ? Existing::kKeep : Existing::kReplace,
                     .counters = options.counters ? CounterUse::kRestore : CounterUse::kIgnore,
                     .names = NameLookup::kFiles,
                     .unknown = UnknownRules::kKeep};
  auto parsed = parse_restore(family, *text, parse);
  if (!parsed) return tl::unexpected(parsed.error());
  std::move(parsed->changes.begin(), parsed->changes.end(), std::back_inserter(transaction.changes));
  return {};
}

double milliseconds(std::chrono::nanoseconds time) { return static_cast<double>(time.count()) / 1e6; }

void print_json(const Report& report, const ApplyOptions& options) {
  nlohmann::ordered_json families = nlohmann::ordered_json::object();
  for (const FamilyReport& family : report.families) {
    families[std::string(family_name(family.family))] = {
        {"backend", backend_name(family.backend)}, {"native", family.native}, {"reason", family.reason}};
  }
  const nlohmann::ordered_json json = {{"dry_run", options.dry_run},
                                       {"families", families},
                                       {"tables", report.tables},
                                       {"rules", report.rules},
                                       {"retries", report.retries},
                                       {"detect_ms", milliseconds(report.detect_time)},
                                       {"commit_ms", milliseconds(report.commit_time)}};
  fmt::print("{}\n", json.dump(2));
}

void print_text(const Report& report, const ApplyOptions& options) {
  for (const FamilyReport& family : report.families) {
    fmt::print("{}: {} ({}): {}\n", family_name(family.family), backend_name(family.backend),
               family.native ? "native" : "spawned", family.reason);
  }
  fmt::print("{} {} tables, {} rules; {} retries; {:.3f} ms to detect, {:.3f} ms to {}\n",
             options.dry_run ? "would apply" : "applied", report.tables, report.rules, report.retries,
             milliseconds(report.detect_time), milliseconds(report.commit_time), options.dry_run ? "check" : "commit");
}

int dump_plan(const Engine& engine, const Context& context, Transaction transaction) {
  const auto plan = engine.compile(context, std::move(transaction));
  if (!plan) return report_error(plan.error());
  fmt::print("{}", plan->dump());
  return kDone;
}

int apply(const ApplyOptions& options) {
  if (options.ipv4.empty() && options.ipv6.empty()) {
    return report_error({Code::kInvalidInput, "nothing to apply: give --ipv4 FILE, --ipv6 FILE or both"});
  }
  if (options.ipv4 == "-" && options.ipv6 == "-") {
    return report_error({Code::kInvalidInput, "only one of --ipv4 and --ipv6 can be read from standard input"});
  }
  Transaction transaction;
  for (const Family family : {Family::ipv4, Family::ipv6}) {
    if (auto added = add_family(options, family, transaction); !added) return report_error(added.error());
  }
  auto context = context_of(options.common);
  if (!context) return report_error(context.error());
  const auto engine_options = engine_options_of(options.common);
  if (!engine_options) return report_error(engine_options.error());
  const Engine engine(*engine_options);
  if (options.dump_plan) return dump_plan(engine, *context, std::move(transaction));
  const auto report =
      options.dry_run ? engine.check(*context, transaction) : engine.apply(*context, std::move(transaction));
  if (!report) return report_error(report.error());
  if (options.common.json) {
    print_json(*report, options);
  } else {
    print_text(*report, options);
  }
  return kDone;
}

}  // namespace

void add_apply(CLI::App& app, Run& run) {
  auto options = std::make_shared<ApplyOptions>();
  CLI::App* command = app.add_subcommand(
      "apply", "Apply iptables-restore input; with --ipv4 and --ipv6 together it is one transaction");
  add_common(*command, options->common);
  command->add_option("--ipv4", options->ipv4, "File of IPv4 rules; - is standard input");
  command->add_option("--ipv6", options->ipv6, "File of IPv6 rules; - is standard input");
  command->add_flag("--noflush,-n", options->noflush, "Keep what the tables hold; only add what the input says");
  command->add_flag("--counters,-c", options->counters, "Restore the [packets:bytes] counters of the input");
  command->add_flag("--dry-run", options->dry_run, "Check everything that can be checked, change nothing");
  command
      ->add_flag("--dump-plan", options->dump_plan,
                 "Show the bytes that a namespace without rules would get, as text, and change nothing")
      ->excludes("--dry-run");
  command->add_flag("--json", options->common.json, "Print what was done as JSON");
  command->callback([options, &run] { run = [options] { return apply(*options); }; });
}

}  // namespace ferrule::cli
