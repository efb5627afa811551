#include "backend_nft/errors.hpp"

#include <gtest/gtest.h>

#include <cerrno>

namespace ferrule::nft {
namespace {

TEST(NftErrors, SayWhatTheToolSays) {
  EXPECT_EQ(refusal(Action::rule_append, EINVAL, "INPUT").message,
            "RULE_APPEND failed (Invalid argument): rule in chain INPUT");
  EXPECT_EQ(refusal(Action::chain_del, EBUSY, "foo").message, "CHAIN_DEL failed (Device or resource busy): chain foo");
  EXPECT_EQ(refusal(Action::table_add, EEXIST, "nat").message, "TABLE_ADD failed (File exists): table nat");
  EXPECT_EQ(refusal(Action::rule_delete, 12345, "x").message,
            "RULE_DELETE failed (Unknown error 12345): rule in chain x");
}

TEST(NftErrors, SayWhatToDoNext) {
  struct Row {
    Action action;
    int error_number;
    Code code;
  };
  for (const Row& row :
       {Row{Action::rule_append, EINVAL, Code::kRefused}, Row{Action::rule_append, ENOENT, Code::kRefused},
        Row{Action::chain_del, EBUSY, Code::kInUse}, Row{Action::chain_rename, EEXIST, Code::kExists},
        Row{Action::table_add, EPERM, Code::kPermission}, Row{Action::table_add, EOPNOTSUPP, Code::kUnsupported},
        Row{Action::chain_add, EOPNOTSUPP, Code::kRefused}, Row{Action::rule_append, ENOMEM, Code::kNoMemory}}) {
    const Error error = refusal(row.action, row.error_number, "x");
    EXPECT_EQ(error.code, row.code) << error.message;
    EXPECT_EQ(error.errno_value, row.error_number);
  }
}

TEST(NftErrors, OfReadingTellMissingRightsFromMissingTables) {
  EXPECT_EQ(reading_error(EPERM).code, Code::kPermission);
  EXPECT_NE(reading_error(EPERM).message.find("CAP_NET_ADMIN"), std::string::npos);
  EXPECT_EQ(reading_error(EPROTONOSUPPORT).code, Code::kUnsupported);
  EXPECT_EQ(reading_error(EINVAL).code, Code::kUnsupported) << "no such netlink subsystem";
  EXPECT_EQ(reading_error(ENOMEM).code, Code::kNoMemory);
  EXPECT_EQ(reading_error(EMFILE).code, Code::kTooManyFiles);
}

}  // namespace
}  // namespace ferrule::nft
