#include "detect/modules.hpp"

#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "detect/text_file.hpp"

namespace ferrule::detect {
namespace {

// A function that no other part of the kernel has, by which a module built in is known.
struct Symbol {
  std::string_view module;
  std::string_view function;
};
constexpr std::array<Symbol, 15> kSymbols = {{{"nfnetlink", "nfnetlink_subsys_register"},
                                              {"nf_tables", "nft_register_expr"},
                                              {"nft_compat", "nft_compat_module_init"},
                                              {"ip_tables", "ipt_do_table"},
                                              {"ip6_tables", "ip6t_do_table"},
                                              {"iptable_filter", "iptable_filter_table_init"},
                                              {"iptable_nat", "iptable_nat_table_init"},
                                              {"iptable_mangle", "iptable_mangle_table_init"},
                                              {"iptable_raw", "iptable_raw_table_init"},
                                              {"iptable_security", "iptable_security_table_init"},
                                              {"ip6table_filter", "ip6table_filter_table_init"},
                                              {"ip6table_nat", "ip6table_nat_table_init"},
                                              {"ip6table_mangle", "ip6table_mangle_table_init"},
                                              {"ip6table_raw", "ip6table_raw_table_init"},
                                              {"ip6table_security", "ip6table_security_table_init"}}};

bool exists(const std::string& path) { return access(path.c_str(), F_OK) == 0; }

// A file that cannot be one is refused only after the kernel has seen that it has modules at all and that the caller
// may load some: this never loads anything.
bool kernel_has_modules() { return syscall(SYS_finit_module, -1, "", 0) == 0 || errno != ENOSYS; }

}  // namespace

bool lists_module(std::string_view list, std::string_view name) {
  const std::string wanted = "/" + std::string(name) + ".ko";
  for (size_t at = list.find(wanted); at != std::string_view::npos; at = list.find(wanted, at + 1)) {
    const size_t end = at + wanted.size();
    if (end == list.size() || std::string_view("\n:. ").find(list[end]) != std::string_view::npos) return true;
  }
  return false;
}

KernelModules::KernelModules(ModulePaths paths) : paths_(std::move(paths)) {
  if (!paths_.modules.empty()) return;
  utsname names{};
  if (uname(&names) == 0) paths_.modules = std::string("/lib/modules/") + names.release;
}

bool KernelModules::can_load() {
  const std::lock_guard lock(mutex_);
  if (!can_load_) can_load_ = read_can_load();
  return *can_load_;
}

bool KernelModules::read_can_load() const {
  if (exists(paths_.proc + "/modules")) {
    const auto disabled = read_text_file(paths_.proc + "/sys/kernel/modules_disabled");
    return !disabled || !disabled->starts_with("1");
  }
  // Without the file there are no modules, but without /proc the file says nothing.
  if (exists(paths_.proc + "/filesystems")) return false;
  return kernel_has_modules();
}

bool KernelModules::is_loaded(const std::string& module) const {
  if (exists(paths_.sys + "/module/" + module)) return true;
  if (exists(paths_.sys + "/module")) return false;
  const auto loaded = read_text_file(paths_.proc + "/modules");
  return loaded && ("\n" + *loaded).find("\n" + module + " ") != std::string::npos;
}

Presence KernelModules::presence(const std::string& module) {
  if (is_loaded(module)) return Presence::present;
  const bool loading = can_load();
  const std::lock_guard lock(mutex_);
  const auto known = not_loaded_.find(module);
  if (known != not_loaded_.end()) return known->second;
  Presence found = look_up(module);
  // Where nothing can be loaded, it makes no difference what is on disk.
  if (!loading && (found == Presence::loadable || found == Presence::not_loaded)) found = Presence::absent;
  return not_loaded_.emplace(module, found).first->second;
}

bool KernelModules::is_built_in(const std::string& module) {
  const std::lock_guard lock(mutex_);
  const auto known = not_loaded_.find(module);
  if (known != not_loaded_.end()) return known->second == Presence::present;
  return not_loaded_.emplace(module, look_up(module)).first->second == Presence::present;
}

Presence KernelModules::look_up(const std::string& module) {
  if (const auto built_in = read_text_file(paths_.modules + "/modules.builtin")) {
    if (lists_module(*built_in, module)) return Presence::present;
    const auto on_disk = read_text_file(paths_.modules + "/modules.dep");
    if (!on_disk) return Presence::not_loaded;
    return lists_module(*on_disk, module) ? Presence::loadable : Presence::absent;
  }
  if (!from_symbols_) read_symbols();
  if (from_symbols_->contains(module)) return Presence::present;
  return symbols_readable_ ? Presence::not_loaded : Presence::unknown;
}

// A line is an address, a letter and a name, and for what belongs to a loaded module, its name in brackets
// behind it. All modules are looked for at once, because the file is long.
void KernelModules::read_symbols() {
  from_symbols_.emplace();
  const auto text = read_text_file(paths_.proc + "/kallsyms");
  if (!text || text->empty()) return;
  symbols_readable_ = true;
  std::string_view rest = *text;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    const std::string_view name = line.substr(line.rfind(' ') + 1);
    for (const Symbol& symbol : kSymbols) {
      if (symbol.function == name) from_symbols_->emplace(symbol.module);
    }
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
  }
}

}  // namespace ferrule::detect
