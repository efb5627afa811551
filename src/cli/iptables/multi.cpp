#include "iptables/multi.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "iptables/identity.hpp"
#include "iptables/stand_in.hpp"
#include "say.hpp"

namespace ferrule::cli {
namespace {

// In the order in which they are listed.
constexpr std::array<std::string_view, 20> kLegacy = {"iptables",
                                                      "main4",
                                                      "iptables-save",
                                                      "save4",
                                                      "iptables-restore",
                                                      "restore4",
                                                      "iptables-legacy",
                                                      "iptables-legacy-save",
                                                      "iptables-legacy-restore",
                                                      "iptables-xml",
                                                      "xml",
                                                      "ip6tables",
                                                      "main6",
                                                      "ip6tables-save",
                                                      "save6",
                                                      "ip6tables-restore",
                                                      "restore6",
                                                      "ip6tables-legacy",
                                                      "ip6tables-legacy-save",
                                                      "ip6tables-legacy-restore"};
// xtables-nft-multi has more, of other tools than iptables.
constexpr std::array<std::string_view, 20> kNft = {"iptables-xml",
                                                   "xml",
                                                   "iptables",
                                                   "iptables-nft",
                                                   "main4",
                                                   "save4",
                                                   "restore4",
                                                   "iptables-save",
                                                   "iptables-restore",
                                                   "iptables-nft-save",
                                                   "iptables-nft-restore",
                                                   "ip6tables",
                                                   "ip6tables-nft",
                                                   "main6",
                                                   "save6",
                                                   "restore6",
                                                   "ip6tables-save",
                                                   "ip6tables-restore",
                                                   "ip6tables-nft-save",
                                                   "ip6tables-nft-restore"};

}  // namespace

std::optional<BackendKind> multi_of(std::string_view called) {
  const size_t slash = called.rfind('/');
  const std::string_view name = slash == std::string_view::npos ? called : called.substr(slash + 1);
  if (name == "xtables-legacy-multi") return BackendKind::legacy;
  if (name == "xtables-nft-multi") return BackendKind::nft;
  return std::nullopt;
}

int run_multi(BackendKind backend, std::span<char* const> words) {
  const auto& names = backend == BackendKind::legacy ? kLegacy : kNft;
  const auto identity = words.empty() || std::ranges::find(names, std::string_view(words[0])) == names.end()
                            ? std::nullopt
                            : identity_of(words[0]);
  if (!identity) {
    complain("ERROR: No valid subcommand given.\nValid subcommands:\n");
    for (const std::string_view name : names) complain(" * {}\n", name);
    return 1;
  }
  Identity meant = *identity;
  meant.forced = backend;
  const std::vector<std::string_view> rest(words.begin() + 1, words.end());
  return run_stand_in(meant, rest);
}

}  // namespace ferrule::cli
