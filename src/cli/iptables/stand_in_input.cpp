#include "iptables/stand_in_input.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "iptables/lines_as_read.hpp"

namespace ferrule::cli {
namespace {

// `size` is what it will probably be: large files are read into one piece of memory.
std::string read_all(int file, size_t size) {
  std::string text;
  text.reserve(size);
  std::array<char, size_t{1} << 16> piece;
  for (ssize_t got = 0; (got = read(file, piece.data(), piece.size())) != 0;) {
    if (got > 0) text.append(piece.data(), static_cast<size_t>(got));
    if (got < 0 && errno != EINTR) break;
  }
  return text;
}

}  // namespace

Result<ToolInput> ToolInput::open(const std::vector<std::string>& files) {
  if (files.empty()) return ToolInput(STDIN_FILENO);
  const int file = ::open(files.front().c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return fail(Code::kInvalidInput, "Can't open " + files.front() + ": " + std::strerror(errno));
  return ToolInput(file);
}

ToolInput::ToolInput(int file) : file_(file) {
  const off_t at = lseek(file, 0, SEEK_CUR);
  struct stat status {};
  if (at >= 0 && fstat(file, &status) == 0 && S_ISREG(status.st_mode)) begin_ = at;
}

ToolInput::ToolInput(ToolInput&& other) noexcept
    : file_(std::exchange(other.file_, STDIN_FILENO)), begin_(other.begin_), text_(std::move(other.text_)) {}

ToolInput::~ToolInput() {
  if (file_ != STDIN_FILENO) close(file_);
}

const std::string& ToolInput::text() {
  if (text_) return *text_;
  size_t size = 0;
  struct stat status {};
  if (begin_ && lseek(file_, *begin_, SEEK_SET) == *begin_ && fstat(file_, &status) == 0) {
    size = static_cast<size_t>(std::max<off_t>(status.st_size - *begin_, 0));
  }
  return text_.emplace(lines_as_read(read_all(file_, size)));
}

void ToolInput::forget() {
  if (begin_) text_.reset();
}

}  // namespace ferrule::cli
