// FreshNetns: a network namespace of a test's own, and the real programs run inside it.
#pragma once

#include <concepts>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace ferrule::test {

// What a program left behind.
struct Completed {
  int exit_status = -1;  // 128 + signal when it was killed
  std::string out;
  std::string err;
  bool ok() const { return exit_status == 0; }
};

// Runs argv[0] (looked up in $PATH) with `input` as its standard input, in the namespace that the calling thread is in.
// The environment is the caller's with LC_ALL=C, and with an xtables lock file of this test process, so that tests wait
// neither for the host nor for each other.
Completed run_program(const std::vector<std::string>& argv, std::string_view input = {});

// The lock file that programs started by this process use.
const std::string& test_lock_path();

// A new, empty network namespace; it is gone when this object is and nothing else holds it. The thread that creates one
// stays where it is. Needs CAP_SYS_ADMIN (root, or `unshare -Ur`): throws std::system_error without.
class FreshNetns {
 public:
  FreshNetns();
  ~FreshNetns();
  FreshNetns(const FreshNetns&) = delete;
  FreshNetns& operator=(const FreshNetns&) = delete;

  // A descriptor of the namespace, open as long as this object lives.
  int fd() const { return fd_; }
  // A path of the namespace that other processes can open, as long as this object lives.
  std::string path() const;
  // Calls `action` on a thread of its own which is inside, and waits for it. GoogleTest's EXPECT_… work in there;
  // ASSERT_… leaves `action` only.
  void run(const std::function<void()>& action) const;
  // The same for an action that returns something.
  template <std::invocable Action>
  auto ask(Action action) const {
    decltype(action()) answer{};
    run([&] { answer = action(); });
    return answer;
  }
  // run_program inside.
  Completed command(const std::vector<std::string>& argv, std::string_view input = {}) const;
  // The same with words split at blanks, for commands without quoting; fails the test when the command does.
  std::string must(std::string_view command_line, std::string_view input = {}) const;
  // Gives `document`, one table of iptables-restore input, to `program` a few hundred rules at a time. In a user
  // namespace the real iptables-nft-restore cannot send larger batches.
  void restore_in_parts(const std::string& program, std::string_view document) const;

 private:
  int fd_;
};

}  // namespace ferrule::test
