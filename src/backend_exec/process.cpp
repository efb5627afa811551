#include "backend_exec/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include "backend_exec/spawn.hpp"
#include "kernel/descriptor.hpp"

namespace ferrule::exec {
namespace {

using Clock = std::chrono::steady_clock;
using kernel::Descriptor;

// How often a child without a pidfd is asked whether it has ended.
constexpr int kPollSliceMs = 5;

tl::unexpected<Error> system_error(const std::string& what, int error) {
  Error out{Code::kSystem, what + ": " + strerrordesc_np(error)};
  out.errno_value = error;
  return tl::unexpected(std::move(out));
}

struct Pipe {
  Descriptor read{-1};
  Descriptor write{-1};
};

// Both ends are 3 or more even where the caller has closed its standard streams, so that the child can put them in the
// places of its own.
Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return system_error("cannot make a pipe", errno);
  Pipe out{.read = Descriptor(ends[0]), .write = Descriptor(ends[1])};
  for (Descriptor* end : {&out.read, &out.write}) {
    if (end->get() > STDERR_FILENO) continue;
    const int moved = fcntl(end->get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    if (moved < 0) return system_error("cannot make a pipe", errno);
    *end = Descriptor(moved);
  }
  return out;
}

void set_nonblocking(const Descriptor& file) { fcntl(file.get(), F_SETFL, fcntl(file.get(), F_GETFL) | O_NONBLOCK); }

// Keeps SIGPIPE from the thread while it writes to a program that may be gone; one that was pending before stays.
class WithoutSigpipe {
 public:
  WithoutSigpipe() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    sigset_t pending;
    sigpending(&pending);
    was_pending_ = sigismember(&pending, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~WithoutSigpipe() {
    const timespec now{};
    if (raised_ && !was_pending_) {
      while (sigtimedwait(&pipe_, nullptr, &now) < 0 && errno == EINTR) {
      }
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  WithoutSigpipe(const WithoutSigpipe&) = delete;
  WithoutSigpipe& operator=(const WithoutSigpipe&) = delete;
  void note_broken_pipe() { raised_ = true; }

 private:
  sigset_t pipe_;
  sigset_t before_;
  bool was_pending_ = false;
  bool raised_ = false;
};

// One of the program's output streams, read as far as it goes without waiting.
class Collector {
 public:
  Collector(Descriptor file, size_t limit) : file_(std::move(file)), limit_(limit) { set_nonblocking(file_); }
  int fd() const { return file_.get(); }  // negative once the stream has ended
  bool cut() const { return cut_; }
  std::string take() { return std::move(text_); }

  // Bounded, so that a program which never stops writing cannot keep its reader from the clock.
  void read_available() {
    std::array<char, size_t{32} << 10> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled by read
    for (int rounds = 64; rounds > 0 && file_.is_open(); --rounds) {
      const ssize_t got = read(file_.get(), buffer.data(), buffer.size());
      if (got < 0 && errno == EINTR) continue;
      if (got < 0 && errno == EAGAIN) return;
      if (got <= 0) {
        file_ = Descriptor(-1);
        return;
      }
      const size_t kept = std::min(static_cast<size_t>(got), limit_ - text_.size());
      text_.append(buffer.data(), kept);
      cut_ = cut_ || kept < static_cast<size_t>(got);
    }
  }

 private:
  Descriptor file_;
  size_t limit_;
  std::string text_;
  bool cut_ = false;
};

class Feeder {
 public:
  Feeder(Descriptor file, std::string_view input) : file_(std::move(file)), rest_(input) {
    set_nonblocking(file_);
    if (rest_.empty()) file_ = Descriptor(-1);
  }
  int fd() const { return file_.get(); }  // negative once there is no more to write

  void write_possible(WithoutSigpipe& guard) {
    while (!rest_.empty()) {
      const ssize_t written = write(file_.get(), rest_.data(), rest_.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0 && errno == EAGAIN) return;
      if (written < 0) {
        if (errno == EPIPE) guard.note_broken_pipe();
        break;
      }
      rest_.remove_prefix(static_cast<size_t>(written));
    }
    file_ = Descriptor(-1);
  }

 private:
  Descriptor file_;
  std::string_view rest_;
};

class Conversation {
 public:
  Conversation(Child child, Feeder input, Collector output, Collector error, Clock::time_point deadline)
      : child_(std::move(child)),
        input_(std::move(input)),
        output_(std::move(output)),
        error_(std::move(error)),
        deadline_(deadline) {}

  Result<Outcome> run() {
    const bool in_time = talk_until_end();
    // Killed before it is waited for: until then its number belongs to nobody else.
    if (!in_time) {
      kill(-child_.pid, SIGKILL);
      kill(child_.pid, SIGKILL);
    }
    siginfo_t info{};
    int waited = 0;
    do {
      waited = waitid(P_PID, static_cast<id_t>(child_.pid), &info, WEXITED);
    } while (waited < 0 && errno == EINTR);
    const int wait_error = errno;
    // What it wrote before it ended is in the pipes by now.
    output_.read_available();
    error_.read_available();
    if (waited < 0) return system_error("the program's exit status is lost (is SIGCHLD ignored?)", wait_error);
    Outcome out{
        .status = info.si_status, .output = output_.take(), .error = error_.take(), .output_cut = output_.cut()};
    if (!in_time) {
      out.end = Outcome::End::timed_out;
    } else if (info.si_code != CLD_EXITED) {
      out.end = Outcome::End::signaled;
    }
    return out;
  }

 private:
  // Whether the program ended before the deadline.
  bool talk_until_end() {
    WithoutSigpipe guard;
    while (true) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline_ - Clock::now()).count();
      if (left <= 0) return false;
      std::array<pollfd, 4> files = {pollfd{child_.pidfd.get(), POLLIN, 0}, pollfd{input_.fd(), POLLOUT, 0},
                                     pollfd{output_.fd(), POLLIN, 0}, pollfd{error_.fd(), POLLIN, 0}};
      const bool watched = child_.pidfd.is_open();
      const int wait_ms = static_cast<int>(std::min<long>(left, watched ? 60'000 : kPollSliceMs));
      if (poll(files.data(), files.size(), wait_ms) < 0 && errno != EINTR) return false;
      if (files[1].revents != 0) input_.write_possible(guard);
      if (files[2].revents != 0) output_.read_available();
      if (files[3].revents != 0) error_.read_available();
      if (watched && files[0].revents == 0) continue;
      if (has_ended()) return true;
      child_.pidfd = Descriptor(-1);  // Linux 5.2 has pidfds, but cannot poll them
    }
  }

  bool has_ended() const {
    siginfo_t info{};
    const int waited = waitid(P_PID, static_cast<id_t>(child_.pid), &info, WEXITED | WNOHANG | WNOWAIT);
    return waited < 0 ? errno != EINTR : info.si_pid != 0;
  }

  Child child_;
  Feeder input_;
  Collector output_;
  Collector error_;
  Clock::time_point deadline_;
};

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> out;
  out.reserve(strings.size() + 1);
  for (const std::string& s : strings) out.push_back(const_cast<char*>(s.c_str()));  // execve(2) does not write there
  out.push_back(nullptr);
  return out;
}

}  // namespace

Result<Outcome> run(const Invocation& invocation) {
  const auto deadline = Clock::now() + invocation.deadline;
  auto input = make_pipe();
  if (!input) return tl::unexpected(std::move(input.error()));
  auto output = make_pipe();
  if (!output) return tl::unexpected(std::move(output.error()));
  auto error = make_pipe();
  if (!error) return tl::unexpected(std::move(error.error()));
  const std::vector<char*> argv = pointers(invocation.argv);
  const std::vector<char*> environment = pointers(invocation.environment);
  auto child = spawn({.path = invocation.path.c_str(),
                      .argv = argv.data(),
                      .environment = environment.data(),
                      .input = input->read.get(),
                      .output = output->write.get(),
                      .error = error->write.get(),
                      .netns = invocation.netns});
  if (!child) return tl::unexpected(std::move(child.error()));
  // The child's ends, so that the end of its streams is seen.
  input->read = Descriptor(-1);
  output->write = Descriptor(-1);
  error->write = Descriptor(-1);
  return Conversation(*std::move(child), Feeder(std::move(input->write), invocation.input),
                      Collector(std::move(output->read), invocation.output_limit),
                      Collector(std::move(error->read), invocation.error_limit), deadline)
      .run();
}

}  // namespace ferrule::exec
