#include "extensions/lists.hpp"

#include <algorithm>
#include <string>

namespace ferrule::ext {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

const NamedBits* find(const ListRules& rules, std::string_view item) {
  const auto found = std::find_if(rules.table.begin(), rules.table.end(), [&](const NamedBits& row) {
    return rules.spelling == Spelling::kWhole ? same_word(row.name, item)
                                              : !item.empty() && begins_with(row.name, item);
  });
  return found == rules.table.end() ? nullptr : &*found;
}

}  // namespace

bool same_word(std::string_view a, std::string_view b) { return a.size() == b.size() && begins_with(a, b); }

bool begins_with(std::string_view name, std::string_view start) {
  return name.size() >= start.size() &&
         std::equal(start.begin(), start.end(), name.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view next_item(std::string_view& list) {
  const size_t comma = list.find(',');
  const std::string_view item = list.substr(0, comma);
  list = comma == std::string_view::npos ? std::string_view{} : list.substr(comma + 1);
  return item;
}

Result<uint32_t> read_bits(const ListRules& rules, std::string_view list) {
  uint32_t bits = 0;
  for (bool more = true; more;) {
    more = list.find(',') != std::string_view::npos;
    const std::string_view rest = list;
    const std::string_view item = next_item(list);
    if (item.empty() && rules.empty_items == EmptyItems::kSkipped) continue;
    if (rest.empty() && !rules.nothing.empty()) return fail(Code::kInvalidInput, std::string(rules.nothing));
    const NamedBits* row = find(rules, item);
    if (row == nullptr) {
      const std::string_view shown = rules.spelling == Spelling::kWhole ? item : rest;
      return fail(Code::kInvalidInput, std::string(rules.before) + std::string(shown) + std::string(rules.after));
    }
    bits |= row->bits;
  }
  return bits;
}

void raw_names(std::span<const NamedBits> table, uint32_t bits, Text& out) {
  std::string_view separator;
  for (const NamedBits& row : table) {
    if ((bits & row.bits) == 0) continue;
    out.raw(separator).raw(row.name);
    separator = ",";
  }
}

}  // namespace ferrule::ext
