// extension_help: what `-m NAME --help` adds, from the extension's own rows.
#include "extensions/registry.hpp"
#include "extensions/text.hpp"
#include "ferrule/command.hpp"

namespace ferrule {
namespace {

constexpr size_t kHelpColumn = 34;

void append_row(const ext::Option& option, std::string& out) {
  if (option.help.empty() && option.metavar.empty()) {
    out += "  --" + std::string(option.name) + "\n";
    return;
  }
  std::string left = (option.flags & ext::kInvert) != 0 ? "[!] --" : "  --";
  left += option.name;
  if (!option.metavar.empty()) left += " " + std::string(option.metavar);
  if (left.size() + 1 < kHelpColumn) left.append(kHelpColumn - left.size(), ' ');
  out += left + " " + std::string(option.help) + "\n";
}

void append_extension(const ext::Extension& extension, std::string& out) {
  out += extension.name;
  out += extension.kind == ext::Kind::match ? " match" : " target";
  if (!extension.summary.empty()) out += ": " + std::string(extension.summary);
  out += "\n";
  for (const ext::Option& option : extension.options) append_row(option, out);
  ext::Text text(out);
  if (extension.help != nullptr) extension.help(text);
}

}  // namespace

std::string extension_help(Family family, std::string_view name) {
  std::string out;
  for (const ext::Kind kind : {ext::Kind::match, ext::Kind::target}) {
    const ext::Extension* extension = ext::find_by_name(kind, family, name);
    if (extension != nullptr) append_extension(*extension, out);
  }
  return out;
}

}  // namespace ferrule
