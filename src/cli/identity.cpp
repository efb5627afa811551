#include "identity.hpp"

#include <algorithm>
#include <array>

namespace ferrule::cli {
namespace {

constexpr std::array<std::string_view, 18> kNames = {
    "iptables",         "iptables-save",         "iptables-restore",
    "ip6tables",        "ip6tables-save",        "ip6tables-restore",
    "iptables-legacy",  "iptables-legacy-save",  "iptables-legacy-restore",
    "ip6tables-legacy", "ip6tables-legacy-save", "ip6tables-legacy-restore",
    "iptables-nft",     "iptables-nft-save",     "iptables-nft-restore",
    "ip6tables-nft",    "ip6tables-nft-save",    "ip6tables-nft-restore",
};

bool take_suffix(std::string_view& name, std::string_view suffix) {
  if (!name.ends_with(suffix)) return false;
  name.remove_suffix(suffix.size());
  return true;
}

}  // namespace

std::span<const std::string_view> stand_in_names() { return kNames; }

std::optional<Identity> identity_of(std::string_view called) {
  const size_t slash = called.rfind('/');
  std::string_view name = slash == std::string_view::npos ? called : called.substr(slash + 1);
  // xtables-legacy-multi also knows its programs under these names.
  if (name == "main4") name = "iptables";
  if (name == "main6") name = "ip6tables";
  if (std::find(kNames.begin(), kNames.end(), name) == kNames.end()) return std::nullopt;
  Identity identity{.called = std::string(name)};
  if (take_suffix(name, "-save")) {
    identity.tool = Tool::kSave;
  } else if (take_suffix(name, "-restore")) {
    identity.tool = Tool::kRestore;
  }
  if (take_suffix(name, "-legacy")) {
    identity.forced = BackendKind::legacy;
  } else if (take_suffix(name, "-nft")) {
    identity.forced = BackendKind::nft;
  }
  if (name == "ip6tables") identity.family = Family::ipv6;
  return identity;
}

}  // namespace ferrule::cli
