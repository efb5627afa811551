// Names of numbers that neither the kernel nor the C library knows: routing realms, device groups, connection labels.
#include <algorithm>

#include "names/names.hpp"

namespace ferrule {
namespace {

const std::string& path_of(const NameFiles& files, NumberFile file) {
  switch (file) {
    case NumberFile::routing_realms:
      return files.routing_realms;
    case NumberFile::device_groups:
      return files.device_groups;
    default:
      return files.connection_labels;
  }
}

}  // namespace

const std::vector<NumberName>& Names::number_file(NumberFile file) {
  const auto known = number_files_.find(file);
  if (known != number_files_.end()) return known->second;
  std::vector<NumberName> names;
  if (lookup_ != NameLookup::kNone) names = parse_number_file(read_name_file(path_of(files_, file)));
  return number_files_.emplace(file, std::move(names)).first->second;
}

std::optional<uint32_t> Names::numbered(NumberFile file, std::string_view name) {
  const auto& names = number_file(file);
  const auto found = std::find_if(names.begin(), names.end(), [&](const NumberName& row) { return row.name == name; });
  return found == names.end() ? std::nullopt : std::optional(found->number);
}

std::optional<std::string> Names::numbered_name(NumberFile file, uint32_t number) {
  const auto& names = number_file(file);
  const auto found =
      std::find_if(names.begin(), names.end(), [&](const NumberName& row) { return row.number == number; });
  return found == names.end() ? std::nullopt : std::optional(found->name);
}

}  // namespace ferrule
