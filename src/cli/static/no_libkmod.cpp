// Takes the place of engine/kmod.cpp in the command that is linked statically: it has no dynamic linker to open a
// library with, so that modprobe is run instead.
#include <optional>
#include <string>

namespace ferrule::engine {

std::optional<int> load_with_kmod(const std::string& module);

std::optional<int> load_with_kmod(const std::string& /*module*/) { return std::nullopt; }

}  // namespace ferrule::engine
