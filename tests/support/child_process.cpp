#include "support/child_process.hpp"

#include <linux/capability.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <exception>
#include <fstream>
#include <system_error>

namespace ferrule::test {
namespace {

[[noreturn]] void throw_errno(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

void write_file(const char* path, const std::string& text) {
  std::ofstream file(path);
  file << text << std::flush;
  if (!file) throw_errno(path);
}

void write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(fd, text.data(), text.size());
    if (written < 0) return;
    text.remove_prefix(static_cast<size_t>(written));
  }
}

std::string read_all(int fd) {
  std::string out;
  std::array<char, 4096> buffer;
  ssize_t got = 0;
  while ((got = read(fd, buffer.data(), buffer.size())) > 0) out.append(buffer.data(), static_cast<size_t>(got));
  return out;
}

// Starts a child by `start`, which is fork or like it.
std::string ask(const std::function<pid_t()>& start, const std::function<std::string()>& action) {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) throw_errno("pipe");
  const pid_t child = start();
  if (child < 0) throw_errno("fork");
  if (child == 0) {
    close(ends[0]);
    std::string answer;
    try {
      answer = action();
    } catch (const std::exception& error) {
      answer = std::string("thrown: ") + error.what();
    }
    write_all(ends[1], answer);
    _exit(0);
  }
  close(ends[1]);
  std::string answer = read_all(ends[0]);
  close(ends[0]);
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) throw_errno("waitpid");
  }
  if (WIFSIGNALED(status)) answer += "[the child was ended by signal " + std::to_string(WTERMSIG(status)) + "]";
  if (WIFEXITED(status) && WEXITSTATUS(status) != 0) {
    answer += "[the child exited with " + std::to_string(WEXITSTATUS(status)) + "]";
  }
  return answer;
}

}  // namespace

std::string ask_child(const std::function<std::string()>& action) { return ask(&fork, action); }

std::string ask_child_in_user_namespace(int flags, const std::function<std::string()>& action) {
  const std::string uid = std::to_string(geteuid());
  const std::string gid = std::to_string(getegid());
  // Not unshare after fork: only a process with one thread may do that, and sanitizers start others.
  const auto clone_child = [&] {
    return static_cast<pid_t>(syscall(SYS_clone, CLONE_NEWUSER | flags | SIGCHLD, nullptr, nullptr, nullptr, nullptr));
  };
  return ask(clone_child, [&] {
    write_file("/proc/self/setgroups", "deny");
    write_file("/proc/self/uid_map", "0 " + uid + " 1");
    write_file("/proc/self/gid_map", "0 " + gid + " 1");
    return action();
  });
}

void drop_capabilities() {
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  const std::array<__user_cap_data_struct, 2> none{};
  if (syscall(SYS_capset, &header, none.data()) != 0) throw_errno("capset");
}

}  // namespace ferrule::test
