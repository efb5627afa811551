// Floors: kernel bytes that ferrule has made, replayed by bare system calls. Nobody who enters a namespace, opens a
// socket and looks at the answer can do with less.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

#include "backend_legacy/prebuilt.hpp"
#include "backend_nft/batch.hpp"
#include "support/namespaces.hpp"

namespace ferrule::bench {

// SET_REPLACE after SET_REPLACE.
class LegacyFloor {
 public:
  // Which tables replace which.
  enum class Way : uint8_t {
    kForward,  // a plan's, on empty tables
    kBack,     // empty tables, on a plan's
    kAgain,    // a plan's, on themselves
  };
  LegacyFloor(const legacy::PrebuiltTables& tables, Way way);
  // Microseconds, entering the namespace and coming back included.
  double run(const Namespace& target) const;

 private:
  struct Call {
    int family;
    int level;
    std::vector<std::byte> request;
  };
  std::vector<Call> calls_;
  std::vector<std::byte> unread_counters_;
};

// Sockets that are closed when this is gone.
class LaterClose {
 public:
  LaterClose() = default;
  ~LaterClose();
  LaterClose(const LaterClose&) = delete;
  LaterClose& operator=(const LaterClose&) = delete;
  void take(int fd);

 private:
  std::mutex mutex_;
  std::vector<int> fds_;
};

// One batch.
class NftFloor {
 public:
  // Its generation is taken as it stands.
  explicit NftFloor(const nft::Batch& batch);
  // Right after a batch that deleted something, closing waits for the kernel; kAtTheEnd leaves it to the destructor.
  enum class Closing : uint8_t { kMeasured, kAfterwards, kAtTheEnd };
  double run(const Namespace& target, Closing closing) const;

 private:
  std::vector<std::byte> bytes_;
  mutable LaterClose later_;
};

}  // namespace ferrule::bench
