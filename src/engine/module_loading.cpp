// Through libkmod(3), which reads modprobe.d(5) as modprobe does. It is opened when it is needed and not before: it
// brings a cryptographic library along, and few processes ever load a module. Where it is not to be had (in a program
// that was linked statically, say), modprobe(8) is run, the one that the kernel itself would run.
#include "engine/module_loading.hpp"

#include <dlfcn.h>
#include <libkmod.h>
#include <sys/auxv.h>

#include <cerrno>
#include <cstdarg>
#include <cstring>
#include <memory>
#include <optional>
#include <vector>

#include "backend_exec/process.hpp"
#include "detect/text_file.hpp"

namespace ferrule::engine {
namespace {

// libkmod.h's functions, as far as they are used.
class Kmod {
 public:
  static std::optional<Kmod> open() {
    // A static program has no dynamic linker that could do it safely.
    if (getauxval(AT_BASE) == 0) return std::nullopt;
    std::unique_ptr<void, Close> library(dlopen("libkmod.so.2", RTLD_NOW | RTLD_LOCAL));
    if (library == nullptr) return std::nullopt;
    Kmod out;
    const bool whole = find(library.get(), "kmod_new", out.new_) && find(library.get(), "kmod_unref", out.unref_) &&
                       find(library.get(), "kmod_module_new_from_lookup", out.lookup_) &&
                       find(library.get(), "kmod_module_get_module", out.get_module_) &&
                       find(library.get(), "kmod_module_probe_insert_module", out.insert_) &&
                       find(library.get(), "kmod_module_unref", out.module_unref_) &&
                       find(library.get(), "kmod_module_unref_list", out.unref_list_) &&
                       find(library.get(), "kmod_set_log_fn", out.set_log_);
    if (!whole) return std::nullopt;
    out.library_ = std::move(library);
    return out;
  }

  // 0, or the errno.
  int load(const std::string& module) const {
    kmod_ctx* context = new_(nullptr, nullptr);
    if (context == nullptr) return ENOMEM;
    set_log_(
        context, [](void*, int, const char*, int, const char*, const char*, va_list) {}, nullptr);
    kmod_list* found = nullptr;
    int result = lookup_(context, module.c_str(), &found);
    if (result >= 0 && found == nullptr) result = -ENOENT;
    if (result >= 0) {
      kmod_module* wanted = get_module_(found);
      result = insert_(wanted, KMOD_PROBE_APPLY_BLACKLIST_ALIAS_ONLY, nullptr, nullptr, nullptr, nullptr);
      module_unref_(wanted);
    }
    unref_list_(found);
    unref_(context);
    return result < 0 && result != -EEXIST ? -result : 0;
  }

 private:
  struct Close {
    void operator()(void* library) const { dlclose(library); }
  };

  template <typename Function>
  static bool find(void* library, const char* name, Function*& out) {
    void* const symbol = dlsym(library, name);
    static_assert(sizeof symbol == sizeof out);
    std::memcpy(&out, &symbol, sizeof out);
    return symbol != nullptr;
  }

  std::unique_ptr<void, Close> library_;
  decltype(kmod_new)* new_ = nullptr;
  decltype(kmod_unref)* unref_ = nullptr;
  decltype(kmod_module_new_from_lookup)* lookup_ = nullptr;
  decltype(kmod_module_get_module)* get_module_ = nullptr;
  decltype(kmod_module_probe_insert_module)* insert_ = nullptr;
  decltype(kmod_module_unref)* module_unref_ = nullptr;
  decltype(kmod_module_unref_list)* unref_list_ = nullptr;
  decltype(kmod_set_log_fn)* set_log_ = nullptr;
};

tl::unexpected<Error> cannot_load(const std::string& module, Code code, const std::string& why, int error_number = 0) {
  return tl::unexpected(Error{
      .code = code, .message = "cannot load the kernel module " + module + ": " + why, .errno_value = error_number});
}

Result<void> load_with_kmod(const Kmod& kmod, const std::string& module) {
  const int error_number = kmod.load(module);
  switch (error_number) {
    case 0:
      return {};
    case EPERM:
    case EACCES:
      return cannot_load(module, Code::kPermission, "it takes CAP_SYS_MODULE", error_number);
    case ENOENT:
      return cannot_load(module, Code::kNotFound, "there is none of this name in /lib/modules", error_number);
    default:
      return cannot_load(module, Code::kSystem, strerrordesc_np(error_number), error_number);
  }
}

Result<void> load_with_modprobe(const std::string& module) {
  auto program = detect::read_text_file("/proc/sys/kernel/modprobe");
  std::string path = program ? program->substr(0, program->find('\n')) : std::string();
  if (path.empty()) path = "/sbin/modprobe";
  const auto done = exec::run({.path = path,
                               .argv = {"modprobe", "-q", module},
                               .environment = {"LC_ALL=C", "PATH=/usr/sbin:/usr/bin:/sbin:/bin"}});
  if (!done) return cannot_load(module, done.error().code, done.error().message, done.error().errno_value);
  if (done->ok()) return {};
  return cannot_load(module, Code::kSystem, path + " failed" + (done->error.empty() ? "" : ": " + done->error));
}

}  // namespace

Result<void> load_modules_of(BackendKind backend, Family family) {
  std::vector<std::string> modules = {family == Family::ipv4 ? "ip_tables" : "ip6_tables"};
  if (backend == BackendKind::nft) modules = {"nf_tables", "nft_compat"};
  const auto kmod = Kmod::open();
  for (const std::string& module : modules) {
    auto loaded = kmod ? load_with_kmod(*kmod, module) : load_with_modprobe(module);
    if (!loaded) return loaded;
  }
  return {};
}

}  // namespace ferrule::engine
