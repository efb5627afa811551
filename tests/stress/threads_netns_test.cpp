// Eight threads use one Engine for mixed work over many namespaces, on each backend: the only error is kBusy, and
// nothing is left behind.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "ferrule/engine.hpp"
#include "ferrule/plan.hpp"
#include "ferrule/text.hpp"
#include "stress/duration.hpp"
#include "support/netns_fixture.hpp"

namespace ferrule {
namespace {

constexpr size_t kThreads = 8;
constexpr size_t kNamespaces = 50;

constexpr std::string_view kMesh =
    "*nat\n:MESH_IN -\n:MESH_OUT -\n-A PREROUTING -p tcp -j MESH_IN\n-A OUTPUT -p tcp -j MESH_OUT\n"
    "-A MESH_IN -p tcp --dport 22 -j RETURN\n-A MESH_IN -p tcp -j REDIRECT --to-ports 15006\n"
    "-A MESH_OUT -m owner --uid-owner 1337 -j RETURN\n-A MESH_OUT -p tcp -j REDIRECT --to-ports 15001\nCOMMIT\n";
constexpr std::string_view kMore =
    "*filter\n:EXTRA -\n-A EXTRA -s 10.0.0.0/8 -m comment --comment more -j DROP\nCOMMIT\n";
constexpr std::string_view kGone = "*filter\n-F EXTRA\n-X EXTRA\nCOMMIT\n";

size_t entries_of(const char* folder) {
  size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) count += entry.exists() ? 1 : 0;
  return count;
}

size_t resident_kib() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    if (word != "VmRSS:") continue;
    size_t kib = 0;
    status >> kib;
    return kib;
  }
  return 0;
}

Transaction parsed(std::string_view text) {
  auto transaction = parse_restore(Family::ipv4, text, {.existing = Existing::kKeep});
  if (!transaction) throw std::runtime_error(to_string(transaction.error()));
  return *std::move(transaction);
}

// What the threads met: errors by text, and how often each step went through.
class Tally {
 public:
  void count(std::string_view step) {
    const std::lock_guard lock(mutex_);
    ++done_[std::string(step)];
  }
  void count_error(std::string_view step, const Error& error) {
    const std::lock_guard lock(mutex_);
    ++errors_[std::string(step) + ": " + std::string(code_name(error.code)) + ": " + to_string(error)];
  }
  const std::map<std::string, size_t>& errors() const { return errors_; }
  std::string text() const {
    std::string out;
    for (const auto& [step, count] : done_) out += " " + step + " " + std::to_string(count);
    return out;
  }

 private:
  std::mutex mutex_;
  std::map<std::string, size_t> done_;
  std::map<std::string, size_t> errors_;
};

class Worker {
 public:
  Worker(const Engine& engine, const Plan& plan, std::vector<std::string>& paths, Tally& tally, unsigned seed)
      : engine_(engine), plan_(plan), paths_(paths), tally_(tally), random_(seed) {}

  void step() {
    Context pod = Context::agent_in_pod(NetNs::path(paths_[random_() % paths_.size()]));
    switch (random_() % 6) {
      case 0:
        return note("apply", engine_.apply(pod, mesh_));
      case 1:
        return note("ensure", engine_.ensure(pod, mesh_));
      case 2:
        return note("present", engine_.ensure(pod, more_));
      case 3:
        return note("absent", engine_.ensure(pod, gone_));
      case 4:
        return note("snapshot", engine_.snapshot(pod, Family::ipv4));
      default:
        return note("plan", plan_.apply(pod.netns));
    }
  }

 private:
  template <typename T>
  void note(std::string_view step, const Result<T>& result) {
    if (result) {
      tally_.count(step);
    } else if (result.error().code == Code::kBusy) {
      tally_.count("busy");
    } else {
      tally_.count_error(step, result.error());
    }
  }

  const Engine& engine_;
  const Plan& plan_;
  std::vector<std::string>& paths_;
  Tally& tally_;
  std::minstd_rand random_;
  Transaction mesh_ = parsed(kMesh);
  Transaction more_ = parsed(kMore);
  Transaction gone_ = parsed(kGone);
};

class StressOfThreads : public testing::TestWithParam<BackendKind> {};

INSTANTIATE_TEST_SUITE_P(Backends, StressOfThreads, testing::Values(BackendKind::legacy, BackendKind::nft),
                         [](const auto& tested) { return std::string(backend_name(tested.param)); });

TEST_P(StressOfThreads, MixedWorkOverManyNamespacesMeetsNoErrorAndLeavesNothing) {
  std::vector<std::unique_ptr<test::FreshNetns>> namespaces;
  std::vector<std::string> paths;
  for (size_t i = 0; i < kNamespaces; ++i) {
    namespaces.push_back(std::make_unique<test::FreshNetns>());
    paths.push_back(namespaces.back()->path());
  }
  const size_t files_before = entries_of("/proc/self/fd");
  const size_t threads_before = entries_of("/proc/self/task");
  size_t kib_before = 0;
  Tally tally;
  {
    const Engine engine({.forced_backend = GetParam()});
    const auto plan = engine.compile(Context::agent_in_pod(NetNs::path(paths[0])), parsed(kMesh));
    ASSERT_TRUE(plan) << to_string(plan.error());
    const auto end = std::chrono::steady_clock::now() + test::stress_duration();
    std::atomic<size_t> steps = 0;
    std::vector<std::jthread> threads;
    for (unsigned i = 0; i < kThreads; ++i) {
      threads.emplace_back([&, i] {
        Worker worker(engine, *plan, paths, tally, i + 1);
        for (; std::chrono::steady_clock::now() < end; ++steps) {
          worker.step();
          // By then every thread's arena and every cache has grown as far as it will.
          if (steps == 2000) kib_before = resident_kib();
        }
      });
    }
    threads.clear();
  }
  for (const auto& [error, count] : tally.errors()) ADD_FAILURE() << count << " times " << error;
  std::cout << backend_name(GetParam()) << ":" << tally.text() << "; " << kib_before << " KiB early, " << resident_kib()
            << " KiB at the end\n";
  EXPECT_EQ(entries_of("/proc/self/fd"), files_before);
  EXPECT_EQ(entries_of("/proc/self/task"), threads_before);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  if (kib_before != 0) {
    EXPECT_LT(resident_kib(), kib_before + size_t{16} * 1024);
  }
#endif
}

}  // namespace
}  // namespace ferrule
