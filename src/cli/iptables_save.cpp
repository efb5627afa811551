// iptables-save and ip6tables-save.
#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "ferrule/engine.hpp"
#include "ferrule/text.hpp"
#include "left_out.hpp"
#include "legacy_table.hpp"
#include "save_time.hpp"
#include "stand_in.hpp"
#include "stand_in_arguments.hpp"
#include "steady_choice.hpp"
#include "voice.hpp"

namespace ferrule::cli {
namespace {

constexpr std::array kOptions = {
    ToolOption{"counters", 'c', OptionValue::kNone},     ToolOption{"version", 'V', OptionValue::kNone},
    ToolOption{"dump", 'd', OptionValue::kNone},         ToolOption{"table", 't', OptionValue::kRequired},
    ToolOption{"modprobe", 'M', OptionValue::kRequired}, ToolOption{"file", 'f', OptionValue::kRequired},
    ToolOption{"ipv4", '4', OptionValue::kNone},         ToolOption{"ipv6", '6', OptionValue::kNone}};

int missing_table(const Voice& voice, const std::string& table) {
  if (voice.backend() == BackendKind::nft) {
    fmt::print(stderr, "Table `{}' does not exist\n", table);
  } else {
    fmt::print(stderr, "{} {}: Cannot initialize: Table does not exist (do you need to insmod?)\n", voice.program(),
               voice.version());
  }
  return 1;
}

int failure(const Voice& voice, const Error& error) {
  if (error.code != Code::kPermission || voice.backend() == BackendKind::nft) {
    return voice.failure(error);
  }
  const std::string_view file = voice.identity().family == Family::ipv4 ? "ip_tables_names" : "ip6_tables_names";
  if (access(("/proc/thread-self/net/" + std::string(file)).c_str(), R_OK) == 0) {
    fmt::print(stderr, "{} {}: Cannot initialize: Permission denied (you must be root)\n", voice.program(),
               voice.version());
    return 1;
  }
  fmt::print(stderr, "Failed to list table names in /proc/net/{}: Permission denied\n", file);
  return 1;
}

int write_text(const std::string& text, const std::optional<std::string>& file) {
  std::FILE* out = file ? std::fopen(file->c_str(), "w") : stdout;
  if (out == nullptr) {
    fmt::print(stderr, "Failed to open file, error: {}\n", std::strerror(errno));
    return 1;
  }
  const bool written = std::fwrite(text.data(), 1, text.size(), out) == text.size() && std::fflush(out) == 0;
  if (file) std::fclose(out);
  return written ? 0 : 1;
}

}  // namespace

int run_save(const Identity& identity, std::span<const std::string_view> words) {
  const Context context = stand_in_context();
  auto choice = choose_steadily(identity, context);
  if (!choice) {
    fmt::print(stderr, "{}: {}\n", identity.called, to_string(choice.error()));
    return 1;
  }
  const Voice voice(identity, choice->backend);
  const auto arguments = read_tool_arguments(kOptions, words);
  if (!arguments) {
    fmt::print(stderr, "{}: {}\n", identity.invoked, arguments.error().message);
    fmt::print(stderr, "Look at manual page `{}-save.8' for more information.\n", identity.plain());
    return 1;
  }
  if (arguments->has('V')) {
    fmt::print("{} {}\n", voice.program(), voice.version());
    return 0;
  }
  if (!arguments->files.empty()) {
    fmt::print(stderr, "Unknown arguments found on commandline\n");
    return 1;
  }
  std::optional<TableId> table;
  if (const auto name = arguments->value('t')) {
    table = table_by_name(*name);
    if (!table) return missing_table(voice, *name);
    if (choice->backend == BackendKind::legacy) touch_legacy_table(identity.family, *table);
  }
  auto ruleset = Engine(stand_in_options(choice->backend)).snapshot(context, identity.family, table);
  if (!ruleset) return failure(voice, ruleset.error());
  const bool nft = choice->backend == BackendKind::nft;
  std::optional<std::string> stopped;
  for (size_t i = 0; nft && !stopped && i < ruleset->tables.size(); ++i) {
    show_as_iptables_does(ruleset->tables[i], {});
    stopped = cut_at_unreadable(ruleset->tables[i], {}, 0, Behind::kEmptied);
    if (stopped) ruleset->tables.resize(i + 1);
  }
  std::string text = to_save_text(*ruleset, {.counters = arguments->has('c'),
                                             .names = context.names,
                                             .program = nft ? identity.called : voice.program(),
                                             .version = nft ? voice.version() : std::string(kVersion),
                                             .time = now_as_saved()});
  if (stopped) text.resize(std::min(text.rfind("COMMIT\n"), text.size()));
  const int status = write_text(text, arguments->value('f'));
  if (stopped) return voice.unreadable(*stopped);
  for (const Table& each : ruleset->tables) name_what_is_left_out(each, {});
  if (nft && has_legacy_tables(identity.family)) {
    fmt::print(stderr, "# Warning: {0}-legacy tables present, use {0}-legacy-save to see them\n", identity.plain());
  }
  return status;
}

}  // namespace ferrule::cli
