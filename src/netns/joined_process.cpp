#include "netns/joined_process.hpp"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>
#include <string_view>

#include "kernel/blocked_signals.hpp"

namespace ferrule::netns {
namespace {

using Clock = std::chrono::steady_clock;

// The first byte that the child writes.
constexpr char kDone = 'd';
constexpr char kNotJoined = 'n';  // an errno follows
constexpr char kThrew = 't';
// More than any answer.
constexpr size_t kMostBytes = size_t{1} << 20;

void reset_signals() {
  struct sigaction standard {};
  standard.sa_handler = SIG_DFL;
  for (int signal = 1; signal < NSIG; ++signal) sigaction(signal, &standard, nullptr);
  sigset_t none;
  sigemptyset(&none);
  pthread_sigmask(SIG_SETMASK, &none, nullptr);
}

void send(int pipe, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(pipe, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return;
    bytes.remove_prefix(static_cast<size_t>(written));
  }
}

// 0, or the errno.
int join(const Descriptor& user_namespace, const Descriptor& network_namespace) {
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  if (setns(user_namespace.get(), CLONE_NEWUSER) != 0 || setns(network_namespace.get(), CLONE_NEWNET) != 0) {
    return errno;
  }
  // Capabilities are there already; these serve the programs that the work runs, and fail where 0 means nobody.
  if (setresgid(0, 0, 0) == 0) setgroups(0, nullptr);
  if (setresuid(0, 0, 0) != 0) return 0;
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  return 0;
}

void close_all_but(int kept) {
  const auto last = static_cast<unsigned>(kept);
  if (kept > 3) syscall(SYS_close_range, 3U, last - 1, 0);
  syscall(SYS_close_range, std::max(last + 1, 3U), ~0U, 0);
}

[[noreturn]] void be_the_child(const Descriptor& user_namespace, const Descriptor& network_namespace, int pipe,
                               const std::function<std::string()>& work) {
  reset_signals();
  if (const int error_number = join(user_namespace, network_namespace); error_number != 0) {
    std::array<char, 1 + sizeof error_number> message{kNotJoined};
    std::memcpy(message.data() + 1, &error_number, sizeof error_number);
    send(pipe, {message.data(), message.size()});
    _exit(1);
  }
  // Only now: the namespaces are descriptors too. Before Linux 5.9 they stay open, until the child ends.
  close_all_but(pipe);
  std::string answer(1, kDone);
  try {
    answer += work();
  } catch (...) {  // out of memory
    send(pipe, {&kThrew, 1});
    _exit(1);
  }
  send(pipe, answer);
  _exit(0);
}

int milliseconds_left(Clock::time_point end) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now()).count();
  return static_cast<int>(std::clamp<std::chrono::milliseconds::rep>(left, 0, 1000 * 1000));
}

enum class Listening : uint8_t { kEnded, kTimedOut, kTooLong };

// Reads until the child has closed its end.
Listening listen(const Descriptor& pipe, Clock::time_point end, std::string& out) {
  std::array<char, 4096> piece;
  while (out.size() <= kMostBytes) {
    pollfd waiting{.fd = pipe.get(), .events = POLLIN, .revents = 0};
    const int ready = poll(&waiting, 1, milliseconds_left(end));
    if (ready == 0 && Clock::now() >= end) return Listening::kTimedOut;
    if (ready <= 0) continue;
    const ssize_t got = read(pipe.get(), piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return Listening::kEnded;
    out.append(piece.data(), static_cast<size_t>(got));
  }
  return Listening::kTooLong;
}

// By descriptor, where there is one: somebody else may have waited for the child, and its number may be another's.
void kill_child(pid_t pid, const Descriptor& pidfd) {
  if (pidfd.is_open()) {
    syscall(SYS_pidfd_send_signal, pidfd.get(), SIGKILL, nullptr, 0);
  } else {
    kill(pid, SIGKILL);
  }
}

// Waits for the child to be gone; its status, or nothing where somebody else has it.
std::optional<int> reap(pid_t pid) {
  int status = 0;
  pid_t got = 0;
  do {
    got = waitpid(pid, &status, 0);
  } while (got < 0 && errno == EINTR);
  return got == pid ? std::optional(status) : std::nullopt;
}

JoinedOutcome failure(JoinedOutcome::End end, std::string why, int error_number) {
  if (error_number != 0) why += std::string(": ") + strerrordesc_np(error_number);
  return {.end = end, .bytes = {}, .why = std::move(why)};
}

JoinedOutcome understand(std::string&& message, std::optional<int> status) {
  using End = JoinedOutcome::End;
  int error_number = 0;
  if (message.starts_with(kDone)) return {.end = End::done, .bytes = message.erase(0, 1), .why = {}};
  if (message.starts_with(kThrew)) return failure(End::died, "the process that had joined it ran out of memory", 0);
  if (message.starts_with(kNotJoined) && message.size() == 1 + sizeof error_number) {
    std::memcpy(&error_number, message.data() + 1, sizeof error_number);
    return failure(End::not_joined, "it cannot be joined", error_number);
  }
  std::string why = "the process that had joined it ended without an answer";
  if (status && WIFSIGNALED(*status)) why += ", killed by signal " + std::to_string(WTERMSIG(*status));
  return failure(End::died, std::move(why), 0);
}

}  // namespace

JoinedOutcome run_joined(const Descriptor& user_namespace, const Descriptor& network_namespace,
                         std::chrono::milliseconds deadline, const std::function<std::string()>& work) {
  using End = JoinedOutcome::End;
  std::array<int, 2> ends{-1, -1};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return failure(End::not_joined, "there is no pipe to be had", errno);
  const Descriptor reading(ends[0]);
  std::optional<Descriptor> writing(std::in_place, ends[1]);
  const Clock::time_point end = Clock::now() + deadline;
  pid_t pid = -1;
  int error_number = 0;
  {
    const kernel::BlockedSignals blocked;
    pid = fork();
    error_number = errno;
    if (pid == 0) be_the_child(user_namespace, network_namespace, writing->get(), work);
  }
  if (pid < 0) return failure(End::not_joined, "there is no process to be had", error_number);
  const Descriptor pidfd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  writing.reset();
  std::string message;
  const Listening listened = listen(reading, end, message);
  if (listened != Listening::kEnded) kill_child(pid, pidfd);
  const auto status = reap(pid);
  if (listened == Listening::kTimedOut)
    return failure(End::timed_out, "the process that had joined it took too long", 0);
  return understand(std::move(message), status);
}

}  // namespace ferrule::netns
