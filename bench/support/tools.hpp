// Programs as today's agents run them: spawned inside of a namespace, with text on standard input.
#pragma once

#include <sys/resource.h>

#include <string>
#include <string_view>
#include <vector>

#include "support/namespaces.hpp"

namespace ferrule::bench {

struct Spawned {
  int exit_status = -1;
  double microseconds = 0;  // from before it was started until it had ended
  long peak_kib = 0;        // resident; known to must_run_for_peak only
};

// Runs argv[0], found in $PATH, in the calling thread's namespace. Output is thrown away, into /dev/null; `output`,
// where given, gets a copy of standard output through a file in memory.
Spawned run_tool(const std::vector<std::string>& argv, std::string_view input = {}, std::string* output = nullptr);

// The same, which must succeed: throws std::runtime_error with the command otherwise.
Spawned must_run(const std::vector<std::string>& argv, std::string_view input = {}, std::string* output = nullptr);

// The same through ferrule_bench_peak, which knows the program's own peak of memory.
Spawned must_run_for_peak(const std::vector<std::string>& argv, std::string_view input = {});

// A directory to put in front of a search path, in which `iptables` and `ip6tables` are of one backend. Gone with the
// object.
class ToolDirectory {
 public:
  explicit ToolDirectory(const std::string& backend);
  ~ToolDirectory();
  ToolDirectory(const ToolDirectory&) = delete;
  ToolDirectory& operator=(const ToolDirectory&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// The file that takes the place of /run/xtables.lock in this program and those that it starts, so that it neither waits
// for the machine's own programs nor keeps them waiting. Sets $XTABLES_LOCKFILE.
std::string private_lock_file();

std::string read_file(const std::string& path);

}  // namespace ferrule::bench
