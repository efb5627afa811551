#include "ferrule/context.hpp"

#include <algorithm>
#include <utility>

namespace ferrule {
namespace {

Context in_pod(NetNs pod) {
  Context context;
  context.netns = std::move(pod);
  context.lock.scope = LockScope::kNamespace;
  return context;
}

}  // namespace

std::string LockPolicy::path() const {
  if (file) return *file;
  return scope == LockScope::kHost ? "/run/xtables.lock" : "/proc/thread-self/ns/net";
}

std::vector<std::string> split_search_path(std::string_view path_variable) {
  std::vector<std::string> out;
  while (!path_variable.empty()) {
    const size_t colon = std::min(path_variable.find(':'), path_variable.size());
    if (path_variable.starts_with('/')) out.emplace_back(path_variable.substr(0, colon));
    path_variable.remove_prefix(std::min(colon + 1, path_variable.size()));
  }
  return out;
}

Context Context::in(NetNs netns) {
  Context context;
  context.netns = std::move(netns);
  return context;
}

Context Context::cni_plugin(NetNs pod) { return in_pod(std::move(pod)); }

Context Context::init_container() { return in_pod(NetNs::current()); }

Context Context::agent_in_pod(NetNs pod) { return in_pod(std::move(pod)); }

Context Context::agent_on_host() { return in(NetNs::current()); }

}  // namespace ferrule
