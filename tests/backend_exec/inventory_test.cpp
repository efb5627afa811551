// Covers src/backend_exec/inventory.cpp and search_path.cpp: which binaries there are and what each really is.
#include "backend_exec/inventory.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "backend_exec/fake_tools.hpp"

namespace ferrule::exec {
namespace {

using detect::Binary;
using detect::Inventory;
using detect::ToolVersion;
using detect::Variant;
using test::FakeTools;

constexpr AskingTimes kPatient = {.one = std::chrono::seconds(10), .all = std::chrono::minutes(2)};

Inventory inventory_of(const SearchPath& search) { return Binaries(kPatient).inventory(search); }

TEST(Inventory, ReadsVariantAndVersionFromTheBinaryNotFromItsName) {
  struct Case {
    std::string_view says;
    Variant variant;
    std::optional<ToolVersion> version;
  };
  const Case cases[] = {
      {"iptables v1.8.9 (nf_tables)", Variant::nft, ToolVersion{1, 8, 9}},
      {"iptables v1.8.9 (legacy)", Variant::legacy, ToolVersion{1, 8, 9}},
      {"ip6tables-nft-restore v1.8.11 (nf_tables)", Variant::nft, ToolVersion{1, 8, 11}},
      {"iptables v1.6.1", Variant::legacy, ToolVersion{1, 6, 1}},
      {"iptables v1.4.16.3", Variant::legacy, ToolVersion{1, 4, 16}},
      {"iptables v1.10 (nf_tables)", Variant::nft, ToolVersion{1, 10, 0}},
      {"iptables v2.0.0 (ebpf)", Variant::unknown, ToolVersion{2, 0, 0}},
      {"my very own iptables v1.8.9 (nf_tables)", Variant::nft, ToolVersion{1, 8, 9}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.says);
    const FakeTools tools;
    tools.answer("bin/iptables-legacy", c.says);
    const Inventory found = inventory_of(tools.search());
    ASSERT_EQ(found.binaries.size(), 1U);
    EXPECT_EQ(found.binaries[0].name, "iptables-legacy");
    EXPECT_EQ(found.binaries[0].path, tools.path("bin/iptables-legacy"));
    EXPECT_EQ(found.binaries[0].variant, c.variant);
    EXPECT_EQ(found.binaries[0].version, c.version);
  }
}

// Even `--version` of iptables-nft has the kernel load a module.
TEST(Inventory, ByNamesRunsNothingWhoseRealNameTellsWhatItIs) {
  const FakeTools tools;
  tools.answer("bin/xtables-nft-multi", "iptables v1.8.9 (nf_tables)");
  tools.link("bin/iptables-restore", tools.path("bin/xtables-nft-multi"));
  tools.answer("bin/iptables", "iptables v1.8.7 (legacy)");
  const Inventory found = Binaries(kPatient).inventory_by_names(tools.search());
  ASSERT_EQ(found.binaries.size(), 3U);
  EXPECT_EQ(found.find("iptables-restore")->variant, Variant::nft);
  EXPECT_FALSE(found.find("iptables-restore")->version);
  EXPECT_EQ(found.find("iptables")->version, (ToolVersion{1, 8, 7}));
  EXPECT_EQ(tools.runs(), 1);
}

// The command goes by the names of iptables too: put first in a search path, it would ask itself without end.
TEST(Inventory, TheProgramThatAsksDoesNotCount) {
  const FakeTools tools;
  tools.link("first/iptables", std::filesystem::read_symlink("/proc/self/exe").string());
  tools.answer("second/iptables", "iptables v1.8.9 (legacy)");
  const Inventory found = inventory_of({.directories = {tools.path("first"), tools.path("second")}});
  ASSERT_EQ(found.unusable.size(), 1U);
  EXPECT_EQ(found.unusable[0].path, tools.path("first/iptables"));
  EXPECT_EQ(found.unusable[0].reason, "this program itself");
  ASSERT_EQ(found.binaries.size(), 1U);
  EXPECT_EQ(found.binaries[0].path, tools.path("second/iptables"));
}

// Another copy of the command knows by this that it must not look for binaries in its turn.
TEST(Inventory, BinariesAreToldWhoRunsThem) {
  const FakeTools tools;
  tools.add("bin/iptables", "[ \"$FERRULE_SPAWNED\" = 1 ] && echo 'iptables v1.8.9 (nf_tables)'");
  EXPECT_EQ(inventory_of(tools.search()).binaries.size(), 1U);
}

TEST(Inventory, TooOldForVersionMeansLegacy) {
  const FakeTools tools;
  tools.add("bin/iptables-save", "echo \"iptables-save: unrecognized option '--version'\" >&2; exit 0");
  tools.add("bin/iptables-restore", "echo \"$0: unrecognized option: version\" >&2; /bin/cat");
  const Inventory found = inventory_of(tools.search());
  ASSERT_EQ(found.binaries.size(), 2U);
  for (const Binary& binary : found.binaries) {
    EXPECT_EQ(binary.variant, Variant::legacy);
    EXPECT_FALSE(binary.version);
  }
}

TEST(Inventory, WhatCannotRunDoesNotCount) {
  struct Case {
    std::string_view name;
    std::string_view content;
    mode_t mode;
    std::string_view reason;
  };
  const Case cases[] = {
      {"iptables", "#!/bin/sh\necho 'libxtables.so.12: cannot open shared object file' >&2; exit 127\n", 0755,
       "exit status 127: libxtables.so.12: cannot open shared object file"},
      {"iptables", "#!/bin/sh\necho 'iptables v1.8.9 (legacy)'; exit 1\n", 0755, "exit status 1"},
      {"iptables", "\177ELF of another machine", 0755, "Exec format error"},
      {"iptables", "#!/nonexistent/ld.so\n", 0755, "No such file or directory"},
      {"iptables", "#!/bin/sh\necho 'iptables v1.8.9 (legacy)'\n", 0644, "not executable"},
      {"iptables", "#!/bin/sh\nkill -ILL $$\n", 0755, "killed by signal 4"},
      {"iptables", "#!/bin/sh\nexit 0\n", 0755, "exits without an error and says no version"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.reason);
    const FakeTools tools;
    tools.write("bin/" + std::string(c.name), c.content, c.mode);
    const Inventory found = inventory_of(tools.search());
    EXPECT_TRUE(found.binaries.empty());
    ASSERT_EQ(found.unusable.size(), 1U);
    EXPECT_EQ(found.unusable[0].name, c.name);
    EXPECT_EQ(found.unusable[0].path, tools.path("bin/iptables"));
    EXPECT_NE(found.unusable[0].reason.find(c.reason), std::string::npos) << found.unusable[0].reason;
  }
}

TEST(Inventory, SlowBinaryDoesNotCountAndIsKilled) {
  const FakeTools tools;
  tools.add("bin/ip6tables", "/bin/sleep 1000");
  const auto begin = std::chrono::steady_clock::now();
  const Inventory found = Binaries({.one = std::chrono::milliseconds(100)}).inventory(tools.search());
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
  EXPECT_TRUE(found.binaries.empty());
  ASSERT_EQ(found.unusable.size(), 1U);
  EXPECT_EQ(found.unusable[0].reason, "did not answer --version in time");
}

// Twenty names that hang were once waited for one after the other, for a minute.
TEST(Inventory, ManySlowBinariesTogetherAreBounded) {
  const FakeTools tools;
  for (const std::string_view name : detect::kBinaryNames) tools.add("bin/" + std::string(name), "/bin/sleep 1000");
  Binaries binaries({.one = std::chrono::milliseconds(200), .all = std::chrono::milliseconds(500)});
  const auto begin = std::chrono::steady_clock::now();
  const Inventory found = binaries.inventory(tools.search());
  // One at a time it would be 4 s.
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(3));
  EXPECT_TRUE(found.binaries.empty());
  ASSERT_EQ(found.unusable.size(), detect::kBinaryNames.size());
  EXPECT_EQ(found.unusable.front().reason, "did not answer --version in time");
  EXPECT_EQ(found.unusable.back().reason, "was not asked: others took too long to answer");
  const auto again = std::chrono::steady_clock::now();
  EXPECT_EQ(binaries.inventory(tools.search()).unusable.size(), detect::kBinaryNames.size());
  EXPECT_LT(std::chrono::steady_clock::now() - again, std::chrono::milliseconds(200));
}

// A machine that was busy for a moment, a library that came later: the file stays the same.
TEST(Inventory, WhatFailedIsTriedAgainAfterAWhile) {
  const FakeTools tools;
  tools.add("bin/iptables", "[ -e " + tools.path("library") + " ] || exit 127; echo 'iptables v1.8.9 (legacy)'");
  AskingTimes times = kPatient;
  times.failures_count_for = std::chrono::milliseconds(300);
  Binaries binaries(times);
  EXPECT_EQ(binaries.inventory(tools.search()).unusable.size(), 1U);
  tools.write("library", "", 0644);
  std::this_thread::sleep_for(std::chrono::milliseconds(350));
  EXPECT_EQ(binaries.inventory(tools.search()).binaries.size(), 1U);
  EXPECT_EQ(tools.runs(), 2);
  std::this_thread::sleep_for(std::chrono::milliseconds(350));
  EXPECT_EQ(binaries.inventory(tools.search()).binaries.size(), 1U);
  EXPECT_EQ(tools.runs(), 2);
}

TEST(Inventory, GoesOnBehindABrokenOne) {
  const FakeTools tools;
  tools.add("first/iptables", "exit 127");
  tools.answer("second/iptables", "iptables v1.8.7 (nf_tables)");
  tools.answer("third/iptables", "iptables v1.8.9 (legacy)");
  const Inventory found =
      inventory_of({.directories = {tools.path("first"), tools.path("second"), tools.path("third")}});
  ASSERT_NE(found.find("iptables"), nullptr);
  EXPECT_EQ(found.find("iptables")->path, tools.path("second/iptables"));
  EXPECT_EQ(found.unusable.size(), 1U);
  EXPECT_EQ(tools.runs(), 2);
}

TEST(Inventory, OnlyTheNamesAndOnlyFiles) {
  const FakeTools tools;
  tools.answer("bin/arptables", "arptables v1.8.9 (nf_tables)");
  tools.answer("bin/iptables.old", "iptables v1.4.7");
  tools.answer("bin/iptables/inside", "iptables v1.8.9 (legacy)");
  EXPECT_TRUE(inventory_of(tools.search()).binaries.empty());
  EXPECT_TRUE(inventory_of(tools.search()).unusable.empty());
  EXPECT_EQ(tools.runs(), 0);
}

TEST(Inventory, RelativeDirectoriesAreNotSearched) {
  const FakeTools tools;
  tools.answer("bin/iptables", "iptables v1.8.9 (legacy)");
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(tools.root());
  EXPECT_TRUE(inventory_of({.directories = {"bin", "", "."}}).binaries.empty());
  std::filesystem::current_path(before);
}

TEST(Inventory, AsksOneFileOfManyNamesOnce) {
  const FakeTools tools;
  tools.add("bin/xtables-nft-multi", "[ $1 = --version ] && echo 'iptables v1.8.9 (nf_tables)'");
  for (const std::string_view name : detect::kBinaryNames) {
    if (!name.starts_with("xtables")) tools.link("bin/" + std::string(name), "xtables-nft-multi");
  }
  const Inventory found = inventory_of(tools.search());
  EXPECT_EQ(found.binaries.size(), 19U);
  EXPECT_EQ(tools.runs(), 1);
  const Binary* restore = found.find("ip6tables-legacy-restore");
  ASSERT_NE(restore, nullptr);
  EXPECT_EQ(restore->variant, Variant::nft);
  EXPECT_EQ(restore->path, tools.path("bin/ip6tables-legacy-restore"));
  EXPECT_EQ(restore->real_path, tools.path("bin/xtables-nft-multi"));
}

TEST(Inventory, CompatMultiIsNft) {
  const FakeTools tools;
  tools.answer("bin/xtables-compat-multi", "iptables v1.6.1");
  tools.link("bin/iptables", "xtables-compat-multi");
  EXPECT_EQ(inventory_of(tools.search()).find("iptables")->variant, Variant::nft);
}

TEST(Inventory, RemembersUntilTheFileChanges) {
  const FakeTools tools;
  tools.answer("bin/iptables", "iptables v1.8.9 (legacy)");
  tools.add("bin/ip6tables", "exit 127");
  Binaries binaries(kPatient);
  binaries.inventory(tools.search());
  EXPECT_EQ(tools.runs(), 2);
  Inventory found = binaries.inventory(tools.search());
  EXPECT_EQ(tools.runs(), 2);
  EXPECT_EQ(found.find("iptables")->variant, Variant::legacy);
  EXPECT_EQ(found.unusable.size(), 1U);
  tools.answer("bin/new", "iptables v1.8.9 (nf_tables)");
  std::filesystem::rename(tools.path("bin/new"), tools.path("bin/iptables"));
  found = binaries.inventory(tools.search());
  EXPECT_EQ(tools.runs(), 3);
  EXPECT_EQ(found.find("iptables")->variant, Variant::nft);
  tools.remove("bin/iptables");
  EXPECT_EQ(binaries.inventory(tools.search()).find("iptables"), nullptr);
}

TEST(Inventory, MayBeAskedByManyThreads) {
  const FakeTools tools;
  tools.answer("bin/iptables", "iptables v1.8.9 (legacy)");
  tools.answer("bin/ip6tables", "ip6tables v1.8.9 (nf_tables)");
  Binaries binaries(kPatient);
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      const Inventory found = binaries.inventory(tools.search());
      ASSERT_EQ(found.binaries.size(), 2U);
      EXPECT_EQ(found.find("ip6tables")->variant, Variant::nft);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(Inventory, LookingForNamesRunsNothing) {
  const FakeTools tools;
  tools.answer("bin/iptables-save", "iptables v1.8.9 (legacy)");
  tools.add("bin/ip6tables", "exit 127");
  EXPECT_EQ(names_found(tools.search()), (std::vector<std::string_view>{"iptables-save", "ip6tables"}));
  EXPECT_EQ(tools.runs(), 0);
}

TEST(Inventory, AnotherRootKeepsItsLinksInside) {
  const FakeTools tools;
  tools.answer("host/usr/lib/xtables/tool", "iptables v1.8.4 (nf_tables)");
  tools.link("host/etc/alternatives/iptables", "/usr/lib/xtables/tool");
  tools.link("host/usr/sbin/iptables", "/etc/alternatives/iptables");
  tools.link("host/usr/sbin/ip6tables", "../../../../../../usr/lib/xtables/tool");
  tools.link("host/usr/sbin/iptables-save", "/usr/lib/xtables/gone");
  tools.link("host/usr/sbin/iptables-restore", "iptables-restore");
  tools.link("host/sbin", "/usr/sbin");
  const Inventory found = inventory_of({.directories = {"/sbin"}, .root = tools.path("host/")});
  for (const std::string_view name : {"iptables", "ip6tables"}) {
    ASSERT_NE(found.find(name), nullptr) << name;
    EXPECT_EQ(found.find(name)->path, tools.path("host/sbin/") + std::string(name));
    EXPECT_EQ(found.find(name)->real_path, tools.path("host/usr/lib/xtables/tool"));
    EXPECT_EQ(found.find(name)->version, (ToolVersion{1, 8, 4}));
  }
  ASSERT_EQ(found.unusable.size(), 2U);
  for (const detect::UnusableBinary& binary : found.unusable) {
    EXPECT_EQ(binary.reason, "symbolic link that leads nowhere");
  }
}

TEST(Inventory, RealBinariesOfThisMachine) {
  const Inventory found = inventory_of({.directories = {"/usr/local/sbin", "/usr/sbin", "/sbin"}});
  for (const std::string_view family : {"iptables", "ip6tables"}) {
    for (const std::string_view tool : {"", "-save", "-restore"}) {
      const Binary* legacy = found.find(std::string(family) + "-legacy" + std::string(tool));
      const Binary* nft = found.find(std::string(family) + "-nft" + std::string(tool));
      ASSERT_TRUE(legacy != nullptr && nft != nullptr);
      EXPECT_EQ(legacy->variant, Variant::legacy);
      EXPECT_EQ(nft->variant, Variant::nft);
      EXPECT_GE(nft->version, (ToolVersion{1, 8, 0}));
    }
  }
}

}  // namespace
}  // namespace ferrule::exec
