#include "iptables/identity.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace ferrule::cli {
namespace {

constexpr std::array<std::string_view, 19> kNames = {
    "iptables",         "iptables-save",         "iptables-restore",
    "ip6tables",        "ip6tables-save",        "ip6tables-restore",
    "iptables-legacy",  "iptables-legacy-save",  "iptables-legacy-restore",
    "ip6tables-legacy", "ip6tables-legacy-save", "ip6tables-legacy-restore",
    "iptables-nft",     "iptables-nft-save",     "iptables-nft-restore",
    "ip6tables-nft",    "ip6tables-nft-save",    "ip6tables-nft-restore",
    "iptables-xml",
};

// Those under which xtables-legacy-multi and xtables-nft-multi also know their programs.
constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kOtherNames = {
    {{"main4", "iptables"},
     {"save4", "iptables-save"},
     {"restore4", "iptables-restore"},
     {"main6", "ip6tables"},
     {"save6", "ip6tables-save"},
     {"restore6", "ip6tables-restore"},
     {"xml", "iptables-xml"}}};

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
  Identity identity{.called = std::string(name), .invoked = std::string(called)};
  const auto other = std::ranges::find(kOtherNames, name, &std::pair<std::string_view, std::string_view>::first);
  if (other != kOtherNames.end()) name = other->second;
  if (std::find(kNames.begin(), kNames.end(), name) == kNames.end()) return std::nullopt;
  if (take_suffix(name, "-xml")) {
    identity.tool = Tool::kXml;
  } else if (take_suffix(name, "-save")) {
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
