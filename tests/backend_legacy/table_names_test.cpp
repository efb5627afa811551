#include "backend_legacy/table_names.hpp"

#include <gtest/gtest.h>

namespace ferrule::legacy {
namespace {

using Ids = std::vector<TableId>;

TEST(TableNames, ReadsOneNamePerLineInOrder) {
  EXPECT_EQ(parse_table_names("nat\nfilter\n"), (Ids{TableId::nat, TableId::filter}));
  EXPECT_EQ(parse_table_names("raw"), (Ids{TableId::raw}));
  EXPECT_EQ(parse_table_names(""), Ids{});
  EXPECT_EQ(parse_table_names("\n"), Ids{});
}

TEST(TableNames, PassesOverTablesThatIptablesDoesNotKnow) {
  EXPECT_EQ(parse_table_names("rawpost\nmangle\nfilters\nsecurity\n"), (Ids{TableId::mangle, TableId::security}));
}

}  // namespace
}  // namespace ferrule::legacy
