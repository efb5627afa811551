// Through libkmod; where that is not to be had, modprobe(8) is run, the one that the kernel itself would run.
#include "engine/module_loading.hpp"

#include <cerrno>
#include <cstring>
#include <optional>
#include <vector>

#include "backend_exec/process.hpp"
#include "detect/text_file.hpp"
#include "engine/kmod.hpp"

namespace ferrule::engine {
namespace {

tl::unexpected<Error> cannot_load(const std::string& module, Code code, const std::string& why, int error_number = 0) {
  return tl::unexpected(Error{
      .code = code, .message = "cannot load the kernel module " + module + ": " + why, .errno_value = error_number});
}

Result<void> result_of_kmod(int error_number, const std::string& module) {
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
  for (const std::string& module : modules) {
    const auto kmod = load_with_kmod(module);
    auto loaded = kmod ? result_of_kmod(*kmod, module) : load_with_modprobe(module);
    if (!loaded) return loaded;
  }
  return {};
}

}  // namespace ferrule::engine
