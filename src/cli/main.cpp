// ferrule(1): the command. Uses the public headers only.
#include <csignal>

#include "arguments.hpp"
#include "commands.hpp"
#include "ferrule/version.hpp"

int main(int argc, char** argv) {
  // A reader that went away (`ferrule save | head`) is a failed write, not a reason to die without a word.
  std::signal(SIGPIPE, SIG_IGN);
  // One that ignores its children hands that down, and then nobody learns how a binary ended.
  std::signal(SIGCHLD, SIG_DFL);
  CLI::App app{
      "Writes and reads firewall rules natively, through the backend in use.\n"
      "Exit status: 0 done; 1 the kernel or the system refused; 2 wrong usage or input; 4 busy, try again.",
      "ferrule"};
  app.set_version_flag("--version", std::string("ferrule ") + ferrule::version());
  app.require_subcommand(1);
  ferrule::cli::Run run;
  ferrule::cli::add_detect(app, run);
  ferrule::cli::add_apply(app, run);
  ferrule::cli::add_save(app, run);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? ferrule::cli::kDone : ferrule::cli::kUsage;
  }
  return run();
}
