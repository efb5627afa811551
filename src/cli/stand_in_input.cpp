#include "stand_in_input.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace ferrule::cli {

Result<std::string> read_tool_input(const std::vector<std::string>& files) {
  int file = STDIN_FILENO;
  if (!files.empty()) {
    file = open(files.front().c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) {
      return fail(Code::kInvalidInput, "Can't open " + files.front() + ": " + std::strerror(errno));
    }
  }
  std::string text;
  // In one piece of its own size where the size is known: rule files may be large.
  struct stat status {};
  if (fstat(file, &status) == 0 && S_ISREG(status.st_mode)) text.reserve(static_cast<size_t>(status.st_size));
  std::array<char, size_t{1} << 16> piece;
  for (ssize_t got = 0; (got = read(file, piece.data(), piece.size())) != 0;) {
    if (got > 0) text.append(piece.data(), static_cast<size_t>(got));
    if (got < 0 && errno != EINTR) break;
  }
  if (file != STDIN_FILENO) close(file);
  return text;
}

}  // namespace ferrule::cli
