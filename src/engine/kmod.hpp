// libkmod(3), which loads kernel modules and reads modprobe.d(5) as modprobe does. It is opened when it is needed and
// not before: it brings a cryptographic library along, and few processes ever load a module.
#pragma once

#include <optional>
#include <string>

namespace ferrule::engine {

// Loads a module and what it needs: 0, also where it is there already, or the errno (ENOENT: there is no such module).
// Absent where there is no libkmod to be had.
std::optional<int> load_with_kmod(const std::string& module);

}  // namespace ferrule::engine
