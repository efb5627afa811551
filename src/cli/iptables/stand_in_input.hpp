// What iptables-restore and iptables-xml read.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "ferrule/error.hpp"

namespace ferrule::cli {

// ToolInput: the text of a file, or of standard input. Movable.
class ToolInput {
 public:
  // The file that is named, or standard input where none is.
  static Result<ToolInput> open(const std::vector<std::string>& files);
  ~ToolInput();
  ToolInput(ToolInput&& other) noexcept;
  ToolInput& operator=(ToolInput&& other) = delete;

  // Read when it is first asked for, and again after `forget`. Stays valid until then.
  const std::string& text();
  // Gives the memory back where the text can be read again, which is with regular files.
  void forget();

 private:
  explicit ToolInput(int file);

  int file_;
  std::optional<off_t> begin_;  // of the text, in a regular file
  std::optional<std::string> text_;
};

}  // namespace ferrule::cli
