// Covers write_blob's bounds, and what it costs to find chains whose names were chosen to collide in a hash.
#include "backend_legacy/blob_writer.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cerrno>
#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace ferrule::legacy {
namespace {

// Address space without memory: the sizes must be refused before a byte is read.
class Reserved {
 public:
  explicit Reserved(size_t size)
      : size_(size), at_(mmap(nullptr, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)) {}
  Reserved(const Reserved&) = delete;
  Reserved& operator=(const Reserved&) = delete;
  ~Reserved() { munmap(at_, size_); }
  std::span<const std::byte> bytes() const { return {static_cast<const std::byte*>(at_), size_}; }

 private:
  size_t size_;
  void* at_;
};

BlobChains base_chains() {
  BlobChains chains;
  for (const auto& [name, hook] :
       {std::pair("INPUT", Hook::input), std::pair("FORWARD", Hook::forward), std::pair("OUTPUT", Hook::output)}) {
    chains.add(ChainName(name))->hook = hook;
  }
  return chains;
}

TEST(BlobWriter, RefusesTablesThatItsNumbersCannotSay) {
  const Reserved gigabyte(size_t{1} << 30);
  // 2 GiB is beyond a verdict, 4 GiB and a little would wrap to a small table.
  for (const int count : {2, 4, 5}) {
    BlobChains chains = base_chains();
    for (int i = 0; i < count; ++i) {
      chains.add(ChainName("chain" + std::to_string(i)))->kept = KeptRules{.bytes = gigabyte.bytes(), .count = 1};
    }
    const auto written = write_blob(Family::ipv4, TableId::filter, chains);
    ASSERT_FALSE(written) << count;
    EXPECT_EQ(written.error().errno_value, EOVERFLOW);
  }
  BlobChains chains = base_chains();
  for (int i = 0; i < 3; ++i) {
    chains.add(ChainName("chain" + std::to_string(i)))->kept = KeptRules{.bytes = {}, .count = 0x7fffffff};
  }
  EXPECT_FALSE(write_blob(Family::ipv4, TableId::filter, chains));
}

constexpr size_t kNames = 20000;
// What libstdc++ would have as many buckets as, for that many names.
constexpr size_t kBuckets = 20753;

std::vector<std::string> names(const std::function<bool(std::string_view)>& wanted) {
  std::vector<std::string> out;
  for (size_t i = 0; out.size() < kNames; ++i) {
    std::string name = "c" + std::to_string(i);
    if (wanted(name)) out.push_back(std::move(name));
  }
  return out;
}

std::chrono::nanoseconds time_to_find(const std::vector<std::string>& names) {
  BlobChains chains;
  const auto begin = std::chrono::steady_clock::now();
  for (const std::string& name : names) chains.add(ChainName(name));
  size_t found = 0;
  for (const std::string& name : names) found += chains.find(name) != nullptr ? 1U : 0U;
  EXPECT_EQ(found, kNames);
  return std::chrono::steady_clock::now() - begin;
}

TEST(BlobWriter, NamesThatCollideInStdHashCostNoMoreThanOthers) {
  // To find 20,000 in one bucket takes 400 million hashes; in one of 64 it shows as well.
  const auto collide = [](std::string_view name) { return std::hash<std::string_view>{}(name) % kBuckets < 64; };
  const auto chosen = names(collide);
  const auto others = names([](std::string_view) { return true; });
  auto least = std::chrono::nanoseconds::max();
  auto most = std::chrono::nanoseconds::zero();
  for (int attempt = 0; attempt < 3; ++attempt) {
    most = attempt == 0 ? time_to_find(chosen) : std::min(most, time_to_find(chosen));
    least = std::min(least, time_to_find(others));
  }
  EXPECT_LE(most, 3 * least);
}

}  // namespace
}  // namespace ferrule::legacy
