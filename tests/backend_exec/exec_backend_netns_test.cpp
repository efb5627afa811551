// Covers src/backend_exec/exec_backend.cpp with the real binaries: what they leave in the kernel is what they leave
// there when a person feeds them the same text, and a transaction that fails leaves nothing.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <unistd.h>

#include <thread>

#include "backend_exec/exec_backend.hpp"
#include "backend_exec/fake_tools.hpp"
#include "backend_exec/inventory.hpp"
#include "ferrule/text.hpp"
#include "support/kernel_state.hpp"
#include "support/netns_fixture.hpp"

namespace ferrule::exec {
namespace {

using detect::Variant;
using test::FreshNetns;
using test::KernelState;

const SearchPath kSystem{.directories = {"/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/bin", "/bin"}};

// Adds the changes of `more`, which is a parsed text.
void add_changes(Result<Transaction> more, Transaction& out) {
  ASSERT_TRUE(more) << to_string(more.error());
  for (TableChange& change : more->changes) out.changes.push_back(std::move(change));
}

struct Where {
  Variant variant;
  Family family;
};

// nf_tables lists tables in the order in which they were made, and going back makes them anew.
KernelState by_name(KernelState state) {
  std::stable_sort(state.begin(), state.end(), [](const auto& a, const auto& b) { return a.what < b.what; });
  return state;
}

std::string tool_name(Where where, std::string_view tool) {
  return std::string(where.family == Family::ipv4 ? "iptables-" : "ip6tables-") +
         std::string(detect::variant_name(where.variant)) + std::string(tool);
}

class ExecBackendNetns : public testing::TestWithParam<Where> {
 protected:
  Variant variant() const { return GetParam().variant; }
  Family family() const { return GetParam().family; }

  ExecOptions options() const {
    return {.inventory = Binaries().inventory(kSystem),
            .ipv4 = variant(),
            .ipv6 = variant(),
            .lock_path = test::test_lock_path()};
  }
  KernelState state(const FreshNetns& netns) const {
    return netns.ask(
        [&] { return variant() == Variant::legacy ? test::legacy_state(family()) : test::nft_state(family()); });
  }
  std::string saved(const FreshNetns& netns) const {
    const std::string text = netns.must(tool_name(GetParam(), "-save") + " -c");
    std::string out;
    for (size_t at = 0; at < text.size();) {
      const size_t end = text.find('\n', at);
      if (text[at] != '#') out.append(text, at, end - at + 1);
      at = end + 1;
    }
    return out;
  }
  Transaction parse(std::string_view text, Existing existing = Existing::kReplace) const {
    auto parsed = parse_restore(
        family(), text,
        {.file = "pod.rules", .existing = existing, .counters = CounterUse::kRestore, .unknown = UnknownRules::kKeep});
    EXPECT_TRUE(parsed) << to_string(parsed.error());
    return parsed ? *std::move(parsed) : Transaction{};
  }
  Result<CommitStats> commit(const FreshNetns& netns, Transaction transaction, ExecOptions options) const {
    return netns
        .ask(
            [&]() -> std::optional<Result<CommitStats>> { return ExecBackend(std::move(options)).commit(transaction); })
        .value();
  }
  Result<CommitStats> commit(const FreshNetns& netns, Transaction transaction) const {
    return commit(netns, std::move(transaction), options());
  }
  Result<Ruleset> snapshot(const FreshNetns& netns, std::optional<TableId> only = {}) const {
    return netns
        .ask([&]() -> std::optional<Result<Ruleset>> { return ExecBackend(options()).snapshot(family(), only); })
        .value();
  }
  // The text through the real binary in one namespace, and through the backend in another.
  void expect_same(std::string_view before, std::string_view text, Existing existing) const {
    const FreshNetns oracle;
    const FreshNetns ours;
    const std::string restore = tool_name(GetParam(), "-restore") + " -c";
    for (const FreshNetns* netns : {&oracle, &ours}) netns->must(restore, before);
    oracle.must(restore + (existing == Existing::kKeep ? " -n" : ""), text);
    const auto done = commit(ours, parse(text, existing));
    ASSERT_TRUE(done) << to_string(done.error());
    EXPECT_EQ(test::first_difference(state(oracle), state(ours)), "");
  }
  bool is_legacy() const { return variant() == Variant::legacy; }
};

constexpr std::string_view kBefore =
    "*filter\n:INPUT ACCEPT [0:0]\n:FORWARD DROP [3:4]\n:OUTPUT ACCEPT [0:0]\n:old - [0:0]\n"
    "[5:60] -A INPUT -p tcp -m tcp --dport 22 -j old\n-A old -j RETURN\nCOMMIT\n";

TEST_P(ExecBackendNetns, ReplacesTablesAsTheBinaryDoes) {
  expect_same(kBefore,
              "*filter\n:INPUT DROP [1:2]\n:new - [0:0]\n-A INPUT -p tcp -m multiport --dports 1,2 -j new\n"
              "[9:99] -A new -m mark --mark 0x1/0xff -j ACCEPT\nCOMMIT\n"
              "*nat\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -p tcp -j REDIRECT --to-ports 15006\nCOMMIT\n",
              Existing::kReplace);
}

TEST_P(ExecBackendNetns, AddsToTablesAsTheBinaryDoes) {
  expect_same(kBefore,
              "*filter\n:new - [0:0]\n-I INPUT -j new\n-I INPUT 2 -i eth+ -j ACCEPT\n-R INPUT 3 -p udp -j DROP\n"
              "-A OUTPUT -m comment --comment \"a \\\"b\\\" c\" -j ACCEPT\n-D old -j RETURN\n-X old\n"
              "-P OUTPUT DROP\n-C INPUT -j new\nCOMMIT\n",
              Existing::kKeep);
}

TEST_P(ExecBackendNetns, SmallOperationsAsTheBinaryDoesThem) {
  for (const std::string_view line : {"-F", "-F\n-X old", "-Z", "-Z INPUT", "-Z INPUT 1", "-E old older", "-D INPUT 1",
                                      ":old - [0:0]", "-P FORWARD ACCEPT"}) {
    SCOPED_TRACE(line);
    expect_same(kBefore, "*filter\n" + std::string(line) + "\nCOMMIT\n", Existing::kKeep);
  }
}

TEST_P(ExecBackendNetns, ForeignTextReachesTheBinary) {
  Transaction transaction = parse("*filter\n[7:8] -A INPUT -m nosuch\nCOMMIT\n");
  // As if nobody here knew tcp.
  Rule& rule = *transaction.changes[0].operations[0].rule;
  Rule foreign(family());
  foreign.set_counters(rule.counters());
  ASSERT_TRUE(foreign.attach(
      {.kind = Attachment::Kind::foreign_text, .offset = 0, .text = "-p tcp -m tcp --dport 22 -j ACCEPT"}));
  rule = foreign;
  const FreshNetns ours;
  const auto done = commit(ours, transaction);
  ASSERT_TRUE(done) << to_string(done.error());
  EXPECT_EQ(done->rules, 1U);
  const FreshNetns oracle;
  oracle.must(tool_name(GetParam(), "-restore") + " -c",
              "*filter\n[7:8] -A INPUT -p tcp -m tcp --dport 22 -j ACCEPT\nCOMMIT\n");
  EXPECT_EQ(test::first_difference(state(oracle), state(ours)), "");
}

TEST_P(ExecBackendNetns, SnapshotPrintsWhatTheBinaryPrints) {
  const FreshNetns netns;
  EXPECT_TRUE(snapshot(netns)->tables.empty());
  EXPECT_TRUE(state(netns).empty());
  netns.must(tool_name(GetParam(), "-restore") + " -c", kBefore);
  netns.must(tool_name(GetParam(), "") + " -t mangle -A OUTPUT -p udp -j MARK --set-mark 7");
  const auto ruleset = snapshot(netns);
  ASSERT_TRUE(ruleset) << to_string(ruleset.error());
  EXPECT_EQ(to_save_text(*ruleset, {.counters = true}), saved(netns));
  EXPECT_EQ(snapshot(netns, TableId::mangle)->tables.size(), 1U);
  EXPECT_TRUE(snapshot(netns, TableId::security)->tables.empty());
}

TEST_P(ExecBackendNetns, WorksFromOutsideOfTheNamespace) {
  const FreshNetns netns;
  ExecOptions from_outside = options();
  from_outside.netns = netns.fd();
  Transaction transaction = parse("*raw\n-A PREROUTING -j ACCEPT\nCOMMIT\n");
  ASSERT_TRUE(ExecBackend(from_outside).commit(transaction));
  EXPECT_NE(saved(netns).find("-A PREROUTING -j ACCEPT"), std::string::npos);
  EXPECT_EQ(ExecBackend(from_outside).snapshot(family(), {})->tables.size(), 1U);
}

TEST_P(ExecBackendNetns, LaterTableFailsAndEarlierOnesAreAsBefore) {
  const FreshNetns netns;
  const std::string restore = tool_name(GetParam(), "-restore") + " -c";
  netns.must(restore, kBefore);
  netns.must(restore + " -n", "*raw\n:PREROUTING ACCEPT [5:6]\n[1:1] -A PREROUTING -j ACCEPT\nCOMMIT\n");
  if (is_legacy()) netns.must(restore + " -n", "*mangle\nCOMMIT\n");
  const KernelState before = state(netns);
  // The kernel refuses REDIRECT outside of nat, when everything before is done.
  const auto done = commit(netns, parse("*mangle\n-A OUTPUT -j ACCEPT\nCOMMIT\n"
                                        "*filter\n:INPUT DROP [0:0]\n-A INPUT -j ACCEPT\nCOMMIT\n"
                                        "*raw\n-A PREROUTING -p tcp -j REDIRECT --to-ports 1\nCOMMIT\n"));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::kRefused) << to_string(done.error());
  EXPECT_EQ(done.error().table, "raw");
  EXPECT_EQ(done.error().origin.line, is_legacy() ? 10U : 9U) << to_string(done.error());
  EXPECT_EQ(done.error().message.find("undone"), std::string::npos) << to_string(done.error());
  EXPECT_EQ(test::first_difference(by_name(before), by_name(state(netns))), "");
}

TEST_P(ExecBackendNetns, KindsOfChangesAlternateAndAreUndoneTogether) {
  const FreshNetns netns;
  netns.must(tool_name(GetParam(), "-restore") + " -c", kBefore);
  const KernelState before = state(netns);
  const auto mixed = [&](std::string_view last) {
    Transaction out = parse("*filter\n-A INPUT -j DROP\nCOMMIT\n", Existing::kKeep);
    add_changes(parse("*filter\n-A INPUT -j ACCEPT\nCOMMIT\n"), out);
    add_changes(parse(last, Existing::kKeep), out);
    return out;
  };
  const auto failed = commit(netns, mixed("*filter\n-D INPUT -j QUEUE\nCOMMIT\n"));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Code::kNotFound) << to_string(failed.error());
  EXPECT_EQ(failed.error().origin.line, 2U);
  EXPECT_EQ(failed.error().chain, "INPUT");
  EXPECT_EQ(test::first_difference(before, state(netns)), "");
  const auto done = commit(netns, mixed("*filter\n-A INPUT -j RETURN\nCOMMIT\n"));
  ASSERT_TRUE(done) << to_string(done.error());
  EXPECT_EQ(done->tables, 3U);
  const std::string text = saved(netns);
  EXPECT_NE(text.find("-A INPUT -j ACCEPT\n[0:0] -A INPUT -j RETURN\n"), std::string::npos) << text;
  EXPECT_EQ(text.find("-j DROP"), std::string::npos) << text;
}

TEST_P(ExecBackendNetns, LaterFamilyFailsAndTheFirstIsAsBefore) {
  const FreshNetns netns;
  const auto both = [&] {
    return std::pair(
        netns.ask([&] { return is_legacy() ? test::legacy_state(Family::ipv4) : test::nft_state(Family::ipv4); }),
        netns.ask([&] { return is_legacy() ? test::legacy_state(Family::ipv6) : test::nft_state(Family::ipv6); }));
  };
  for (const std::string_view name : {"ip", "ip6"}) {
    netns.must(std::string(name) + "tables-" + std::string(detect::variant_name(variant())) + "-restore -c", kBefore);
  }
  const auto before = both();
  Transaction transaction = *parse_restore(Family::ipv4, "*filter\n-A INPUT -j DROP\nCOMMIT\n");
  for (const std::string_view text :
       {"*filter\n-A nosuch -j DROP\nCOMMIT\n", "*filter\n-A INPUT -j ACCEPT\nCOMMIT\n"}) {
    Transaction trial = transaction;
    add_changes(parse_restore(Family::ipv6, text, {.file = "six"}), trial);
    const auto done = commit(netns, trial);
    if (text.find("nosuch") == std::string_view::npos) {
      ASSERT_TRUE(done) << to_string(done.error());
      EXPECT_EQ(done->tables, 2U);
      continue;
    }
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, Code::kNotFound);
    EXPECT_EQ(done.error().origin.file, "six");
    EXPECT_EQ(test::first_difference(before.first, both().first), "");
    EXPECT_EQ(test::first_difference(before.second, both().second), "");
  }
}

TEST_P(ExecBackendNetns, TableThatWasNotThereIsEmptyOrGoneAfterwards) {
  const FreshNetns netns;
  const auto done = commit(
      netns, parse("*mangle\n:OUTPUT DROP [0:0]\n-A OUTPUT -j ACCEPT\nCOMMIT\n*filter\n-A nosuch -j DROP\nCOMMIT\n"));
  ASSERT_FALSE(done);
  const auto after = snapshot(netns);
  if (is_legacy()) {
    ASSERT_NE(after->find(TableId::mangle), nullptr);
    EXPECT_TRUE(after->find(TableId::mangle)->find("OUTPUT")->rules.empty());
    EXPECT_EQ(after->find(TableId::mangle)->find("OUTPUT")->policy, Policy::accept);
  } else {
    EXPECT_TRUE(state(netns).empty());
  }
}

TEST_P(ExecBackendNetns, CheckChangesNothing) {
  const FreshNetns netns;
  netns.must(tool_name(GetParam(), "-restore") + " -c", kBefore);
  const KernelState before = state(netns);
  const auto check = [&](std::string_view text) {
    return netns
        .ask(
            [&]() -> std::optional<Result<void>> { return ExecBackend(options()).check(parse(text, Existing::kKeep)); })
        .value();
  };
  EXPECT_TRUE(check("*filter\n-A INPUT -j ACCEPT\n-F\nCOMMIT\n"));
  const auto unknown = check("*filter\n-A INPUT -j ACCEPT\n-A INPUT -m nosuch\nCOMMIT\n");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, Code::kUnsupported);
  EXPECT_EQ(unknown.error().origin.line, 3U);
  // iptables-nft-restore does not look into the kernel for --test.
  const auto missing = check("*filter\n-A INPUT -j ACCEPT\n-D INPUT -j QUEUE\nCOMMIT\n");
  EXPECT_EQ(missing.has_value(), !is_legacy());
  EXPECT_TRUE(missing || missing.error().code == Code::kNotFound);
  EXPECT_EQ(test::first_difference(before, state(netns)), "");
}

// Wrappers that count how often the real binaries run.
TEST_P(ExecBackendNetns, OneProcessPerFamilyWhereTheStateIsReadNatively) {
  const test::FakeTools tools;
  for (const std::string_view family_prefix : {"ip", "ip6"}) {
    for (const std::string_view tool : {"-save", "-restore"}) {
      const std::string name = std::string(family_prefix) + "tables-" + std::string(detect::variant_name(variant()));
      tools.add("bin/" + name + std::string(tool), "exec /usr/sbin/" + name + std::string(tool) + " \"$@\"");
    }
  }
  ExecOptions counted = options();
  counted.inventory = Binaries().inventory(tools.search());
  counted.read_state = [](Family read) -> Result<Ruleset> { return Ruleset{.family = read}; };
  const int before = tools.runs();
  Transaction transaction = parse("*mangle\n-A OUTPUT -j ACCEPT\nCOMMIT\n*filter\n-A INPUT -j ACCEPT\nCOMMIT\n");
  const Family other = family() == Family::ipv4 ? Family::ipv6 : Family::ipv4;
  add_changes(parse_restore(other, "*filter\n-A INPUT -j ACCEPT\nCOMMIT\n"), transaction);
  const FreshNetns netns;
  ASSERT_TRUE(commit(netns, transaction, counted));
  EXPECT_EQ(tools.runs() - before, 2);
  counted.read_state = {};
  ASSERT_TRUE(commit(netns, transaction, counted));
}

TEST_P(ExecBackendNetns, NothingToDoRunsNothing) {
  const FreshNetns netns;
  const auto done = commit(netns, {}, {});
  ASSERT_TRUE(done);
  EXPECT_EQ(done->tables, 0U);
}

TEST_P(ExecBackendNetns, WithoutABinaryItSaysWhatItLookedFor) {
  const FreshNetns netns;
  const auto done = commit(netns, parse("*filter\nCOMMIT\n"), {.inventory = {.directories = {"/nonexistent"}}});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::kUnsupported);
  EXPECT_NE(done.error().message.find("in /nonexistent"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Binaries, ExecBackendNetns,
                         testing::Values(Where{Variant::legacy, Family::ipv4}, Where{Variant::legacy, Family::ipv6},
                                         Where{Variant::nft, Family::ipv4}, Where{Variant::nft, Family::ipv6}),
                         [](const auto& where) {
                           return std::string(detect::variant_name(where.param.variant)) + "_" +
                                  std::string(family_name(where.param.family));
                         });

// Legacy binaries and their lock.
class HeldLock {
 public:
  explicit HeldLock(const std::string& path) : fd_(open(path.c_str(), O_RDONLY | O_CREAT | O_CLOEXEC, 0600)) {
    flock(fd_, LOCK_EX);
  }
  ~HeldLock() { close(fd_); }
  HeldLock(const HeldLock&) = delete;
  HeldLock& operator=(const HeldLock&) = delete;

 private:
  int fd_;
};

Result<CommitStats> commit_legacy(const std::string& lock_path) {
  auto transaction = parse_restore(Family::ipv4, "*filter\n-A INPUT -j ACCEPT\nCOMMIT\n");
  return ExecBackend({.inventory = Binaries().inventory(kSystem),
                      .ipv4 = Variant::legacy,
                      .lock_path = lock_path,
                      .lock_wait = std::chrono::milliseconds(100)})
      .commit(*transaction);
}

TEST(ExecBackendLock, IsWaitedForAndGivenUp) {
  const FreshNetns netns;
  const test::TemporaryDirectory directory;
  const std::string path = directory.path("lock");
  netns.run([&] {
    {
      const HeldLock held(path);
      const auto done = commit_legacy(path);
      ASSERT_FALSE(done);
      EXPECT_EQ(done.error().code, Code::kBusy) << to_string(done.error());
    }
    EXPECT_TRUE(commit_legacy(path));
  });
}

// The deadline is for the work, however long others keep the lock.
TEST(ExecBackendLock, WaitingForItIsNotWorking) {
  const FreshNetns netns;
  const test::TemporaryDirectory directory;
  const std::string path = directory.path("lock");
  const detect::Inventory inventory = Binaries().inventory(kSystem);
  const std::optional<std::chrono::milliseconds> waits[] = {std::chrono::milliseconds(60'000), {}};
  for (const auto& wait : waits) {
    auto held = std::make_optional<HeldLock>(path);
    std::thread releasing([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(1500));
      held.reset();
    });
    netns.run([&] {
      auto transaction = parse_restore(Family::ipv4, "*filter\n-A INPUT -j ACCEPT\nCOMMIT\n");
      const auto done = ExecBackend({.inventory = inventory,
                                     .ipv4 = Variant::legacy,
                                     .lock_path = path,
                                     .lock_wait = wait,
                                     .deadline = std::chrono::milliseconds(1000)})
                            .commit(*transaction);
      EXPECT_TRUE(done) << to_string(done.error());
    });
    releasing.join();
  }
}

TEST(ExecBackendLock, NamespaceIsALockOfItsOwn) {
  constexpr const char* kPath = "/proc/thread-self/ns/net";
  const FreshNetns busy;
  const FreshNetns idle;
  busy.run([&] {
    const HeldLock held(kPath);
    const auto done = commit_legacy(kPath);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, Code::kBusy) << to_string(done.error());
    idle.run([&] { EXPECT_TRUE(commit_legacy(kPath)); });
  });
}

// A binary from before 1.6.2, which takes no lock: its table is refused when another program was faster.
TEST(ExecBackendLock, OldBinaryIsTriedAgain) {
  const test::FakeTools tools;
  tools.add("bin/iptables-restore",
            "if [ \"$1\" = --version ]; then echo \"unrecognized option '--version'\" >&2; exit 0; fi\n"
            "for a in \"$@\"; do [ \"$a\" = --noflush ] || exit 2; done\n"
            "[ $(wc -l <" +
                tools.path("runs") +
                ") -gt 3 ] || { echo 'iptables-restore: line 3 failed' >&2; exit 1; }\n"
                "/bin/cat >" +
                tools.path("fed"));
  auto transaction =
      parse_restore(Family::ipv4, "*filter\n-A INPUT -j ACCEPT\nCOMMIT\n", {.existing = Existing::kKeep});
  SearchPath search = tools.search();
  search.directories.emplace_back("/usr/bin");
  detect::Inventory inventory = Binaries().inventory(search);
  ASSERT_EQ(inventory.binaries.size(), 1U);
  const auto done = ExecBackend({.inventory = inventory}).commit(*transaction);
  ASSERT_TRUE(done) << to_string(done.error());
  EXPECT_EQ(done->retries, 2U);
  EXPECT_EQ(done->tables, 1U);
}

}  // namespace
}  // namespace ferrule::exec
