// Covers src/detect/modules.cpp, on made-up /proc, /sys and /lib/modules.
#include "detect/modules.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include "support/temporary_directory.hpp"

namespace ferrule::detect {
namespace {

constexpr const char* kSymbols =
    "ffffffff81000000 T _stext\n"
    "ffffffff81f66700 T __pfx_nft_register_expr\n"
    "ffffffff81f66710 T nft_register_expr\n"
    "ffffffff8208df90 T ipt_do_table\t[ip_tables]\n"
    "ffffffff82090f10 t iptable_filter_table_init\n";

class ModulesTest : public testing::Test {
 protected:
  // A kernel that can load modules, with /proc and /sys mounted.
  void SetUp() override {
    root_.write("proc/modules", "nf_tables_like 4096 0 - Live 0x0\nxt_owner 16384 0 - Live 0x0\n");
    root_.write("proc/filesystems", "nodev proc\n");
    root_.write("proc/kallsyms", kSymbols);
    root_.write("sys/module/kernel/parameters", "");
  }
  ModulePaths paths() const {
    return {.proc = root_.path("proc"), .sys = root_.path("sys"), .modules = root_.path("lib")};
  }
  Presence presence(const std::string& module) const { return KernelModules(paths()).presence(module); }
  bool may_ask(const std::string& module) const { return KernelModules(paths()).may_ask(module); }
  void remove(std::string_view name) const { std::filesystem::remove_all(root_.path(name)); }

  test::TemporaryDirectory root_;
};

TEST_F(ModulesTest, ALoadedModuleStandsInSys) {
  root_.write("sys/module/nf_tables/initstate", "live\n");
  EXPECT_EQ(presence("nf_tables"), Presence::present);
  EXPECT_TRUE(may_ask("nf_tables"));
}

TEST_F(ModulesTest, WithoutSysItStandsInProc) {
  remove("sys");
  EXPECT_EQ(presence("xt_owner"), Presence::present);
  EXPECT_EQ(presence("owner"), Presence::not_loaded);
  EXPECT_EQ(presence("nf_tables_lik"), Presence::not_loaded);
}

TEST_F(ModulesTest, TheListsOfTheReleaseSayWhatIsBuiltInAndWhatIsOnDisk) {
  root_.write("lib/modules.builtin", "kernel/net/netfilter/nf_tables.ko\nkernel/fs/ext4/ext4.ko\n");
  root_.write("lib/modules.dep",
              "kernel/net/ipv4/netfilter/ip_tables.ko.xz: kernel/net/netfilter/x_tables.ko.xz\n"
              "kernel/net/netfilter/nft_compat.ko: kernel/net/netfilter/nf_tables.ko\n");
  EXPECT_EQ(presence("nf_tables"), Presence::present);
  EXPECT_TRUE(may_ask("nf_tables"));
  EXPECT_EQ(presence("ip_tables"), Presence::loadable);
  EXPECT_FALSE(may_ask("ip_tables"));
  EXPECT_EQ(presence("nft_compat"), Presence::loadable);
  // Symbols are not asked where the lists are there: this one is not in them.
  EXPECT_EQ(presence("iptable_filter"), Presence::absent);
  EXPECT_FALSE(may_ask("iptable_filter"));
  remove("lib/modules.dep");
  EXPECT_EQ(presence("ip_tables"), Presence::not_loaded);
}

TEST_F(ModulesTest, WithoutTheListsSymbolsSayWhatIsBuiltIn) {
  EXPECT_EQ(presence("nf_tables"), Presence::present);
  EXPECT_EQ(presence("iptable_filter"), Presence::present);
  // This symbol belongs to a module, which then is not built in.
  EXPECT_EQ(presence("ip_tables"), Presence::not_loaded);
  EXPECT_EQ(presence("iptable_nat"), Presence::not_loaded);
  EXPECT_FALSE(may_ask("iptable_nat"));
  remove("proc/kallsyms");
  EXPECT_EQ(presence("iptable_nat"), Presence::unknown);
  EXPECT_FALSE(may_ask("iptable_nat"));
}

TEST_F(ModulesTest, WhereNothingCanBeLoadedEveryQuestionIsHarmless) {
  remove("proc/modules");
  EXPECT_FALSE(KernelModules(paths()).can_load());
  EXPECT_TRUE(may_ask("iptable_nat"));
  EXPECT_EQ(presence("nf_tables"), Presence::present);
  EXPECT_EQ(presence("iptable_nat"), Presence::absent);
  root_.write("lib/modules.builtin", "");
  root_.write("lib/modules.dep", "kernel/net/ipv4/netfilter/iptable_nat.ko:\n");
  EXPECT_EQ(presence("iptable_nat"), Presence::absent);
}

TEST_F(ModulesTest, LoadingCanBeSwitchedOff) {
  root_.write("proc/sys/kernel/modules_disabled", "0\n");
  EXPECT_TRUE(KernelModules(paths()).can_load());
  root_.write("proc/sys/kernel/modules_disabled", "1\n");
  EXPECT_FALSE(KernelModules(paths()).can_load());
}

TEST_F(ModulesTest, WithoutProcTheKernelItselfSaysWhetherItHasModules) {
  const bool has_modules = access("/proc/modules", F_OK) == 0;
  remove("proc");
  EXPECT_EQ(KernelModules(paths()).can_load(), has_modules);
}

TEST_F(ModulesTest, ReadsOnceButSeesWhatGetsLoaded) {
  KernelModules modules(paths());
  EXPECT_EQ(modules.presence("iptable_nat"), Presence::not_loaded);
  remove("proc/kallsyms");
  EXPECT_EQ(modules.presence("iptable_nat"), Presence::not_loaded);
  EXPECT_EQ(modules.presence("iptable_filter"), Presence::present);
  root_.write("sys/module/iptable_nat/initstate", "live\n");
  EXPECT_EQ(modules.presence("iptable_nat"), Presence::present);
}

TEST(ListsModule, FindsWholeNamesOnly) {
  struct Row {
    const char* list;
    bool found;
  };
  static constexpr Row kRows[] = {
      {"kernel/net/nf_tables.ko", true},
      {"kernel/net/nf_tables.ko\n", true},
      {"kernel/net/nf_tables.ko.zst: a/b.ko\n", true},
      {"kernel/net/nf_tables.ko: a/b.ko\n", true},
      {"a/b.ko: kernel/net/nf_tables.ko kernel/c.ko\n", true},
      {"kernel/net/nf_tables.kook\nkernel/net/nf_tables.ko:\n", true},
      {"kernel/net/nf_tables.kook", false},
      {"kernel/net/nf_tables_inet.ko\n", false},
      {"kernel/net/xnf_tables.ko\n", false},
      {"nf_tables", false},
      {"", false},
  };
  for (const Row& row : kRows) EXPECT_EQ(lists_module(row.list, "nf_tables"), row.found) << row.list;
}

}  // namespace
}  // namespace ferrule::detect
