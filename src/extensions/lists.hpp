// Comma-separated lists of names that stand for bits, as --ctstate, --tcp-flags or --src-type take them.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "extensions/text.hpp"
#include "ferrule/error.hpp"

namespace ferrule::ext {

struct NamedBits {
  std::string_view name;
  uint32_t bits;
};

// Equality but for the case of ASCII letters, which no option cares about.
bool same_word(std::string_view a, std::string_view b);
// Whether `name` begins with `start`, likewise.
bool begins_with(std::string_view name, std::string_view start);

enum class Spelling : uint8_t {
  kWhole,      // names are spelled out
  kBeginning,  // a beginning will do, the first row that has it is meant; the error shows the list from there on
};
enum class EmptyItems : uint8_t { kSkipped, kUnknown };

// How a list is read and how it is said that an item is none of the table's: `before` ITEM `after`.
struct ListRules {
  std::span<const NamedBits> table;
  Spelling spelling;
  EmptyItems empty_items;
  std::string_view before;
  std::string_view after;
  // Said instead where the last item is empty.
  std::string_view nothing = {};
};

// All bits of the items together.
Result<uint32_t> read_bits(const ListRules& rules, std::string_view list);

// The names of the rows whose bits are in `bits`, with commas between them and no space before.
void raw_names(std::span<const NamedBits> table, uint32_t bits, Text& out);

// Takes the text before the first comma off `list`, which becomes what follows, or null data at the end.
std::string_view next_item(std::string_view& list);

}  // namespace ferrule::ext
