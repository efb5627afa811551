// ferrule(1): the command. Uses the public headers only.
#include <sys/auxv.h>
#include <unistd.h>

#include <csignal>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "arguments.hpp"
#include "commands.hpp"
#include "ferrule/version.hpp"
#include "iptables/multi.hpp"
#include "iptables/stand_in.hpp"
#include "say.hpp"

namespace {

using ferrule::cli::Identity;

constexpr int kRefusesRights = 111;

// The iptables tool that is meant: by the name of the command itself, or by the first word (`ferrule iptables -S`).
std::optional<Identity> stand_in_identity(std::span<char*> words, size_t& used) {
  used = 1;
  if (words.empty()) return std::nullopt;
  if (auto identity = ferrule::cli::identity_of(words[0])) return identity;
  if (words.size() < 2) return std::nullopt;
  used = 2;
  return ferrule::cli::identity_of(words[1]);
}

}  // namespace

int main(int argc, char** argv) {
  // One that ignores its children hands that down, and then nobody learns how a binary ended.
  std::signal(SIGCHLD, SIG_DFL);
  // With rights that its user does not have it would open files and run programs of that user's choice. iptables
  // refuses with the same status.
  if (getauxval(AT_SECURE) != 0 || getuid() != geteuid()) {
    ferrule::cli::complain("ferrule: it must not be run as a set-user-ID program\n");
    return kRefusesRights;
  }
  const std::span<char*> words(argv, static_cast<size_t>(argc));
  size_t used = 0;
  if (!words.empty()) {
    if (const auto multi = ferrule::cli::multi_of(words[0])) return ferrule::cli::run_multi(*multi, words.subspan(1));
  }
  if (const auto identity = stand_in_identity(words, used)) {
    const std::vector<std::string_view> rest(words.begin() + static_cast<std::ptrdiff_t>(used), words.end());
    return ferrule::cli::run_stand_in(*identity, rest);
  }
  // A reader that went away (`ferrule save | head`) is a failed write, not a reason to die without a word.
  std::signal(SIGPIPE, SIG_IGN);
  CLI::App app{
      "Writes and reads firewall rules natively, through the backend in use.\n"
      "Exit status: 0 done; 1 the kernel or the system refused; 2 wrong usage or input; 4 busy, try again; 6 the "
      "outcome is "
      "unknown.",
      "ferrule"};
  app.set_version_flag("--version", std::string("ferrule ") + ferrule::version());
  app.require_subcommand(1);
  ferrule::cli::Run run;
  ferrule::cli::add_detect(app, run);
  ferrule::cli::add_apply(app, run);
  ferrule::cli::add_ensure(app, run);
  ferrule::cli::add_save(app, run);
  ferrule::cli::add_install_links(app, run);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? ferrule::cli::kDone : ferrule::cli::kUsage;
  }
  return run();
}
