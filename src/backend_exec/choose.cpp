#include "backend_exec/choose.hpp"

#include <utility>

namespace ferrule::exec {
namespace {

using detect::Binary;
using detect::Inventory;
using detect::Variant;

constexpr std::string_view kMultiPrefix = "xtables-";

std::string_view suffix_of(Tool tool) {
  switch (tool) {
    case Tool::save:
      return "-save";
    case Tool::restore:
      return "-restore";
    default:
      return "";
  }
}

std::string_view command_of(Family family) { return family == Family::ipv4 ? "iptables" : "ip6tables"; }

std::string named(Family family, Variant variant, Tool tool) {
  std::string out(command_of(family));
  return out.append("-").append(detect::variant_name(variant)).append(suffix_of(tool));
}

std::string multi(Variant variant) {
  std::string out(kMultiPrefix);
  return out.append(detect::variant_name(variant)).append("-multi");
}

std::vector<std::string> names_in_order(Family family, std::optional<Variant> variant, Tool tool) {
  const Variant first = variant.value_or(Variant::nft);
  const Variant second = first == Variant::nft ? Variant::legacy : Variant::nft;
  std::vector<std::string> out = {named(family, first, tool), plain_name(family, tool), named(family, second, tool),
                                  multi(first), multi(second)};
  if (!variant) std::swap(out[0], out[1]);
  return out;
}

Program program_of(const Inventory& inventory, const Binary& binary, Family family, Tool tool) {
  const bool is_multi = binary.name.starts_with(kMultiPrefix);
  // Below another root only the resolved path leads the kernel to the same file.
  const bool direct = is_multi || !inventory.root.empty();
  return {.path = direct ? binary.real_path : binary.path,
          .called = is_multi ? plain_name(family, tool) : binary.name,
          .variant = binary.variant,
          .version = binary.version};
}

std::string joined(const std::vector<std::string>& words, std::string_view separator) {
  std::string out;
  for (const std::string& word : words) {
    if (!out.empty()) out.append(separator);
    out.append(word);
  }
  return out;
}

Error nothing_fits(const Inventory& inventory, const std::vector<std::string>& names, std::optional<Variant> variant,
                   const std::string& plain) {
  std::string message = "no " + plain;
  if (variant) message.append(" of the ").append(detect::variant_name(*variant)).append(" variant");
  message += " to run: looked for " + joined(names, ", ") + " in " +
             (inventory.directories.empty() ? "an empty search path" : joined(inventory.directories, ":"));
  if (!inventory.root.empty()) message += " below " + inventory.root;
  for (const std::string& name : names) {
    if (const Binary* binary = inventory.find(name)) {
      message.append("; ").append(binary->path).append(" is of the ");
      message.append(detect::variant_name(binary->variant)).append(" variant");
    }
    for (const detect::UnusableBinary& binary : inventory.unusable) {
      if (binary.name == name) message.append("; ").append(binary.path).append(" does not run (" + binary.reason + ")");
    }
  }
  return {.code = Code::kUnsupported, .message = std::move(message)};
}

}  // namespace

std::string plain_name(Family family, Tool tool) {
  std::string out(command_of(family));
  return out.append(suffix_of(tool));
}

Result<Program> choose(const Inventory& inventory, Family family, std::optional<Variant> variant, Tool tool) {
  const std::vector<std::string> names = names_in_order(family, variant, tool);
  for (const std::string& name : names) {
    const Binary* binary = inventory.find(name);
    if (binary != nullptr && (!variant || binary->variant == *variant)) {
      return program_of(inventory, *binary, family, tool);
    }
  }
  return tl::unexpected(nothing_fits(inventory, names, variant, plain_name(family, tool)));
}

}  // namespace ferrule::exec
