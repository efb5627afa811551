// iptables-save and ip6tables-save.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <functional>

#include "ferrule/engine.hpp"
#include "ferrule/text.hpp"
#include "iptables/left_out.hpp"
#include "iptables/legacy_table.hpp"
#include "iptables/save_time.hpp"
#include "iptables/stand_in.hpp"
#include "iptables/stand_in_arguments.hpp"
#include "iptables/steady_choice.hpp"
#include "iptables/voice.hpp"
#include "say.hpp"

namespace ferrule::cli {
namespace {

constexpr std::array kOptions = {ToolOption{"counters", 'c', OptionValue::kNone},
                                 ToolOption{"version", 'V', OptionValue::kNone},
                                 ToolOption{"dump", 'd', OptionValue::kNone},
                                 ToolOption{"table", 't', OptionValue::kRequired},
                                 ToolOption{"modprobe", 'M', OptionValue::kRequired},
                                 ToolOption{"file", 'f', OptionValue::kRequired},
                                 ToolOption{"", 'b', OptionValue::kNone, OptionForms::kLetterOnly}};

int cannot_initialize(const Voice& voice, std::string_view reason) {
  complain("{} {}: Cannot initialize: {}\n", voice.program(), voice.version(), reason);
  return 1;
}

constexpr std::string_view kNotRoot = "Permission denied (you must be root)";

int failure(const Voice& voice, const Error& error, std::optional<TableId> table) {
  if (error.code != Code::kPermission || voice.backend() == BackendKind::nft) return voice.failure(error);
  const std::string_view file = voice.identity().family == Family::ipv4 ? "ip_tables_names" : "ip6_tables_names";
  if (table || access(("/proc/thread-self/net/" + std::string(file)).c_str(), R_OK) == 0) {
    return cannot_initialize(voice, kNotRoot);
  }
  complain("Failed to list table names in /proc/net/{}: Permission denied\n", file);
  return 1;
}

// iptables-nft reads the ruleset before it looks at the name, and with -d ends well all the same.
int missing_table(const Voice& voice, const Context& context, const ToolArguments& arguments) {
  const std::string table = arguments.value('t').value_or("");
  const Family family = voice.identity().family;
  if (voice.backend() == BackendKind::nft) {
    const auto read = Engine(stand_in_options(BackendKind::nft)).snapshot(context, family, TableId::filter);
    if (!read && read.error().code == Code::kPermission) return voice.failure(read.error());
    complain("Table `{}' does not exist\n", table);
    return arguments.has('d') ? 0 : 1;
  }
  const bool allowed = ask_for_legacy_table(family, table) != EPERM;
  return cannot_initialize(voice, allowed ? "Table does not exist (do you need to insmod?)" : kNotRoot);
}

class AtOnceInSave {
 public:
  // Instead of an exit status: what stands behind -d is not looked at any more.
  static constexpr int kSaveNow = -1;

  explicit AtOnceInSave(const Voice& voice) : voice_(voice) {}

  std::optional<int> operator()(char letter, std::optional<std::string_view> value) const {
    switch (letter) {
      case 'V':
        say("{} {}\n", voice_.program(), voice_.version());
        return 0;
      case 'b':
        complain("-b/--binary option is not implemented\n");
        return std::nullopt;
      case 'd':
        return voice_.backend() == BackendKind::legacy ? std::optional(kSaveNow) : std::nullopt;
      case 'f':
        return write_to(std::string(*value));
      default:
        return std::nullopt;
    }
  }

 private:
  // What is printed from here on goes into the file.
  static std::optional<int> write_to(const std::string& file) {
    const int out = open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (out < 0 || dup2(out, STDOUT_FILENO) < 0) {
      complain("Failed to open file, error: {}\n", std::strerror(errno));
      return 1;
    }
    close(out);
    return std::nullopt;
  }

  const Voice& voice_;
};

}  // namespace

int run_save(const Identity& identity, std::span<const std::string_view> words) {
  const Context context = stand_in_context();
  auto choice = choose_steadily(identity, context);
  if (!choice) {
    complain("{}: {}\n", identity.called, to_string(choice.error()));
    return 1;
  }
  const Voice voice(identity, choice->backend);
  const AtOnceInSave at_once(voice);
  const auto arguments = read_tool_arguments(kOptions, words, std::cref(at_once));
  if (!arguments) {
    complain("{}: {}\n", identity.invoked, arguments.error().message);
    complain("Look at manual page `{}.8' for more information.\n", voice.program());
    return 1;
  }
  const bool now = arguments->ended == AtOnceInSave::kSaveNow;
  if (arguments->ended && !now) return *arguments->ended;
  if (!arguments->files.empty() && !now) {
    complain("Unknown arguments found on commandline\n");
    return 1;
  }
  std::optional<TableId> table;
  if (const auto name = arguments->value('t')) {
    table = table_by_name(*name);
    if (!table) return missing_table(voice, context, *arguments);
    if (choice->backend == BackendKind::legacy && ask_for_legacy_table(identity.family, *name) == EPERM) {
      return cannot_initialize(voice, kNotRoot);
    }
  }
  auto ruleset = Engine(stand_in_options(choice->backend)).snapshot(context, identity.family, table);
  if (!ruleset) return failure(voice, ruleset.error(), table);
  const bool nft = choice->backend == BackendKind::nft;
  // Of an incompatible table iptables-nft-save says that it is one, and no more.
  std::optional<std::vector<std::string>> stopped;
  for (size_t i = 0; nft && !stopped && i < ruleset->tables.size(); ++i) {
    if (ruleset->tables[i].incompatible) continue;
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
  std::fwrite(text.data(), 1, text.size(), stdout);
  if (stopped) return voice.unreadable(*stopped);
  for (const Table& each : ruleset->tables) {
    if (!each.incompatible) name_what_is_left_out(each, {});
  }
  if (nft && has_legacy_tables(identity.family)) {
    complain("# Warning: {0}-legacy tables present, use {0}-legacy-save to see them\n", identity.plain());
  }
  return 0;
}

}  // namespace ferrule::cli
