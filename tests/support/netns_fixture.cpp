#include "support/netns_fixture.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <exception>
#include <iterator>
#include <sstream>
#include <system_error>
#include <thread>

namespace ferrule::test {
namespace {

[[noreturn]] void throw_errno(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

// Files in memory instead of pipes: no reader has to keep up with a writer.
class MemoryFile {
 public:
  explicit MemoryFile(std::string_view content = {}) : fd_(memfd_create("test", MFD_CLOEXEC)) {
    if (fd_ < 0) throw_errno("memfd_create");
    while (!content.empty()) {
      const ssize_t written = write(fd_, content.data(), content.size());
      if (written < 0) throw_errno("write");
      content.remove_prefix(static_cast<size_t>(written));
    }
    lseek(fd_, 0, SEEK_SET);
  }
  ~MemoryFile() { close(fd_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  int fd() const { return fd_; }
  std::string content() const {
    struct stat status {};
    fstat(fd_, &status);
    std::string text(static_cast<size_t>(status.st_size), '\0');
    if (pread(fd_, text.data(), text.size(), 0) != status.st_size) throw_errno("pread");
    return text;
  }

 private:
  int fd_;
};

// Gone again when the test process ends.
struct LockFile {
  const std::string path = "/tmp/ferrule-test-" + std::to_string(getpid()) + ".lock";
  LockFile() = default;
  LockFile(const LockFile&) = delete;
  LockFile& operator=(const LockFile&) = delete;
  ~LockFile() { unlink(path.c_str()); }
};

// A sanitized command looks for leaks when it ends, which takes as long as all that it does before; the library's own
// are found in the tests' processes.
std::vector<std::string> child_environment() {
  const char* const sanitizing = std::getenv("ASAN_OPTIONS");
  std::vector<std::string> out = {
      "LC_ALL=C", "XTABLES_LOCKFILE=" + test_lock_path(),
      "ASAN_OPTIONS=" + (sanitizing == nullptr ? "" : sanitizing + std::string(":")) + "detect_leaks=0"};
  const auto is_set = [&](std::string_view entry) {
    return std::ranges::any_of(
        out, [&](std::string_view own) { return entry.starts_with(own.substr(0, own.find('=') + 1)); });
  };
  std::vector<std::string> inherited;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    if (!is_set(*entry)) inherited.emplace_back(*entry);
  }
  std::ranges::move(inherited, std::back_inserter(out));
  return out;
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> out;
  out.reserve(strings.size() + 1);
  for (std::string& s : strings) out.push_back(s.data());
  out.push_back(nullptr);
  return out;
}

}  // namespace

const std::string& test_lock_path() {
  static const LockFile file;
  return file.path;
}

Completed run_program(const std::vector<std::string>& argv, std::string_view input) {
  std::vector<std::string> arguments = argv;
  std::vector<std::string> environment = child_environment();
  const std::vector<char*> raw_arguments = pointers(arguments);
  const std::vector<char*> raw_environment = pointers(environment);
  const MemoryFile in(input);
  const MemoryFile out;
  const MemoryFile err;
  // Not fork: a child that shares our memory until it becomes the program costs nothing, however large we are.
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in.fd(), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out.fd(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, err.fd(), STDERR_FILENO);
  pid_t child = 0;
  const int error =
      posix_spawnp(&child, raw_arguments[0], &actions, nullptr, raw_arguments.data(), raw_environment.data());
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) throw std::system_error(error, std::generic_category(), argv.at(0));
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) throw_errno("waitpid");
  }
  return {.exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
          .out = out.content(),
          .err = err.content()};
}

FreshNetns::FreshNetns() : fd_(-1) {
  int error = 0;
  std::thread([&] {
    if (unshare(CLONE_NEWNET) == 0) fd_ = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    error = errno;
  }).join();
  if (fd_ < 0) throw std::system_error(error, std::generic_category(), "new network namespace");
}

FreshNetns::~FreshNetns() { close(fd_); }

std::string FreshNetns::path() const { return "/proc/" + std::to_string(getpid()) + "/fd/" + std::to_string(fd_); }

void FreshNetns::run(const std::function<void()>& action) const {
  std::exception_ptr thrown;
  std::thread([&] {
    try {
      if (setns(fd_, CLONE_NEWNET) != 0) throw_errno("setns");
      action();
    } catch (...) {
      thrown = std::current_exception();
    }
  }).join();
  if (thrown) std::rethrow_exception(thrown);
}

Completed FreshNetns::command(const std::vector<std::string>& argv, std::string_view input) const {
  Completed result;
  run([&] { result = run_program(argv, input); });
  return result;
}

std::string FreshNetns::must(std::string_view command_line, std::string_view input) const {
  std::istringstream words{std::string(command_line)};
  std::vector<std::string> argv;
  for (std::string word; words >> word;) argv.push_back(word);
  const Completed done = command(argv, input);
  EXPECT_TRUE(done.ok()) << command_line << "\nexit " << done.exit_status << "\n" << done.err;
  return done.out;
}

void FreshNetns::restore_in_parts(const std::string& program, std::string_view document) const {
  constexpr int kRulesInAPart = 200;
  std::istringstream lines{std::string(document)};
  std::string table;
  std::getline(lines, table);
  std::string part = table + "\n";
  std::string command = program;
  int rules = 0;
  for (std::string line; std::getline(lines, line);) {
    part += line + "\n";
    if (line.starts_with(":") || (line != "COMMIT" && ++rules % kRulesInAPart != 0)) continue;
    must(command, line == "COMMIT" ? part : part + "COMMIT\n");
    command = program + " --noflush";
    part = table + "\n";
  }
}

}  // namespace ferrule::test
