// Runs a fuzz target without libFuzzer: on every file of the folders named, on every beginning of it, and on a fixed
// number of changed copies. The same every time; for the test suite. scripts/fuzz is for finding new things.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

constexpr size_t kMostBeginnings = 512;
constexpr size_t kChangedCopies = 500;

// In a buffer that ends where the input ends, for the address sanitizer.
void run(const std::vector<uint8_t>& input) {
  const std::vector<uint8_t> exact(input.begin(), input.end());
  LLVMFuzzerTestOneInput(exact.data(), exact.size());
}

void change(std::vector<uint8_t>& input, std::minstd_rand& random) {
  static constexpr uint8_t kEdges[] = {0x00, 0x01, 0x7f, 0x80, 0xff};
  const size_t at = random() % input.size();
  switch (random() % 5) {
    case 0:
      input[at] = static_cast<uint8_t>(random());
      break;
    case 1:
      input[at] = kEdges[random() % std::size(kEdges)];
      break;
    case 2:
      input[at] = static_cast<uint8_t>(input[at] ^ 1U << random() % 8);
      break;
    case 3:
      input.erase(input.begin() + static_cast<std::ptrdiff_t>(at));
      break;
    default: {
      const size_t length = std::min<size_t>(1 + random() % 16, input.size() - at);
      const std::vector<uint8_t> piece(input.begin() + static_cast<std::ptrdiff_t>(at),
                                       input.begin() + static_cast<std::ptrdiff_t>(at + length));
      input.insert(input.begin() + static_cast<std::ptrdiff_t>(random() % input.size()), piece.begin(), piece.end());
    }
  }
}

void replay(const std::vector<uint8_t>& seed) {
  run(seed);
  const size_t step = std::max<size_t>(1, seed.size() / kMostBeginnings);
  for (size_t size = 0; size < seed.size(); size += step) {
    run({seed.begin(), seed.begin() + static_cast<std::ptrdiff_t>(size)});
  }
  std::minstd_rand random(static_cast<unsigned>(seed.size()));
  for (size_t i = 0; i < kChangedCopies && !seed.empty(); ++i) {
    std::vector<uint8_t> copy = seed;
    for (size_t changes = 1 + random() % 4; changes > 0 && !copy.empty(); --changes) change(copy, random);
    run(copy);
  }
}

}  // namespace

int main(int argc, char** argv) {
  size_t seeds = 0;
  for (int i = 1; i < argc; ++i) {
    for (const auto& entry : std::filesystem::directory_iterator(argv[i])) {
      std::ifstream file(entry.path(), std::ios::binary);
      replay({std::istreambuf_iterator<char>(file), {}});
      ++seeds;
    }
  }
  std::printf("%zu seeds\n", seeds);
  // A target without seeds proves nothing.
  return seeds == 0 ? 1 : 0;
}
