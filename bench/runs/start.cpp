// One `iptables -A` as a whole process, from before it is started until it has ended: iptables, and ferrule under its
// name, in a namespace whose table is there.
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <string>
#include <system_error>

#include "runs/runs.hpp"
#include "support/contest.hpp"
#include "support/tools.hpp"

namespace ferrule::bench {
namespace {

// Under the plain name ferrule records its choice in /run; the machine's own need not know of these namespaces.
void own_run_directory() {
  if (unshare(CLONE_NEWNS) != 0 || mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
      mount("tmpfs", "/run", "tmpfs", 0, nullptr) != 0) {
    throw std::system_error(errno, std::generic_category(), "a /run of its own");
  }
}

// The command as an installation leaves it. The kernel keeps a file that was written from end to end in larger pieces
// than one that a linker wrote here and there, and a process that maps it takes fewer page faults: 0.1 ms in all.
class InstalledCommand {
 public:
  InstalledCommand() {
    std::filesystem::copy_file(FERRULE_COMMAND, path_, std::filesystem::copy_options::overwrite_existing);
  }
  ~InstalledCommand() { unlink(path_.c_str()); }
  InstalledCommand(const InstalledCommand&) = delete;
  InstalledCommand& operator=(const InstalledCommand&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_ = std::string(FERRULE_COMMAND) + ".installed";
};

using Words = std::vector<std::string>;

Contest::Measure append_with(const Words& program) {
  return [program](const Namespace& target) {
    const Inside inside(target);
    const auto with = [&](const Words& arguments) {
      Words argv = program;
      argv.insert(argv.end(), arguments.begin(), arguments.end());
      return must_run(argv).microseconds;
    };
    with({"-A", "INPUT", "-j", "ACCEPT"});
    return with({"-A", "INPUT", "-p", "tcp", "--dport", "80", "-j", "ACCEPT"});
  };
}

}  // namespace

nlohmann::ordered_json run_start(const Settings& settings) {
  own_run_directory();
  const InstalledCommand command;
  nlohmann::ordered_json result = nlohmann::ordered_json::array();
  for (const std::string name : {"iptables-legacy", "iptables-nft", "iptables"}) {
    NamespacePool pool;
    Contest contest(name + " -A, the whole process", "nothing", {"real"});
    contest.add("nothing", [](const Namespace&) { return must_run({FERRULE_BENCH_NOTHING}).microseconds; });
    contest.add("ferrule", append_with({command.path(), name}));
    contest.add("real", append_with({"/usr/sbin/" + name}));
    contest.run(pool, settings.rounds(400));
    contest.print();
    result.push_back(contest.json());
  }
  return result;
}

}  // namespace ferrule::bench
