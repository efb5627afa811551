// run: a program started, fed, listened to and waited for, within a deadline. No shell is involved.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ferrule/error.hpp"

namespace ferrule::exec {

struct Invocation {
  std::string path;                           // the file; it is not searched for
  std::vector<std::string> argv;              // argv[0] included
  std::vector<std::string> environment = {};  // all of it, NAME=VALUE each
  std::string_view input = {};                // becomes the program's standard input
  int netns = -1;                             // descriptor of the network namespace to run in; negative: the caller's
  std::chrono::milliseconds deadline = std::chrono::seconds(30);
  size_t output_limit = size_t{64} << 20;  // bytes of standard output that are kept
  size_t error_limit = size_t{64} << 10;   // likewise of standard error
};

struct Outcome {
  enum class End : uint8_t {
    exited,     // `status` is the exit status
    signaled,   // `status` is the signal that ended it
    timed_out,  // it and its process group were killed at the deadline
  };
  End end = End::exited;
  int status = 0;
  std::string output = {};
  std::string error = {};
  bool output_cut = false;  // there was more output than the limit

  bool ok() const { return end == End::exited && status == 0; }
};

// Runs one program to its end. The program has the three standard streams and no other descriptor, a process group of
// its own, and no signal blocked or ignored. A program that stops reading its input, or whose children keep its streams
// open after it is gone, is no error. Nothing is left behind: no zombie, no descriptor, no pending SIGPIPE.
//
// Works with any of the caller's standard streams closed and with descriptors beyond 1,024. Errors are those of
// `spawn`, kSystem where there are no more descriptors or memory, and kSystem where the caller ignores SIGCHLD, because
// the kernel then keeps the exit status from everybody. Thread-safe.
Result<Outcome> run(const Invocation& invocation);

}  // namespace ferrule::exec
