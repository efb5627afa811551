#include "arguments.hpp"

#include <fmt/core.h>

#include <cstdlib>

namespace ferrule::cli {

void add_common(CLI::App& command, Common& common) {
  command.add_option("--netns", common.netns,
                     "Network namespace: a name under /run/netns, a path, pid:N or fd:N (default: the caller's own)");
  command
      .add_option("--backend", common.backend,
                  "auto: the one in use there; a name: that one or an error (default: auto)")
      ->check(CLI::IsMember({"auto", "legacy", "nft", "exec"}));
}

Result<Context> context_of(const Common& common) {
  if (common.netns.empty()) return Context::in(NetNs::current());
  auto netns = NetNs::parse(common.netns);
  if (!netns) return tl::unexpected(netns.error());
  return Context::in(*std::move(netns));
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
  options.policy = detect_policy_by_name(common.policy).value_or(options.policy);
  return options;
}

int exit_status(const Error& error) {
  switch (error.code) {
    case Code::kInvalidInput:
    case Code::kNotFound:
    case Code::kExists:
    case Code::kUnsupported:
      return kUsage;
    case Code::kBusy:
      return kTryAgain;
    default:
      return kFailed;
  }
}

int report_error(const Error& error) {
  fmt::print(stderr, "{}{}\n", error.origin.file.empty() ? "ferrule: " : "", to_string(error));
  return exit_status(error);
}

}  // namespace ferrule::cli
