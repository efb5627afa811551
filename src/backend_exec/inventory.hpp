// Binaries: finds the iptables binaries of a search path and asks each what it is.
#pragma once

#include <chrono>
#include <compare>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "backend_exec/search_path.hpp"
#include "detect/inventory.hpp"

namespace ferrule::exec {

// The names of detect::kBinaryNames that exist in the search path, runnable or not. Executes nothing.
std::vector<std::string_view> names_found(const SearchPath& search);

// How long binaries may keep who asks for their versions.
struct AskingTimes {
  std::chrono::milliseconds one = std::chrono::seconds(3);  // each
  // All of one call together; those that are left then do not count.
  std::chrono::milliseconds all = std::chrono::seconds(9);
  // What failed is tried again after this: a library may have been installed, or the machine have been busy.
  std::chrono::milliseconds failures_count_for = std::chrono::seconds(60);
};

// Runs `--version` of every binary found, once for each file, and remembers what it said for as long as the object
// lives and the file stays the same (device, inode and time of change). The binaries behind xtables-*-multi are one
// file, so that a whole distribution's set costs two processes. Nothing is run before `inventory` is called.
// Thread-safe.
class Binaries {
 public:
  explicit Binaries(AskingTimes times = {}) : times_(times) {}

  // What exists and runs. A binary that prints an error instead of a version and exits with 0 is from before iptables
  // 1.8, hence legacy. One that cannot be executed, exits with anything else, is killed or takes too long does not
  // count, and the search goes on behind it.
  detect::Inventory inventory(const SearchPath& search);

  // The same without running a file whose real name tells what it is (xtables-nft-multi, say); its version is absent
  // then, and whether it runs is not known. iptables-nft opens a netlink socket even for `--version`, which loads the
  // kernel module nfnetlink.
  detect::Inventory inventory_by_names(const SearchPath& search);

  // That for the plain `iptables` only or, where that is none, `ip6tables` too: what a choice of backend needs.
  detect::Inventory plain_names(const SearchPath& search);

 private:
  // What makes two questions the same.
  struct Key {
    std::string path;
    std::string asked_as;
    dev_t device;
    ino_t inode;
    int64_t modified_ns;
    // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 takes the 0 that <=> compares with for a pointer
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  struct Identity {
    detect::Variant variant;
    std::optional<detect::ToolVersion> version;
  };
  using Answer = std::variant<Identity, std::string>;  // or why it does not count
  using Clock = std::chrono::steady_clock;
  struct Remembered {
    Answer answer;
    Clock::time_point when;
  };

  enum class Asking : uint8_t { kAlways, kWhereTheNameIsSilent };
  detect::Inventory look(const SearchPath& search, std::span<const std::string_view> names, Asking asking);
  Answer identify(const FoundFile& file, std::string_view name, const SearchPath& search, Clock::time_point end);
  std::optional<Answer> remembered(const Key& key);
  static Answer read_answer(std::string_view output, std::string_view error);
  static Answer ask(const std::string& path, const std::string& asked_as, const SearchPath& search,
                    std::chrono::milliseconds deadline);

  const AskingTimes times_;
  std::mutex mutex_;
  std::map<Key, Remembered> answers_;
};

}  // namespace ferrule::exec
