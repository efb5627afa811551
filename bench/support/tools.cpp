#include "support/tools.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "support/contest.hpp"

namespace ferrule::bench {
namespace {

// Files in memory: neither side waits for the other.
int memory_file(std::string_view content) {
  const int fd = memfd_create("bench", MFD_CLOEXEC);
  while (!content.empty()) {
    const ssize_t written = write(fd, content.data(), content.size());
    if (written < 0) throw std::runtime_error("no room for a file in memory");
    content.remove_prefix(static_cast<size_t>(written));
  }
  lseek(fd, 0, SEEK_SET);
  return fd;
}

std::string content_of(int fd) {
  struct stat status {};
  fstat(fd, &status);
  std::string text(static_cast<size_t>(status.st_size), '\0');
  size_t done = 0;
  while (done < text.size()) {
    const ssize_t got = pread(fd, text.data() + done, text.size() - done, static_cast<off_t>(done));
    if (got <= 0) break;
    done += static_cast<size_t>(got);
  }
  return text;
}

// `report`, where not negative, becomes descriptor 3.
Spawned spawn(const std::vector<std::string>& argv, std::string_view input, std::string* output, int report) {
  const int in = memory_file(input);
  const int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
  const int out = output != nullptr ? memory_file({}) : null;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, null, STDERR_FILENO);
  if (report >= 0) posix_spawn_file_actions_adddup2(&actions, report, 3);
  std::vector<char*> arguments;
  for (const std::string& word : argv) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  Spawned result;
  result.microseconds = microseconds([&] {
    pid_t child = -1;
    int status = 0;
    if (posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environ) != 0) return;
    waitpid(child, &status, 0);
    result.exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  });
  posix_spawn_file_actions_destroy(&actions);
  if (output != nullptr) {
    *output = content_of(out);
    close(out);
  }
  close(in);
  close(null);
  return result;
}

void check_success(const std::vector<std::string>& argv, const Spawned& done) {
  if (done.exit_status == 0) return;
  std::string line;
  for (const std::string& word : argv) line += word + " ";
  throw std::runtime_error(line + "failed with status " + std::to_string(done.exit_status));
}

}  // namespace

Spawned run_tool(const std::vector<std::string>& argv, std::string_view input, std::string* output) {
  return spawn(argv, input, output, -1);
}

Spawned must_run(const std::vector<std::string>& argv, std::string_view input, std::string* output) {
  const Spawned done = run_tool(argv, input, output);
  check_success(argv, done);
  return done;
}

Spawned must_run_for_peak(const std::vector<std::string>& argv, std::string_view input) {
  std::vector<std::string> words = {FERRULE_BENCH_PEAK};
  words.insert(words.end(), argv.begin(), argv.end());
  const int report = memory_file({});
  Spawned done = spawn(words, input, nullptr, report);
  const std::string told = content_of(report);
  close(report);
  check_success(argv, done);
  long long nanoseconds = 0;
  if (std::sscanf(told.c_str(), "%lld %ld", &nanoseconds, &done.peak_kib) != 2) {
    throw std::runtime_error("ferrule_bench_peak said nothing");
  }
  done.microseconds = static_cast<double>(nanoseconds) / 1000;
  return done;
}

ToolDirectory::ToolDirectory(const std::string& backend) {
  std::string pattern = (std::filesystem::temp_directory_path() / "ferrule-bench-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("cannot make " + pattern);
  path_ = pattern;
  for (const char* tool : {"iptables", "ip6tables"}) {
    for (const char* verb : {"", "-save", "-restore"}) {
      std::filesystem::create_symlink("/usr/sbin/xtables-" + backend + "-multi", path_ + "/" + tool + verb);
    }
  }
}

ToolDirectory::~ToolDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string private_lock_file() {
  static const std::string path =
      (std::filesystem::temp_directory_path() / ("ferrule-bench-" + std::to_string(getpid()) + ".lock")).string();
  struct Removal {
    ~Removal() { unlink(path.c_str()); }
  };
  static const Removal removal;
  setenv("XTABLES_LOCKFILE", path.c_str(), 1);
  return path;
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace ferrule::bench
