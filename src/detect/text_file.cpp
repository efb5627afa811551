#include "detect/text_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "kernel/descriptor.hpp"

namespace ferrule::detect {
namespace {

constexpr size_t kFirstRead = 4096;
// kallsyms, the longest, is some 10 MiB.
constexpr size_t kLimit = size_t{64} << 20;

}  // namespace

tl::expected<std::string, int> read_text_file(const std::string& path) {
  const kernel::Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) return tl::unexpected(errno);
  std::string text;
  size_t room = kFirstRead;
  while (text.size() < kLimit) {
    const size_t before = text.size();
    text.resize(before + room);
    const ssize_t got = read(file.get(), text.data() + before, room);
    if (got < 0 && errno == EINTR) {
      text.resize(before);
      continue;
    }
    if (got < 0) return tl::unexpected(errno);
    text.resize(before + static_cast<size_t>(got));
    if (got == 0) break;
    room = std::max(kFirstRead, text.size());
  }
  return text;
}

}  // namespace ferrule::detect
