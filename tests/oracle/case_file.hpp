// Case files: rules written for people, one a line, and restore input made of them. The form is in
// tests/cases/README.md.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ferrule/types.hpp"

namespace ferrule::test {

// Which of the two kernel interfaces, and so which real tools, a test is about.
enum class Flavour : uint8_t { legacy, nft };
std::string_view flavour_name(Flavour flavour);

// What the real tool does with a case.
enum class Expected : uint8_t { accepted, refused };

struct Case {
  uint32_t line = 0;  // in its file
  bool ipv4 = false;
  bool ipv6 = false;
  Expected expected = Expected::accepted;
  std::optional<Flavour> only = {};
  std::string table = {};
  std::string rule = {};  // "-A CHAIN …"

  bool concerns(Family family, Flavour flavour) const;
};

struct CaseFile {
  std::string name;  // without folder and ending
  std::vector<std::vector<std::string>> setup;
  std::vector<Case> cases;
};

// Throws std::runtime_error, naming file and line, where the text is not as README.md says.
CaseFile parse_case_file(std::string name, std::string_view text);
CaseFile read_case_file(const std::filesystem::path& path);
// All `*.cases` files, by name.
std::vector<std::filesystem::path> case_file_paths();

// Input for iptables-restore that declares the chains named by `cases` and appends the rules, table by table.
std::string restore_text(std::span<const Case> cases);

}  // namespace ferrule::test
