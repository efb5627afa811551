#include "kernel/system_error.hpp"

#include <cerrno>
#include <cstring>

namespace ferrule::kernel {

Code code_of_errno(int error_number) {
  switch (error_number) {
    case EPERM:
    case EACCES:
      return Code::kPermission;
    case ENOMEM:
      return Code::kNoMemory;
    case EMFILE:
    case ENFILE:
      return Code::kTooManyFiles;
    default:
      return Code::kSystem;
  }
}

std::string errno_text(int error_number) {
  const char* known = strerrordesc_np(error_number);
  return known != nullptr ? known : "Unknown error " + std::to_string(error_number);
}

Error system_error(std::string_view what, int error_number) {
  return {.code = code_of_errno(error_number),
          .message = std::string(what) + ": " + errno_text(error_number),
          .errno_value = error_number};
}

}  // namespace ferrule::kernel
