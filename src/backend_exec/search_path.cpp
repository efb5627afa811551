#include "backend_exec/search_path.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <utility>

namespace ferrule::exec {
namespace {

constexpr int kMaxLinks = 40;  // as the kernel

std::string without_trailing_slashes(std::string path) {
  while (!path.empty() && path.back() == '/') path.pop_back();
  return path;
}

std::string take_component(std::string& rest) {
  const size_t begin = rest.find_first_not_of('/');
  if (begin == std::string::npos) {
    rest.clear();
    return {};
  }
  const size_t end = std::min(rest.find('/', begin), rest.size());
  std::string component = rest.substr(begin, end - begin);
  rest.erase(0, end);
  return component;
}

void take_status(const struct stat& status, FoundFile& out) {
  out.device = status.st_dev;
  out.inode = status.st_ino;
  out.modified_ns = int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec;
  out.runnable = S_ISREG(status.st_mode) && (status.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)) != 0;
}

// Where `path` leads, as the kernel itself follows it: one look instead of one for each part of the path. Absent
// without /proc, and where it leads nowhere.
std::optional<std::string> kernel_real_path(const std::string& path, struct stat& status) {
  const int fd = open(path.c_str(), O_PATH | O_CLOEXEC);
  if (fd < 0) return std::nullopt;
  std::array<char, PATH_MAX> target{};
  const std::string link = "/proc/thread-self/fd/" + std::to_string(fd);
  const ssize_t length = readlink(link.c_str(), target.data(), target.size());
  const bool known = length > 0 && fstat(fd, &status) == 0;
  close(fd);
  if (!known) return std::nullopt;
  return std::string(target.data(), static_cast<size_t>(length));
}

}  // namespace

std::string path_variable(const SearchPath& search) {
  const std::string root = without_trailing_slashes(search.root);
  std::string out;
  for (const std::string& directory : search.directories) {
    if (!directory.starts_with('/')) continue;
    if (!out.empty()) out.push_back(':');
    out.append(root).append(directory);
  }
  return out;
}

std::optional<std::string> resolve_below(const std::string& root, std::string_view path) {
  std::string done;
  std::string rest(path);
  int links = 0;
  for (std::string component = take_component(rest); !component.empty(); component = take_component(rest)) {
    if (component == ".") continue;
    if (component == "..") {
      done.erase(std::min(done.rfind('/'), done.size()));
      continue;
    }
    std::string next = done;
    next.append("/").append(component);
    struct stat status {};
    if (lstat((root + next).c_str(), &status) != 0) return std::nullopt;
    if (!S_ISLNK(status.st_mode)) {
      if (rest.find_first_not_of('/') != std::string::npos && !S_ISDIR(status.st_mode)) return std::nullopt;
      done = std::move(next);
      continue;
    }
    std::array<char, PATH_MAX> target{};
    const ssize_t length = readlink((root + next).c_str(), target.data(), target.size());
    if (length <= 0 || ++links > kMaxLinks) return std::nullopt;
    if (target[0] == '/') done.clear();
    rest.insert(0, std::string(target.data(), static_cast<size_t>(length)) + "/");
  }
  return done.empty() ? "/" : done;
}

std::optional<FoundFile> find_file(const SearchPath& search, const std::string& directory, std::string_view name) {
  if (!directory.starts_with('/')) return std::nullopt;
  const std::string root = without_trailing_slashes(search.root);
  const std::string inside = without_trailing_slashes(directory) + "/" + std::string(name);
  FoundFile out{.path = root + inside, .real_path = {}};
  struct stat status {};
  if (root.empty()) {
    if (lstat(inside.c_str(), &status) != 0) return std::nullopt;
    if (auto real = kernel_real_path(inside, status)) {
      if (S_ISDIR(status.st_mode)) return std::nullopt;
      out.real_path = *std::move(real);
      take_status(status, out);
      return out;
    }
  }
  const auto real_directory = resolve_below(root, directory);
  if (!real_directory) return std::nullopt;
  const std::string entry = root + without_trailing_slashes(*real_directory) + "/" + std::string(name);
  if (lstat(entry.c_str(), &status) != 0) return std::nullopt;
  const auto real = resolve_below(root, inside);
  if (!real) return out;
  out.real_path = root + *real;
  if (stat(out.real_path.c_str(), &status) != 0 || S_ISDIR(status.st_mode)) return std::nullopt;
  take_status(status, out);
  return out;
}

std::vector<FoundFile> find_files(const SearchPath& search, std::string_view name) {
  std::vector<FoundFile> out;
  for (const std::string& directory : search.directories) {
    if (auto found = find_file(search, directory, name)) out.push_back(*std::move(found));
  }
  return out;
}

bool is_this_program(const FoundFile& file) {
  struct stat own {};
  return stat("/proc/self/exe", &own) == 0 && own.st_dev == file.device && own.st_ino == file.inode;
}

std::vector<std::string> base_environment(const SearchPath& search) {
  return {"LC_ALL=C", "PATH=" + path_variable(search), "FERRULE_SPAWNED=1"};
}

}  // namespace ferrule::exec
