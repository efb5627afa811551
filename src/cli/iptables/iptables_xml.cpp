// iptables-xml.

#include <cstdio>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "iptables/save_to_xml.hpp"
#include "iptables/stand_in.hpp"
#include "iptables/stand_in_input.hpp"
#include "say.hpp"

namespace ferrule::cli {
namespace {

constexpr std::string_view kName = "iptables-xml";

// The options as getopt_long(3) reads them. Those that there are not are complained about and otherwise ignored.
class XmlArguments {
 public:
  XmlArguments(const Identity& identity, std::span<const std::string_view> words) : identity_(identity) {
    bool options = true;
    for (const std::string_view word : words) {
      if (options && word == "--") {
        options = false;
      } else if (options && word.starts_with("--")) {
        take_long(word.substr(2));
      } else if (options && word.size() > 1 && word[0] == '-') {
        for (const char letter : word.substr(1)) take(letter);
      } else {
        files_.emplace_back(word);
      }
    }
  }

  Combine combine() const { return combine_; }
  Comments comments() const { return comments_; }
  bool help() const { return help_; }
  const std::vector<std::string>& files() const { return files_; }

 private:
  void take_long(std::string_view name) {
    for (const std::string_view known : {"verbose", "combine", "help"}) {
      if (!name.empty() && known.starts_with(name)) return take(known[0]);
    }
    complain("{}: unrecognized option '--{}'\n", identity_.invoked, name);
  }

  void take(char letter) {
    switch (letter) {
      case 'c':
        combine_ = Combine::kYes;
        break;
      case 'v':
        comments_ = Comments::kEveryLine;
        break;
      case 'h':
        help_ = true;
        break;
      default:
        complain("{}: invalid option -- '{}'\n", identity_.invoked, letter);
    }
  }

  const Identity& identity_;
  Combine combine_ = Combine::kNo;
  Comments comments_ = Comments::kGiven;
  bool help_ = false;
  std::vector<std::string> files_;
};

}  // namespace

int run_xml(const Identity& identity, std::span<const std::string_view> words) {
  const XmlArguments arguments(identity, words);
  if (arguments.help()) {
    complain("Usage: {} [-c] [-v] [-h]\n          [--combine ]\n\t   [ --verbose ]\n\t   [ --help ]\n", kName);
    return 1;
  }
  if (arguments.files().size() > 1) {
    complain("Unknown arguments found on commandline");
    return 1;
  }
  auto input = ToolInput::open(arguments.files());
  if (!input) {
    complain("{}", input.error().message);
    return 1;
  }
  const XmlOutput output = to_xml(input->text(), arguments.combine(), arguments.comments());
  std::fwrite(output.xml.data(), 1, output.xml.size(), stdout);
  std::fwrite(output.complaint.data(), 1, output.complaint.size(), stderr);
  return output.status;
}

}  // namespace ferrule::cli
