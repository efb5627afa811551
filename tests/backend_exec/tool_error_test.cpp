// Covers src/backend_exec/tool_error.cpp. What the binaries say was read off iptables 1.8.9, older forms off their
// documentation.
#include "backend_exec/tool_error.hpp"

#include <gtest/gtest.h>

#include "ferrule/text.hpp"

namespace ferrule::exec {
namespace {

const Program kLegacy{.path = "/sbin/iptables-legacy-restore", .called = "iptables-legacy-restore"};
const Program kNft{
    .path = "/sbin/iptables-nft-restore", .called = "iptables-nft-restore", .variant = detect::Variant::nft};

Outcome exits(int status, std::string error) { return {.status = status, .error = std::move(error)}; }

// Line numbers of the input differ from those of the generated text by the comments.
class RestoreErrors : public testing::Test {
 protected:
  RestoreErrors() {
    auto parsed = parse_restore(Family::ipv4,
                                "# a\n# b\n*nat\n"
                                "-A PREROUTING -j RETURN\n"
                                "COMMIT\n"
                                "# c\n*filter\n"
                                "-A INPUT -j ACCEPT\n"
                                "-D INPUT -j DROP\n"
                                "# d\n"
                                "-N user\n"
                                "COMMIT\n",
                                {.file = "pod.rules"});
    transaction_ = *std::move(parsed);
    for (const TableChange& change : transaction_.changes) changes_.push_back(&change);
    text_ = *text::to_restore_text(changes_);
  }

  RestoreError of(const Program& program, int status, std::string error) const {
    return restore_error(program, exits(status, std::move(error)), text_, changes_);
  }

  Transaction transaction_;
  std::vector<const TableChange*> changes_;
  text::RestoreText text_;
};

TEST_F(RestoreErrors, PointAtTheLineOfTheSource) {
  struct Case {
    Program program;
    int status;
    std::string_view said;
    std::string_view error;  // with file and line
    Code code;
    int errno_value;
    uint32_t change;
  };
  const Case cases[] = {
      {kLegacy, 1, "iptables-restore: line 6 failed\n",
       "pod.rules:9: Bad rule (does a matching rule exist in that chain?)", Code::kNotFound, 0, 1},
      {kLegacy, 1, "iptables-restore: line 7 failed\n", "pod.rules:11: Chain already exists", Code::kExists, 0, 1},
      {kLegacy, 1, "iptables-restore: line 5 failed\n", "pod.rules:8: No chain/target/match by that name",
       Code::kNotFound, 0, 1},
      {kLegacy, 1, "iptables-restore: line 8 failed\n", "pod.rules:12: the kernel refused the table", Code::kRefused, 0,
       1},
      {kLegacy, 2,
       "iptables-restore v1.8.9 (legacy): Couldn't load match `nosuch':No such file or directory\n\n"
       "Error occurred at line: 2\nTry `iptables-restore -h' or 'iptables-restore --help' for more information.\n",
       "pod.rules:4: Couldn't load match `nosuch':No such file or directory", Code::kUnsupported, 0, 0},
      {kNft, 1, "iptables-nft-restore: line 6 failed: Bad rule (does a matching rule exist in that chain?).\n",
       "pod.rules:9: Bad rule (does a matching rule exist in that chain?)", Code::kNotFound, ENOENT, 1},
      {kNft, 1, "iptables-nft-restore: line 7 failed: Chain already exists.\n", "pod.rules:11: Chain already exists",
       Code::kExists, EEXIST, 1},
      {kNft, 4,
       "iptables-nft-restore v1.8.9 (nf_tables): \n"
       "line 5: RULE_APPEND failed (Invalid argument): rule in chain INPUT\n"
       "line 6: RULE_APPEND failed (Invalid argument): rule in chain INPUT\n",
       "pod.rules:8: RULE_APPEND failed (Invalid argument): rule in chain INPUT", Code::kRefused, EINVAL, 1},
      {kNft, 4, "line 2: RULE_APPEND failed (Too many links): rule in chain a\n",
       "pod.rules:4: RULE_APPEND failed (Too many links): rule in chain a", Code::kRefused, EMLINK, 0},
      {kNft, 4, "line 7: CHAIN_DEL failed (Device or resource busy): chain foo\n",
       "pod.rules:11: CHAIN_DEL failed (Device or resource busy): chain foo", Code::kInUse, EBUSY, 1},
      {kNft, 2,
       "iptables-nft-restore v1.8.9 (nf_tables): Chain 'NOSUCH' does not exist\nError occurred at line: 8\n"
       "Try `iptables-nft-restore -h' or 'iptables-nft-restore --help' for more information.\n",
       "pod.rules:12: Chain 'NOSUCH' does not exist", Code::kNotFound, ENOENT, 1},
      {kNft, 2,
       "# Warning: something\niptables-nft-restore v1.8.9 (nf_tables): unknown option\nError occurred at line: 2\n",
       "pod.rules:4: unknown option", Code::kInvalidInput, 0, 0},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.said);
    const RestoreError failed = of(c.program, c.status, std::string(c.said));
    EXPECT_EQ(to_string(failed.error), c.error);
    EXPECT_EQ(failed.error.code, c.code);
    EXPECT_EQ(failed.error.errno_value, c.errno_value);
    ASSERT_TRUE(failed.change);
    EXPECT_EQ(*failed.change, c.change);
    EXPECT_EQ(failed.error.table, c.change == 0 ? "nat" : "filter");
    EXPECT_EQ(failed.at_commit, failed.error.origin.line == 12);
  }
}

TEST_F(RestoreErrors, WithoutALine) {
  const RestoreError locked = of(kLegacy, 4,
                                 "Can't lock /run/xtables.lock: Resource temporarily unavailable\n"
                                 "Another app is currently holding the xtables lock. Stopped waiting after 1s.\n");
  EXPECT_EQ(locked.error.code, Code::kBusy);
  EXPECT_FALSE(locked.change) << "the lock is taken for each table: the first may be done";
  EXPECT_EQ(to_string(locked.error),
            "Can't lock /run/xtables.lock: Resource temporarily unavailable; "
            "Another app is currently holding the xtables lock. Stopped waiting after 1s");
  const RestoreError root = of(kNft, 4,
                               "iptables-nft-restore v1.8.9 (nf_tables): Could not fetch rule set generation id: "
                               "Permission denied (you must be root)\n\n");
  EXPECT_EQ(root.error.code, Code::kPermission);
  EXPECT_EQ(root.error.errno_value, EPERM);
  EXPECT_EQ(root.change, 0U);
  const RestoreError table =
      of(kLegacy, 3, "iptables-restore v1.8.9 (legacy): iptables-restore: unable to initialize table 'nat'\n");
  EXPECT_EQ(table.error.code, Code::kNotFound);
  EXPECT_EQ(to_string(table.error), "iptables-restore: unable to initialize table 'nat'");
}

TEST_F(RestoreErrors, LineNumbersOutsideOfTheInputAreNotBelieved) {
  for (const std::string_view number : {"0", "9", "4294967295", "99999999999999999999", "-1", ""}) {
    SCOPED_TRACE(number);
    const RestoreError failed = of(kLegacy, 1, "iptables-restore: line " + std::string(number) + " failed\n");
    EXPECT_EQ(failed.error.origin.line, 0U);
    EXPECT_FALSE(failed.change);
    EXPECT_NE(failed.error.message, "");
  }
}

TEST_F(RestoreErrors, SilentAndCrashedBinaries) {
  EXPECT_EQ(to_string(of(kLegacy, 127, "").error),
            "/sbin/iptables-legacy-restore failed with exit status 127 and without a message");
  EXPECT_EQ(of(kLegacy, 127, "").error.code, Code::kUnsupported);
  EXPECT_EQ(of(kLegacy, 1, "").error.code, Code::kRefused);
  EXPECT_EQ(of(kLegacy, 2, "no idea").error.code, Code::kInvalidInput);
  const RestoreError crashed = restore_error(kNft, {.end = Outcome::End::signaled, .status = 11}, text_, changes_);
  EXPECT_EQ(to_string(crashed.error), "/sbin/iptables-nft-restore was killed by signal 11");
  EXPECT_EQ(crashed.error.code, Code::kSystem);
  EXPECT_FALSE(crashed.change);
  const RestoreError slow = restore_error(kNft, {.end = Outcome::End::timed_out}, text_, changes_);
  EXPECT_EQ(slow.error.errno_value, ETIMEDOUT);
  EXPECT_FALSE(slow.change);
}

TEST(ToolError, OfSave) {
  const Error error =
      tool_error({.path = "/sbin/iptables-save", .called = "iptables-save"},
                 exits(1, "Failed to list table names in /proc/net/ip_tables_names: Permission denied\n"));
  EXPECT_EQ(error.code, Code::kPermission);
  EXPECT_EQ(error.message, "Failed to list table names in /proc/net/ip_tables_names: Permission denied");
}

}  // namespace
}  // namespace ferrule::exec
