#include "names/system_names.hpp"

#include <arpa/inet.h>
#include <grp.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pwd.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

namespace ferrule::system_names {
namespace {

// A record of a group with very many members needs about this much.
constexpr size_t kMaxRecordSize = size_t{1} << 20;

// Calls one of the get…_r functions with a growing buffer and gives what `read` makes of the record it found.
// `call` takes (record, buffer, size, result) and returns an errno.
template <typename Record, typename Call, typename Read>
auto look_up(Call call, Read read) -> std::optional<decltype(read(std::declval<const Record&>()))> {
  std::vector<char> buffer(1024);
  while (true) {
    Record record{};
    Record* found = nullptr;
    const int error = call(&record, buffer.data(), buffer.size(), &found);
    if (error == ERANGE && buffer.size() < kMaxRecordSize) {
      buffer.resize(buffer.size() * 4);
      continue;
    }
    if (error != 0 || found == nullptr) return std::nullopt;
    return read(*found);
  }
}

const char* or_null(const std::string& text) { return text.empty() ? nullptr : text.c_str(); }

std::string protocol_name_of(const protoent& record) { return record.p_name; }
uint16_t port_of(const servent& record) { return ntohs(static_cast<uint16_t>(record.s_port)); }

sockaddr_storage socket_address(Family family, const model::Address& address) {
  sockaddr_storage out{};
  if (family == Family::ipv4) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    std::memcpy(&v4.sin_addr, address.data(), sizeof v4.sin_addr);
    std::memcpy(&out, &v4, sizeof v4);
  } else {
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    std::memcpy(&v6.sin6_addr, address.data(), sizeof v6.sin6_addr);
    std::memcpy(&out, &v6, sizeof v6);
  }
  return out;
}

model::Address address_of(Family family, const sockaddr& address) {
  model::Address out{};
  if (family == Family::ipv4) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof v4);
    std::memcpy(out.data(), &v4.sin_addr, sizeof v4.sin_addr);
  } else {
    sockaddr_in6 v6{};
    std::memcpy(&v6, &address, sizeof v6);
    std::memcpy(out.data(), &v6.sin6_addr, sizeof v6.sin6_addr);
  }
  return out;
}

std::optional<model::Address> network(const std::string& name) {
  const auto found_network = look_up<netent>(
      [&](netent* record, char* buffer, size_t size, netent** found) {
        int resolver_error = 0;
        return getnetbyname_r(name.c_str(), record, buffer, size, found, &resolver_error);
      },
      [](const netent& record) { return std::pair(record.n_addrtype, record.n_net); });
  if (!found_network || found_network->first != AF_INET) return std::nullopt;
  model::Address out{};
  const uint32_t in_network_order = htonl(found_network->second);
  std::memcpy(out.data(), &in_network_order, sizeof in_network_order);
  return out;
}

std::optional<std::string> network_name(const model::Address& address) {
  uint32_t number = 0;
  std::memcpy(&number, address.data(), sizeof number);
  return look_up<netent>(
      [&](netent* record, char* buffer, size_t size, netent** found) {
        int resolver_error = 0;
        return getnetbyaddr_r(ntohl(number), AF_INET, record, buffer, size, found, &resolver_error);
      },
      [](const netent& record) { return std::string(record.n_name); });
}

}  // namespace

std::optional<uint8_t> protocol(const std::string& name) {
  const auto number =
      look_up<protoent>([&](protoent* record, char* buffer, size_t size,
                            protoent** found) { return getprotobyname_r(name.c_str(), record, buffer, size, found); },
                        [](const protoent& record) { return record.p_proto; });
  if (!number || *number < 0 || *number > 255) return std::nullopt;
  return static_cast<uint8_t>(*number);
}

std::optional<std::string> protocol_name(uint8_t number) {
  return look_up<protoent>([&](protoent* record, char* buffer, size_t size,
                               protoent** found) { return getprotobynumber_r(number, record, buffer, size, found); },
                           protocol_name_of);
}

std::optional<uint16_t> service(const std::string& name, const std::string& protocol) {
  return look_up<servent>(
      [&](servent* record, char* buffer, size_t size, servent** found) {
        return getservbyname_r(name.c_str(), or_null(protocol), record, buffer, size, found);
      },
      port_of);
}

std::optional<std::string> service_name(uint16_t port, const std::string& protocol) {
  return look_up<servent>(
      [&](servent* record, char* buffer, size_t size, servent** found) {
        return getservbyport_r(htons(port), or_null(protocol), record, buffer, size, found);
      },
      [](const servent& record) { return std::string(record.s_name); });
}

std::optional<uint32_t> user(const std::string& name) {
  return look_up<passwd>([&](passwd* record, char* buffer, size_t size,
                             passwd** found) { return getpwnam_r(name.c_str(), record, buffer, size, found); },
                         [](const passwd& record) { return uint32_t{record.pw_uid}; });
}

std::optional<uint32_t> group(const std::string& name) {
  return look_up<::group>([&](::group* record, char* buffer, size_t size,
                              ::group** found) { return getgrnam_r(name.c_str(), record, buffer, size, found); },
                          [](const ::group& record) { return uint32_t{record.gr_gid}; });
}

std::optional<std::string> user_name(uint32_t uid) {
  return look_up<passwd>([&](passwd* record, char* buffer, size_t size,
                             passwd** found) { return getpwuid_r(uid, record, buffer, size, found); },
                         [](const passwd& record) { return std::string(record.pw_name); });
}

std::optional<std::string> group_name(uint32_t gid) {
  return look_up<::group>([&](::group* record, char* buffer, size_t size,
                              ::group** found) { return getgrgid_r(gid, record, buffer, size, found); },
                          [](const ::group& record) { return std::string(record.gr_name); });
}

std::vector<model::Address> host(Family family, const std::string& name) {
  if (family == Family::ipv4) {
    if (const auto found = network(name)) return {*found};
  }
  addrinfo hints{};
  hints.ai_flags = AI_CANONNAME;
  hints.ai_family = family == Family::ipv4 ? AF_INET : AF_INET6;
  hints.ai_socktype = SOCK_RAW;
  addrinfo* list = nullptr;
  if (getaddrinfo(name.c_str(), nullptr, &hints, &list) != 0) return {};
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(list, &freeaddrinfo);
  std::vector<model::Address> out;
  for (const addrinfo* item = list; item != nullptr; item = item->ai_next) {
    if (item->ai_family != hints.ai_family || item->ai_addr == nullptr) continue;
    const model::Address address = address_of(family, *item->ai_addr);
    if (std::find(out.begin(), out.end(), address) == out.end()) out.push_back(address);
  }
  return out;
}

std::optional<std::string> host_name(Family family, const model::Address& address) {
  const sockaddr_storage storage = socket_address(family, address);
  const socklen_t size = family == Family::ipv4 ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
  std::array<char, NI_MAXHOST> name{};
  const auto* generic = reinterpret_cast<const sockaddr*>(&storage);
  if (getnameinfo(generic, size, name.data(), name.size(), nullptr, 0, NI_NAMEREQD) == 0) return name.data();
  if (family == Family::ipv4) return network_name(address);
  return std::nullopt;
}

}  // namespace ferrule::system_names
