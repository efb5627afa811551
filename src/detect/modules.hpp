// KernelModules: whether parts of the kernel are there, found out without loading them. Many a question to the kernel
// loads the module that could answer it; who only looks asks here first.
//
// Loaded modules stand in /sys/module and /proc/modules. Those built into the kernel stand in modules.builtin of
// /lib/modules/RELEASE, or, where that is not to be seen (in a container), are known by a function of theirs in
// /proc/kallsyms. Those on disk stand in modules.dep.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "ferrule/detect.hpp"

namespace ferrule::detect {

// Where to look; tests look elsewhere.
struct ModulePaths {
  std::string proc = "/proc";
  std::string sys = "/sys";
  std::string modules = {};  // empty: /lib/modules/RELEASE of the running kernel
};

// What does not change while the kernel runs is read once per object. Thread-safe.
class KernelModules {
 public:
  explicit KernelModules(ModulePaths paths = {});

  // Whether this kernel could load a module at all. Where it cannot, every question is harmless.
  bool can_load();
  // `module` by its name as in /sys/module, one of those listed in modules.cpp. Never `blocked`.
  Presence presence(const std::string& module);
  // Whether asking the kernel for what `module` does loads nothing: it is there, or nothing can be loaded.
  bool may_ask(const std::string& module) { return !can_load() || is_loaded(module) || is_built_in(module); }

 private:
  bool is_loaded(const std::string& module) const;
  bool is_built_in(const std::string& module);
  Presence look_up(const std::string& module);
  bool read_can_load() const;
  void read_symbols();

  ModulePaths paths_;
  std::mutex mutex_;  // guards what follows
  std::optional<bool> can_load_;
  std::map<std::string, Presence> not_loaded_;         // what was found out about modules that are not loaded
  std::optional<std::set<std::string>> from_symbols_;  // modules built in, as kallsyms tells
  bool symbols_readable_ = false;
};

// Whether `list`, the text of modules.builtin or modules.dep, has a file NAME.ko, however it is compressed.
bool lists_module(std::string_view list, std::string_view name);

}  // namespace ferrule::detect
