#include "names/getent.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <optional>
#include <string_view>

namespace ferrule::system_names {
namespace {

constexpr std::array kPlaces = {"/usr/bin/getent", "/bin/getent"};

// What the child may not inherit: a full pipe of errors, signals that somebody here ignores.
class Setting {
 public:
  explicit Setting(int output) {
    posix_spawn_file_actions_init(&actions_);
    posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions_, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawnattr_init(&attributes_);
    sigset_t signals;
    sigemptyset(&signals);
    posix_spawnattr_setsigmask(&attributes_, &signals);
    sigaddset(&signals, SIGPIPE);
    posix_spawnattr_setsigdefault(&attributes_, &signals);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~Setting() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  Setting(const Setting&) = delete;
  Setting& operator=(const Setting&) = delete;

  // The process, or -1.
  pid_t spawn(const char* program, char* const* words) const {
    pid_t pid = -1;
    // Not the caller's environment: variables change what the C library's name services load and where they look.
    std::string path = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
    std::string locale = "LC_ALL=C";
    std::array<char*, 3> environment = {path.data(), locale.data(), nullptr};
    return posix_spawn(&pid, program, &actions_, &attributes_, words, environment.data()) == 0 ? pid : -1;
  }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

// A directory service may hang; pods have waited a minute for one.
constexpr std::chrono::seconds kTimeLimit{10};
// Of an answer. A group of a thousand members takes some 10 KiB.
constexpr size_t kMostText = size_t{1} << 20;

// Absent where the program did not end its output in time, or wrote more than it may.
std::optional<std::string> read_to_end(int from) {
  const auto end = std::chrono::steady_clock::now() + kTimeLimit;
  std::string text;
  std::array<char, 4096> piece;
  while (text.size() <= kMostText) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now()).count();
    if (left <= 0) return std::nullopt;
    pollfd waiting{.fd = from, .events = POLLIN, .revents = 0};
    if (poll(&waiting, 1, static_cast<int>(left)) <= 0) continue;
    const ssize_t got = read(from, piece.data(), piece.size());
    if (got > 0) text.append(piece.data(), static_cast<size_t>(got));
    if (got == 0 || (got < 0 && errno != EINTR)) return text;
  }
  return std::nullopt;
}

}  // namespace

std::string getent(const char* database, const std::string& key) {
  // A key with a NUL in it would be another key.
  if (key.find('\0') != std::string::npos) return {};
  std::array<int, 2> ends{-1, -1};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return {};
  std::array<std::string, 4> words = {"getent", database, "--", key};
  std::array<char*, 5> pointers = {words[0].data(), words[1].data(), words[2].data(), words[3].data(), nullptr};
  pid_t pid = -1;
  {
    const Setting setting(ends[1]);
    for (const char* place : kPlaces) {
      if (pid < 0) pid = setting.spawn(place, pointers.data());
    }
  }
  close(ends[1]);
  std::optional<std::string> text = pid < 0 ? std::nullopt : read_to_end(ends[0]);
  close(ends[0]);
  if (pid >= 0 && !text) kill(pid, SIGKILL);
  // Where the caller ignores SIGCHLD the status is lost, and what the program printed has to do.
  int status = 0;
  while (pid >= 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return status == 0 && text ? *std::move(text) : std::string();
}

Sources sources_of(const std::string& configuration, const std::string& database) {
  const std::string_view blanks = " \t";
  std::string_view rest = configuration;
  while (!rest.empty()) {
    std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    line = line.substr(0, line.find('#'));
    line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size()));
    if (!line.starts_with(database) || line.substr(database.size(), 1) != ":") continue;
    line.remove_prefix(database.size() + 1);
    Sources out{.file_first = false};
    for (;;) {
      line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size()));
      const std::string_view word = line.substr(0, line.find_first_of(blanks));
      if (word.empty()) return out;
      line.remove_prefix(word.size());
      // An index of the same file, which nobody keeps; where somebody does, the file says the same.
      if (word == "db" || word[0] == '[') continue;
      if (word == "files") {
        out.file_first |= !out.others;
      } else {
        out.others = true;
      }
    }
  }
  return {};
}

}  // namespace ferrule::system_names
