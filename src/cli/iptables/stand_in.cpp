#include "iptables/stand_in.hpp"

#include <cstdlib>

namespace ferrule::cli {

Context stand_in_context() {
  Context context = Context::in(NetNs::current());
  if (const char* path = std::getenv("PATH")) context.search_path = split_search_path(path);
  // Another ferrule runs this one as its binary. Were this one to look for binaries too, they might run each other.
  if (std::getenv("FERRULE_SPAWNED") != nullptr) context.search_path.clear();
  const char* lock = std::getenv("XTABLES_LOCKFILE");
  if (lock != nullptr && *lock != '\0') context.lock.file = lock;
  context.lock.wait.reset();
  context.names = NameLookup::kSystem;
  return context;
}

EngineOptions stand_in_options(BackendKind backend) {
  return {.forced_backend = backend, .module_loading = ModuleLoading::kAllowed, .use = EngineUse::kOnce};
}

int run_stand_in(const Identity& identity, std::span<const std::string_view> words) {
  switch (identity.tool) {
    case Tool::kSave:
      return run_save(identity, words);
    case Tool::kXml:
      return run_xml(identity, words);
    case Tool::kRestore:
      return run_restore(identity, words);
    default:
      return run_iptables(identity, words);
  }
}

}  // namespace ferrule::cli
