// FakeTools: small scripts that answer `--version` as iptables binaries do, in a directory of a test's own.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "backend_exec/search_path.hpp"
#include "support/temporary_directory.hpp"

namespace ferrule::test {

class FakeTools {
 public:
  // A tool whose whole behaviour is `script`. Every run of it is counted.
  void add(std::string_view file, std::string_view script, mode_t mode = 0755) const {
    files_.write(file, "#!/bin/sh\necho x >>" + files_.path("runs") + "\n" + std::string(script) + "\n", mode);
  }
  // A tool that prints `version` and exits with 0, e.g. "iptables v1.8.9 (nf_tables)".
  void answer(std::string_view file, std::string_view version) const {
    add(file, "[ \"$*\" = --version ] && echo '" + std::string(version) + "'");
  }
  void link(std::string_view file, std::string_view target) const { files_.link(file, target); }
  void write(std::string_view file, std::string_view content, mode_t mode) const { files_.write(file, content, mode); }
  void remove(std::string_view file) const { std::filesystem::remove(files_.path(file)); }

  std::string path(std::string_view file) const { return files_.path(file); }
  const std::string& root() const { return files_.path(); }
  exec::SearchPath search(std::string_view directory = "bin") const { return {.directories = {path(directory)}}; }

  int runs() const {
    std::ifstream stream(files_.path("runs"));
    int count = 0;
    for (std::string line; std::getline(stream, line);) ++count;
    return count;
  }

 private:
  TemporaryDirectory files_;
};

}  // namespace ferrule::test
