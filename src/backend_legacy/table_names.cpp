#include "backend_legacy/table_names.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>

namespace ferrule::legacy {
namespace {

// Not /proc/net: that is the namespace of the process's main thread.
constexpr const char* kDirectory = "/proc/thread-self/net";

tl::unexpected<Error> failure(const std::string& path, int error_number) {
  const bool permission = error_number == EACCES || error_number == EPERM;
  std::string message = "cannot read " + path + ": " + strerrordesc_np(error_number);
  if (permission) message += " (you must be root in the network namespace's user namespace)";
  return tl::unexpected<Error>(Error{.code = permission ? Code::kPermission : Code::kSystem,
                                     .message = std::move(message),
                                     .errno_value = error_number});
}

}  // namespace

std::vector<TableId> parse_table_names(std::string_view text) {
  std::vector<TableId> tables;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    if (const auto id = table_by_name(text.substr(0, end))) tables.push_back(*id);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return tables;
}

Result<std::vector<TableId>> instantiated_tables(Family family) {
  const std::string path =
      std::string(kDirectory) + (family == Family::ipv4 ? "/ip_tables_names" : "/ip6_tables_names");
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    const int error_number = errno;
    // Without /proc nothing can be said; with it, a missing file says that there are no tables.
    if (error_number == ENOENT && access(kDirectory, F_OK) == 0) return std::vector<TableId>{};
    return failure(path, error_number);
  }
  std::string text;
  std::array<char, 512> buffer;
  ssize_t got = 0;
  while ((got = read(fd, buffer.data(), buffer.size())) > 0) text.append(buffer.data(), static_cast<size_t>(got));
  const int error_number = errno;
  close(fd);
  if (got < 0) return failure(path, error_number);
  return parse_table_names(text);
}

}  // namespace ferrule::legacy
