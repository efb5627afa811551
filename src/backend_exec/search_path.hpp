// SearchPath: the directories in which binaries are looked for, and where symbolic links lead below another root.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ferrule::exec {

// Only absolute directories count: what the current directory holds is nobody's firewall tool.
struct SearchPath {
  std::vector<std::string> directories;
  std::string root = {};  // directory below which all of them are (a host's files, mounted); empty for none
};

// "/usr/sbin:/sbin" for the PATH variable of a program that is run; below the root where there is one.
std::string path_variable(const SearchPath& search);

// Where `path`, absolute as seen from `root`, is once all symbolic links are followed, absolute ones and `..` without
// ever leaving `root`. The result is as seen from `root` too. Absent where something on the way does not exist, is not
// readable, or where links go in circles.
std::optional<std::string> resolve_below(const std::string& root, std::string_view path);

// One place where a name was found.
struct FoundFile {
  std::string path;       // root included
  std::string real_path;  // root included; empty where the symbolic link leads nowhere
  dev_t device = 0;
  ino_t inode = 0;
  int64_t modified_ns = 0;  // since the epoch
  bool runnable = false;    // a regular file with an executable bit
};

// The file of that name in one directory of the search path. Directories are passed over. Executes nothing.
std::optional<FoundFile> find_file(const SearchPath& search, const std::string& directory, std::string_view name);

// Every file of that name, in the order of the search path. Directories are passed over. Executes nothing.
std::vector<FoundFile> find_files(const SearchPath& search, std::string_view name);

// Whether that is the program that the caller is. One that goes by the names of iptables must not run itself.
bool is_this_program(const FoundFile& file);

// The variables that a binary is run with. The last one says who runs it: a ferrule that goes by the names of iptables
// then looks for no binaries, or two copies of it would run each other for ever.
std::vector<std::string> base_environment(const SearchPath& search);

}  // namespace ferrule::exec
