#include "names/system_names.hpp"

#include <arpa/inet.h>
#include <net/if.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <string_view>

#include "names/getent.hpp"
#include "names/name_files.hpp"

namespace ferrule::system_names {
namespace {

constexpr const char* kConfiguration = "/etc/nsswitch.conf";
constexpr std::string_view kBlanks = " \t\r";

// The text that holds the answer to `key`, if there is one: the database's own file where that may speak, and has it,
// else getent's answer.
template <typename Read>
auto look_up(const char* database, const std::string& file, const std::string& key, Read read)
    -> decltype(read(std::string())) {
  const Sources sources = sources_of(read_name_file(kConfiguration), database);
  if (sources.file_first) {
    if (auto found = read(read_name_file(file)); found || !sources.others) return found;
  }
  return read(getent(database, key));
}

template <typename Each>
auto first_of_lines(std::string_view text, Each each) -> decltype(each(text)) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    if (auto found = each(line)) return found;
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
  return {};
}

char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string_view word(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(kBlanks), line.size()));
  const std::string_view out = line.substr(0, line.find_first_of(kBlanks));
  line.remove_prefix(out.size());
  return out;
}

// A line of passwd(5) or group(5), `name:password:number:…`.
struct Account {
  std::string_view name;
  uint32_t number = 0;
};

std::optional<Account> read_account(std::string_view line) {
  const size_t first = line.find(':');
  if (first == std::string_view::npos || first == 0) return std::nullopt;
  const size_t second = line.find(':', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  Account out{.name = line.substr(0, first)};
  const std::string_view number = line.substr(second + 1, line.find(':', second + 1) - second - 1);
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), out.number);
  if (error != std::errc{} || end != number.data() + number.size()) return std::nullopt;
  return out;
}

std::optional<uint32_t> number_of_account(const char* database, const std::string& file, const std::string& name) {
  return look_up(database, file, name, [&](const std::string& text) {
    return first_of_lines(text, [&](std::string_view line) -> std::optional<uint32_t> {
      const auto account = read_account(line);
      return account && account->name == name ? std::optional(account->number) : std::nullopt;
    });
  });
}

std::optional<std::string> name_of_account(const char* database, const std::string& file, uint32_t number) {
  return look_up(database, file, std::to_string(number), [&](const std::string& text) {
    return first_of_lines(text, [&](std::string_view line) -> std::optional<std::string> {
      const auto account = read_account(line);
      return account && account->number == number ? std::optional(std::string(account->name)) : std::nullopt;
    });
  });
}

// The first line that `parse` can read and that is the one. Most are told apart by not having the key in them at all.
template <typename Parse, typename IsIt>
std::optional<NumberedName> find_numbered(const std::string& text, const std::string& key, Parse parse, IsIt is_it) {
  return first_of_lines(text, [&](std::string_view line) -> std::optional<NumberedName> {
    if (line.find(key) == std::string_view::npos) return std::nullopt;
    const std::vector<NumberedName> parsed = parse(line);
    return !parsed.empty() && is_it(parsed.front()) ? std::optional(parsed.front()) : std::nullopt;
  });
}

template <typename IsIt>
std::optional<NumberedName> find_service(const std::string& key, const std::string& protocol, IsIt is_it) {
  return look_up("services", NameFiles{}.services, protocol.empty() ? key : key + "/" + protocol,
                 [&](const std::string& text) {
                   return find_numbered(text, key, parse_services, [&](const NumberedName& line) {
                     return is_it(line) && (protocol.empty() || line.protocol == protocol);
                   });
                 });
}

template <typename IsIt>
std::optional<NumberedName> find_protocol(const std::string& key, IsIt is_it) {
  return look_up("protocols", NameFiles{}.protocols, key,
                 [&](const std::string& text) { return find_numbered(text, key, parse_protocols, is_it); });
}

std::optional<model::Address> parse_address(Family family, std::string_view text) {
  model::Address out{};
  const std::string terminated(text);
  if (inet_pton(family == Family::ipv4 ? AF_INET : AF_INET6, terminated.c_str(), out.data()) != 1) return std::nullopt;
  return out;
}

std::string address_text(Family family, const model::Address& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(family == Family::ipv4 ? AF_INET : AF_INET6, address.data(), text.data(), text.size());
  return text.data();
}

// `::ffff:192.0.2.1`, which getent gives where a host has no IPv6 address of its own.
bool is_mapped(const model::Address& address) {
  return std::all_of(address.begin(), address.begin() + 10, [](uint8_t byte) { return byte == 0; }) &&
         address[10] == 0xff && address[11] == 0xff;
}

// An address that getaddrinfo(3) reads though its text alone is none of the family, which getent refuses where the
// namespace has no address but the loopback: `::ffff:192.0.2.1` for IPv4, `fe80::1%eth0` for IPv6.
std::optional<model::Address> odd_address(Family family, const std::string& name) {
  if (family == Family::ipv4) {
    const auto address = parse_address(Family::ipv6, name);
    if (!address || !is_mapped(*address)) return std::nullopt;
    model::Address inner{};
    std::copy(address->begin() + 12, address->end(), inner.begin());
    return inner;
  }
  const size_t percent = name.find('%');
  if (percent == std::string::npos) return std::nullopt;
  const auto address = parse_address(family, std::string_view(name).substr(0, percent));
  if (!address) return std::nullopt;
  const std::string scope = name.substr(percent + 1);
  const bool is_local = (*address)[0] == 0xfe && ((*address)[1] & 0xc0) == 0x80;
  const bool is_number = !scope.empty() && scope.find_first_not_of("0123456789") == std::string::npos;
  return is_number || (is_local && if_nametoindex(scope.c_str()) != 0) ? address : std::nullopt;
}

// A line of networks(5), `name number alias…`; the number as inet_network(3) reads it.
template <typename IsIt>
std::optional<NumberName> find_network(const std::string& key, IsIt is_it) {
  return look_up("networks", "/etc/networks", key, [&](const std::string& text) {
    return first_of_lines(text, [&](std::string_view line) -> std::optional<NumberName> {
      line = line.substr(0, line.find('#'));
      const std::string_view name = word(line);
      const std::string number(word(line));
      if (name.empty() || number.empty()) return std::nullopt;
      const NumberName found{inet_network(number.c_str()), std::string(name)};
      if (is_it(found)) return found;
      for (std::string_view alias = word(line); !alias.empty(); alias = word(line)) {
        if (is_it(NumberName{found.number, std::string(alias)})) return found;
      }
      return std::nullopt;
    });
  });
}

std::optional<model::Address> network(const std::string& name) {
  const auto found = find_network(name, [&](const NumberName& network) { return network.name == name; });
  if (!found) return std::nullopt;
  model::Address out{};
  const uint32_t in_network_order = htonl(found->number);
  std::memcpy(out.data(), &in_network_order, sizeof in_network_order);
  return out;
}

std::optional<std::string> network_name(const model::Address& address) {
  uint32_t number = 0;
  std::memcpy(&number, address.data(), sizeof number);
  number = ntohl(number);
  const auto found = find_network(address_text(Family::ipv4, address),
                                  [&](const NumberName& network) { return network.number == number; });
  return found ? std::optional(found->name) : std::nullopt;
}

// The addresses in hosts(5), `address name alias…`.
std::vector<model::Address> hosts_in_file(Family family, std::string_view name, std::string_view text) {
  std::vector<model::Address> out;
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    line = line.substr(0, line.find('#'));
    const auto address = parse_address(family, word(line));
    if (!address || std::ranges::find(out, *address) != out.end()) continue;
    for (std::string_view each = word(line); !each.empty(); each = word(line)) {
      if (!std::ranges::equal(each, name, {}, to_lower, to_lower)) continue;
      out.push_back(*address);
      break;
    }
  }
  return out;
}

// The name in `address name alias…`.
std::optional<std::string> second_word(const std::string& text) {
  std::string_view line = std::string_view(text).substr(0, text.find('\n'));
  word(line);
  const std::string_view name = word(line);
  return name.empty() ? std::nullopt : std::optional(std::string(name));
}

}  // namespace

std::optional<uint8_t> protocol(const std::string& name) {
  const auto found = find_protocol(name, [&](const NumberedName& line) { return line.is_called(name); });
  if (!found || found->number > 255) return std::nullopt;
  return static_cast<uint8_t>(found->number);
}

std::optional<std::string> protocol_name(uint8_t number) {
  const auto found =
      find_protocol(std::to_string(number), [&](const NumberedName& line) { return line.number == number; });
  return found ? std::optional(found->name) : std::nullopt;
}

std::optional<uint16_t> service(const std::string& name, const std::string& protocol) {
  const auto found = find_service(name, protocol, [&](const NumberedName& line) { return line.is_called(name); });
  return found ? std::optional(found->number) : std::nullopt;
}

std::optional<std::string> service_name(uint16_t port, const std::string& protocol) {
  const auto found =
      find_service(std::to_string(port), protocol, [&](const NumberedName& line) { return line.number == port; });
  return found ? std::optional(found->name) : std::nullopt;
}

std::optional<uint32_t> user(const std::string& name) { return number_of_account("passwd", "/etc/passwd", name); }
std::optional<uint32_t> group(const std::string& name) { return number_of_account("group", "/etc/group", name); }
std::optional<std::string> user_name(uint32_t uid) { return name_of_account("passwd", "/etc/passwd", uid); }
std::optional<std::string> group_name(uint32_t gid) { return name_of_account("group", "/etc/group", gid); }

std::vector<model::Address> host(Family family, const std::string& name) {
  if (family == Family::ipv4) {
    if (const auto found = network(name)) return {*found};
  }
  if (const auto found = odd_address(family, name)) return {*found};
  // getent would not even look there where the namespace has no address of the family but the loopback.
  if (sources_of(read_name_file(kConfiguration), "hosts").file_first) {
    if (auto found = hosts_in_file(family, name, read_name_file("/etc/hosts")); !found.empty()) return found;
  }
  const std::string text = getent(family == Family::ipv4 ? "ahostsv4" : "ahostsv6", name);
  std::vector<model::Address> out;
  std::string_view rest = text;
  while (!rest.empty()) {
    std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    const auto address = parse_address(family, word(line));
    if (!address || (family == Family::ipv6 && is_mapped(*address))) continue;
    if (std::ranges::find(out, *address) == out.end()) out.push_back(*address);
  }
  return out;
}

std::optional<std::string> host_name(Family family, const model::Address& address) {
  const std::string text = address_text(family, address);
  if (auto name = second_word(getent("hosts", text))) return name;
  return family == Family::ipv4 ? network_name(address) : std::nullopt;
}

}  // namespace ferrule::system_names
