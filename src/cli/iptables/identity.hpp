// Which of the iptables names the command was called by.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "ferrule/detect.hpp"
#include "ferrule/types.hpp"

namespace ferrule::cli {

enum class Tool : uint8_t { kCommand, kSave, kRestore, kXml };

struct Identity {
  Tool tool = Tool::kCommand;
  Family family = Family::ipv4;
  std::optional<BackendKind> forced = {};  // -legacy or -nft in the name
  std::string called = {};                 // the name as called, without directories
  std::string invoked = {};                // with them, as getopt(3) begins its messages
  // "iptables" or "ip6tables", which most messages begin with.
  std::string_view plain() const { return family == Family::ipv4 ? "iptables" : "ip6tables"; }
};

// Nothing for a name that is none of iptables'.
std::optional<Identity> identity_of(std::string_view called);

// All names that identity_of knows, for `ferrule install-links`.
std::span<const std::string_view> stand_in_names();

}  // namespace ferrule::cli
