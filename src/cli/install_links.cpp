// ferrule install-links: symbolic links under the iptables names, to put first in a search path.

#include <filesystem>
#include <memory>

#include "arguments.hpp"
#include "commands.hpp"
#include "iptables/identity.hpp"
#include "say.hpp"

namespace ferrule::cli {
namespace {

int install_links(const std::string& directory) {
  std::error_code failed;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", failed);
  if (failed) return report_error({Code::kSystem, "cannot tell where ferrule is: " + failed.message()}, {});
  std::filesystem::create_directories(directory, failed);
  if (failed) return report_error({Code::kSystem, directory + ": " + failed.message()}, {});
  for (const std::string_view name : stand_in_names()) {
    const std::filesystem::path link = std::filesystem::path(directory) / name;
    const auto status = std::filesystem::symlink_status(link, failed);
    if (std::filesystem::exists(status)) {
      // A link may be renewed; what somebody else put there stays.
      if (!std::filesystem::is_symlink(status)) {
        return report_error({Code::kExists, link.string() + " is there already and not a symbolic link"}, {});
      }
      std::filesystem::remove(link, failed);
    }
    std::filesystem::create_symlink(self, link, failed);
    if (failed) return report_error({Code::kSystem, link.string() + ": " + failed.message()}, {});
  }
  say("{} links in {} lead to {}\n", stand_in_names().size(), directory, self.string());
  return kDone;
}

}  // namespace

void add_install_links(CLI::App& app, Run& run) {
  auto directory = std::make_shared<std::string>();
  CLI::App* command =
      app.add_subcommand("install-links", "Make links under all iptables names, which then run ferrule");
  command->add_option("DIR", *directory, "Where; made if it is not there")->required();
  command->callback([directory, &run] { run = [directory] { return install_links(*directory); }; });
}

}  // namespace ferrule::cli
