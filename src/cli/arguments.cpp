#include "arguments.hpp"

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "say.hpp"

namespace ferrule::cli {

void add_common(CLI::App& command, Common& common) {
  command.add_option("--netns", common.netns,
                     "Network namespace: a name under /run/netns, a path, pid:N or fd:N (default: the caller's own)");
  command
      .add_option("--context", common.context,
                  "Where this runs: cni-plugin, init-container and agent-in-pod lock the namespace only, agent-on-host "
                  "locks the host's file (default: the host's file)")
      ->check(CLI::IsMember({"cni-plugin", "init-container", "agent-in-pod", "agent-on-host"}));
  command.add_option("--path", common.path,
                     "Directories of the iptables binaries, separated by colons (default: $PATH)");
  command.add_option("--root", common.root, "Directory below which those are: a host's files, mounted");
  command
      .add_option("--backend", common.backend,
                  "auto: the one in use there; a name: that one or an error (default: auto)")
      ->check(CLI::IsMember({"auto", "legacy", "nft", "exec"}));
  command.add_flag("--allow-module-load", common.allow_module_load,
                   "A backend whose kernel module is on disk counts, and the module is loaded when it is used");
}

namespace {

std::string environment_variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

Context preset(const std::string& name, NetNs netns) {
  if (name == "cni-plugin") return Context::cni_plugin(std::move(netns));
  if (name == "agent-in-pod") return Context::agent_in_pod(std::move(netns));
  Context context = name == "init-container" ? Context::init_container() : Context::agent_on_host();
  context.netns = std::move(netns);
  return context;
}

}  // namespace

Result<Context> context_of(const Common& common) {
  NetNs netns = NetNs::current();
  if (!common.netns.empty()) {
    auto given = NetNs::parse(common.netns);
    if (!given) return tl::unexpected(given.error());
    netns = *std::move(given);
  }
  Context context = preset(common.context, std::move(netns));
  const std::string path = common.path.empty() ? environment_variable("PATH") : common.path;
  if (!path.empty()) context.search_path = split_search_path(path);
  context.root = common.root;
  if (std::string lock = environment_variable("XTABLES_LOCKFILE"); !lock.empty()) context.lock.file = std::move(lock);
  return context;
}

Result<EngineOptions> engine_options_of(const Common& common) {
  EngineOptions options;
  std::string backend = common.backend;
  const char* forced = std::getenv("FERRULE_BACKEND");
  if (backend == "auto" && forced != nullptr && *forced != '\0') backend = forced;
  if (backend != "auto") {
    options.forced_backend = backend_by_name(backend);
    if (!options.forced_backend) {
      return fail(Code::kInvalidInput, "FERRULE_BACKEND is '" + backend + "'; expected auto, legacy, nft or exec");
    }
  }
  if (common.allow_module_load) options.module_loading = ModuleLoading::kAllowed;
  options.policy = detect_policy_by_name(common.policy).value_or(options.policy);
  return options;
}

int exit_status(const Error& error) {
  switch (error.code) {
    case Code::kInvalidInput:
      return kUsage;
    case Code::kUnsupported:
      // An extension that a line names, and that neither ferrule nor a binary knows.
      return error.origin.line != 0 ? kUsage : kFailed;
    case Code::kNotFound:
      // What a line jumps to is the input's to say.
      return error.kind == ErrorKind::kJumpToMissingChain ? kUsage : kFailed;
    case Code::kBusy:
      return kTryAgain;
    case Code::kOutcomeUnknown:
      return kUnknownOutcome;
    default:
      return kFailed;
  }
}

namespace {

nlohmann::ordered_json json_of(const Origin& origin) {
  nlohmann::ordered_json out = nlohmann::ordered_json::object();
  if (!origin.file.empty()) out["file"] = origin.file;
  if (origin.line != 0) out["line"] = origin.line;
  if (!origin.option.empty()) out["option"] = origin.option;
  return out;
}

nlohmann::ordered_json json_of(const Error& error) {
  nlohmann::ordered_json out = {{"code", code_name(error.code)},
                                {"kind", error_kind_name(error.kind)},
                                {"message", error.message},
                                {"exit_status", exit_status(error)}};
  out.update(json_of(error.origin));
  if (error.errno_value != 0) out["errno"] = error.errno_value;
  if (!error.table.empty()) out["table"] = error.table;
  if (!error.chain.empty()) out["chain"] = error.chain;
  if (!error.subject.empty()) out["subject"] = error.subject;
  if (error.family) out["family"] = family_name(*error.family);
  if (error.backend) out["backend"] = backend_name(*error.backend);
  if (error.spawned) out["spawned"] = true;
  for (const RefusedLine& refused : error.also_refused) {
    nlohmann::ordered_json line = {{"message", refused.message}};
    line.update(json_of(refused.origin));
    out["also_refused"].push_back(std::move(line));
  }
  return {{"error", std::move(out)}};
}

}  // namespace

int report_error(const Error& error, const Common& common) {
  // iptables' own words ("Table does not exist") do not say which.
  const bool names_table = error.table.empty() || error.message.find(error.table) != std::string::npos;
  complain("{}{}{}\n", error.origin.file.empty() ? "ferrule: " : "", to_string(error),
           names_table ? "" : " (table " + error.table + ")");
  for (const RefusedLine& other : error.also_refused) {
    complain("{}\n", to_string({.code = error.code, .message = other.message, .origin = other.origin}));
  }
  // Text that came from outside need not be UTF-8.
  if (common.json) say("{}\n", json_of(error).dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
  return exit_status(error);
}

}  // namespace ferrule::cli
