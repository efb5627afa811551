// The subcommands. Each adds itself to the parser; `run` is set to what to do when it was the one given.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace ferrule::cli {

using Run = std::function<int()>;

void add_detect(CLI::App& app, Run& run);
void add_apply(CLI::App& app, Run& run);
void add_ensure(CLI::App& app, Run& run);
void add_save(CLI::App& app, Run& run);
void add_install_links(CLI::App& app, Run& run);

}  // namespace ferrule::cli
