#include "support/pod_netns.hpp"

#include <fcntl.h>
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
#include <thread>

#include "support/users.hpp"

namespace ferrule::test {
namespace {

[[noreturn]] void throw_errno(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

void write_map(pid_t pid, const char* name, const std::string& map) {
  const std::string path = "/proc/" + std::to_string(pid) + "/" + name;
  std::ofstream file(path);
  file << map << std::flush;
  if (!file) throw_errno(path.c_str());
}

}  // namespace

PodNetns::PodNetns() : pid_(-1) {
  std::array<int, 2> ready{};
  if (pipe2(ready.data(), O_CLOEXEC) != 0) throw_errno("pipe");
  // The user namespace first: only then do the files of the network namespace belong to its root.
  pid_ = static_cast<pid_t>(syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, nullptr, nullptr, nullptr, nullptr));
  if (pid_ < 0) throw_errno("clone");
  if (pid_ == 0) {
    char byte = 0;
    close(ready[1]);
    if (read(ready[0], &byte, 1) != 1 || syscall(SYS_unshare, CLONE_NEWNET) != 0) _exit(1);
    raise(SIGSTOP);
    while (true) pause();
  }
  const bool many = other_users_exist();
  if (!many) write_map(pid_, "setgroups", "deny");
  write_map(pid_, "uid_map", many ? "0 1000 1000" : "0 0 1");
  write_map(pid_, "gid_map", many ? "0 1000 1000" : "0 0 1");
  if (write(ready[1], "x", 1) != 1) throw_errno("write");
  close(ready[0]);
  close(ready[1]);
  int status = 0;
  if (waitpid(pid_, &status, WUNTRACED) != pid_ || !WIFSTOPPED(status)) {
    throw std::system_error(EINVAL, std::generic_category(), "the pod's process did not start");
  }
}

PodNetns::~PodNetns() {
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

Completed PodNetns::command(const std::vector<std::string>& argv, std::string_view input) const {
  std::vector<std::string> words = {"nsenter", "-t", std::to_string(pid_), "-U", "-n"};
  if (!other_users_exist()) words.emplace_back("--preserve-credentials");
  words.insert(words.end(), argv.begin(), argv.end());
  // The test's lock file belongs to a user who does not exist in there.
  words.insert(words.begin(), {"env", "XTABLES_LOCKFILE=/proc/self/ns/net"});
  return run_program(words, input);
}

Completed PodNetns::command_from_outside(const std::vector<std::string>& argv, std::string_view input) const {
  Completed result;
  run([&] { result = run_program(argv, input); });
  return result;
}

void PodNetns::run(const std::function<void()>& action) const {
  std::exception_ptr thrown;
  std::thread([&] {
    try {
      const int fd = open(path().c_str(), O_RDONLY | O_CLOEXEC);
      if (fd < 0 || setns(fd, CLONE_NEWNET) != 0) throw_errno("setns");
      close(fd);
      action();
    } catch (...) {
      thrown = std::current_exception();
    }
  }).join();
  if (thrown) std::rethrow_exception(thrown);
}

}  // namespace ferrule::test
