// ferrule save: a namespace's rules as iptables-save prints them.
#include <fmt/core.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "arguments.hpp"
#include "commands.hpp"
#include "ferrule/text.hpp"
#include "foreign.hpp"
#include "iptables/save_time.hpp"
#include "say.hpp"

namespace ferrule::cli {
namespace {

struct SaveArguments {
  Common common;
  bool ipv4 = false;
  bool ipv6 = false;
  bool counters = false;
  std::string table;
};

int save(const SaveArguments& arguments) {
  std::optional<TableId> table;
  if (!arguments.table.empty()) {
    table = table_by_name(arguments.table);
    if (!table)
      return report_error({Code::kInvalidInput, "Table `" + arguments.table + "' does not exist"}, arguments.common);
  }
  auto context = context_of(arguments.common);
  if (!context) return report_error(context.error(), arguments.common);
  const auto options = engine_options_of(arguments.common);
  if (!options) return report_error(options.error(), arguments.common);
  const Engine engine(*options);
  const Family family = arguments.ipv6 ? Family::ipv6 : Family::ipv4;
  const auto ruleset = engine.snapshot(*context, family, table);
  if (!ruleset) return report_error(ruleset.error(), arguments.common);
  const std::vector<std::string> left_out = describe_foreign(*ruleset);
  for (const std::string& each : left_out) complain("ferrule: left out: {}; use nft to see it\n", each);
  SaveOptions save_options{.counters = arguments.counters, .names = NameLookup::kFiles, .time = now_as_saved()};
  save_options.program = family == Family::ipv4 ? "iptables-save" : "ip6tables-save";
  if (arguments.common.json) {
    const nlohmann::ordered_json json = {{"rules", to_save_text(*ruleset, save_options)}, {"left_out", left_out}};
    say("{}\n", json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
    return kDone;
  }
  bool written = true;
  write_save_text(*ruleset, save_options, [&](std::string_view piece) {
    written = written && std::fwrite(piece.data(), 1, piece.size(), stdout) == piece.size();
  });
  if (!written || std::fflush(stdout) != 0) {
    return report_error({Code::kSystem, "cannot write to standard output"}, arguments.common);
  }
  return kDone;
}

}  // namespace

void add_save(CLI::App& app, Run& run) {
  auto arguments = std::make_shared<SaveArguments>();
  CLI::App* command = app.add_subcommand("save", "Print the rules of one family as iptables-save does");
  add_common(*command, arguments->common);
  auto* ipv4 = command->add_flag("-4,--ipv4", arguments->ipv4, "IPv4 rules (the default)");
  command->add_flag("-6,--ipv6", arguments->ipv6, "IPv6 rules")->excludes(ipv4);
  command->add_option("-t,--table", arguments->table, "Only this table");
  command->add_flag("-c,--counters", arguments->counters, "With packet and byte counters");
  command->add_flag("--json", arguments->common.json, "Print the text and what it leaves out as JSON");
  command->callback([arguments, &run] { run = [arguments] { return save(*arguments); }; });
}

}  // namespace ferrule::cli
