// From errno to Error, for system calls that fail for reasons outside the rules.
#pragma once

#include <string>
#include <string_view>

#include "ferrule/error.hpp"

namespace ferrule::kernel {

// kPermission for EPERM and EACCES, kNoMemory, kTooManyFiles for EMFILE and ENFILE, else kSystem.
Code code_of_errno(int error_number);

// strerror's English text, whatever the locale.
std::string errno_text(int error_number);

// "WHAT: No such file or directory".
Error system_error(std::string_view what, int error_number);

}  // namespace ferrule::kernel
