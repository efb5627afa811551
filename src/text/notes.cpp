#include "text/notes.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "model/entry.hpp"

namespace ferrule::text {
namespace {

std::optional<model::Address> address_of(Family family, std::string_view text) {
  model::Address out{};
  const std::string terminated(text);
  if (inet_pton(family == Family::ipv4 ? AF_INET : AF_INET6, terminated.c_str(), out.data()) != 1) return std::nullopt;
  return out;
}

}  // namespace

std::optional<std::string> note_on_interface(std::string_view name) {
  if (name.find_first_of("/ ") == std::string_view::npos) return std::nullopt;
  return "Warning: weird character in interface `" + std::string(name) +
         "' ('/' and ' ' are not allowed by the kernel).";
}

std::optional<std::string> note_on_protocol(uint16_t number, std::string_view name) {
  switch (number) {
    case IPPROTO_ROUTING:
    case IPPROTO_FRAGMENT:
    case IPPROTO_AH:
    case IPPROTO_DSTOPTS:
      return "Warning: never matched protocol: " + std::string(name) + ". use extension match instead.";
    default:
      return std::nullopt;
  }
}

std::optional<std::string> note_on_option(Family family, const ext::Option& row, std::string_view value) {
  const std::string_view option = row.name;
  if (option == "set" && (row.flags & ext::kAlias) != 0) return "--set option deprecated, please use --match-set";
  if (option == "physdev-in" || option == "physdev-out") return note_on_interface(value);
  if (option == "nflog-range") {
    return "warn: --nflog-range has never worked and is no longer supported, please use --nflog-size instead";
  }
  if (option == "localtz") {
    return "WARNING: --localtz is being replaced by --kerneltz, since \"local\" is ambiguous. Note the kernel timezone "
           "has caveats - see manpage for details.";
  }
  const size_t hyphen = value.find('-');
  if ((option != "src-range" && option != "dst-range") || hyphen == std::string_view::npos) return std::nullopt;
  const auto first = address_of(family, value.substr(0, hyphen));
  const auto last = address_of(family, value.substr(hyphen + 1));
  if (!first || !last || *first <= *last) return std::nullopt;
  return "xt_iprange: range " + std::string(value) + " is reversed and will never match";
}

}  // namespace ferrule::text
