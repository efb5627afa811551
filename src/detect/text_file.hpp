// Small files of /proc, /sys and /lib/modules, read with as few system calls as they allow.
#pragma once

#include <string>
#include <tl/expected.hpp>

namespace ferrule::detect {

// The whole file, or the errno.
tl::expected<std::string, int> read_text_file(const std::string& path);

}  // namespace ferrule::detect
