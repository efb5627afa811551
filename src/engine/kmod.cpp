#include "engine/kmod.hpp"

#include <dlfcn.h>
#include <libkmod.h>

#include <cerrno>
#include <cstdarg>
#include <cstring>
#include <memory>

namespace ferrule::engine {
namespace {

// libkmod.h's functions, as far as they are used.
class Kmod {
 public:
  static std::optional<Kmod> open() {
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

}  // namespace

std::optional<int> load_with_kmod(const std::string& module) {
  const auto kmod = Kmod::open();
  return kmod ? std::optional(kmod->load(module)) : std::nullopt;
}

}  // namespace ferrule::engine
