// As xtables-legacy-multi and xtables-nft-multi are called: with the name of a tool as the first word.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "ferrule/detect.hpp"

namespace ferrule::cli {

// The backend of the one that is called, with or without directories; nothing for other names.
std::optional<BackendKind> multi_of(std::string_view called);

// Runs the tool that the first word names. Returns the exit status.
int run_multi(BackendKind backend, std::span<char* const> words);

}  // namespace ferrule::cli
