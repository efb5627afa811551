// Shows where a connection really arrives: listens on one port, connects to some address and port, and says whether the
// listener got the connection and what SO_ORIGINAL_DST (<linux/netfilter_ipv4.h>) tells about its first destination.
//
//   redirect_probe LISTEN_PORT ADDRESS PORT [CLIENT_NETNS]
//
// The listener is in the present network namespace; the client too, unless CLIENT_NETNS, a path, names another. Exit
// status: 0 it arrived at the listener, 1 it did not, 2 wrong usage or no answer from the system.
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/netfilter_ipv4.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace {

// An address and port of either family.
struct Endpoint {
  sockaddr_storage storage{};
  socklen_t length = sizeof(sockaddr_storage);
  sockaddr* address() { return reinterpret_cast<sockaddr*>(&storage); }
  const sockaddr* address() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

[[noreturn]] void give_up(const char* what) {
  std::fprintf(stderr, "redirect_probe: %s: %s\n", what, std::strerror(errno));
  std::exit(2);
}

int checked(int result, const char* what) {
  if (result < 0) give_up(what);
  return result;
}

std::optional<uint16_t> read_port(std::string_view text) {
  uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size() || port == 0) return std::nullopt;
  return port;
}

std::optional<Endpoint> read_endpoint(const char* address, uint16_t port) {
  Endpoint endpoint;
  sockaddr_in v4{};
  if (inet_pton(AF_INET, address, &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    std::memcpy(&endpoint.storage, &v4, sizeof(v4));
    endpoint.length = sizeof(v4);
    return endpoint;
  }
  sockaddr_in6 v6{};
  if (inet_pton(AF_INET6, address, &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    std::memcpy(&endpoint.storage, &v6, sizeof(v6));
    endpoint.length = sizeof(v6);
    return endpoint;
  }
  return std::nullopt;
}

std::string to_text(const Endpoint& endpoint) {
  char text[INET6_ADDRSTRLEN] = "?";
  if (endpoint.storage.ss_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &endpoint.storage, sizeof(v4));
    inet_ntop(AF_INET, &v4.sin_addr, text, sizeof(text));
    return std::string(text) + ":" + std::to_string(ntohs(v4.sin_port));
  }
  sockaddr_in6 v6{};
  std::memcpy(&v6, &endpoint.storage, sizeof(v6));
  inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof(text));
  return "[" + std::string(text) + "]:" + std::to_string(ntohs(v6.sin6_port));
}

int listen_on(int family, uint16_t port) {
  const int fd = checked(socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  const auto any = read_endpoint(family == AF_INET ? "0.0.0.0" : "::", port);
  checked(bind(fd, any->address(), any->length), "bind");
  checked(listen(fd, 1), "listen");
  return fd;
}

// A socket belongs to the namespace in which it was made, so the client's is made there.
int client_socket(int family, const char* netns) {
  if (netns == nullptr) return checked(socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket");
  const int home = checked(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC), "open of the present namespace");
  const int other = checked(open(netns, O_RDONLY | O_CLOEXEC), netns);
  checked(setns(other, CLONE_NEWNET), "setns");
  const int fd = checked(socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket");
  checked(setns(home, CLONE_NEWNET), "setns");
  close(other);
  close(home);
  return fd;
}

Endpoint original_destination(int connection, int family) {
  Endpoint endpoint;
  const int level = family == AF_INET ? SOL_IP : SOL_IPV6;
  checked(getsockopt(connection, level, SO_ORIGINAL_DST, &endpoint.storage, &endpoint.length), "SO_ORIGINAL_DST");
  return endpoint;
}

// Why the client's connection did not come about, or that it went somewhere else.
std::string fate_of(int client) {
  int error = 0;
  socklen_t length = sizeof(error);
  pollfd state{client, POLLOUT, 0};
  if (poll(&state, 1, 0) == 0) return "no answer";
  getsockopt(client, SOL_SOCKET, SO_ERROR, &error, &length);
  return error == 0 ? "somebody else answered" : std::strerror(error);
}

}  // namespace

int main(int argc, char** argv) {
  constexpr int kTimeoutMs = 1000;
  const auto listen_port = argc >= 4 ? read_port(argv[1]) : std::nullopt;
  const auto port = argc >= 4 ? read_port(argv[3]) : std::nullopt;
  const auto destination = port ? read_endpoint(argv[2], *port) : std::nullopt;
  if (!listen_port || !destination || argc > 5) {
    std::fprintf(stderr, "usage: redirect_probe LISTEN_PORT ADDRESS PORT [CLIENT_NETNS]\n");
    return 2;
  }
  const int family = destination->storage.ss_family;
  const int listener = listen_on(family, *listen_port);
  const int client = client_socket(family, argc == 5 ? argv[4] : nullptr);
  const std::string to = to_text(*destination);
  if (connect(client, destination->address(), destination->length) != 0 && errno != EINPROGRESS) {
    std::printf("a connection to %s did not arrive at port %u: %s\n", to.c_str(), *listen_port, std::strerror(errno));
    return 1;
  }
  // Wait for either end: a refusal reaches the client long before the time is over.
  pollfd ends[] = {{listener, POLLIN, 0}, {client, POLLOUT, 0}};
  poll(ends, 2, kTimeoutMs);
  pollfd arrival{listener, POLLIN, 0};
  if (poll(&arrival, 1, 50) <= 0) {
    std::printf("a connection to %s did not arrive at port %u: %s\n", to.c_str(), *listen_port,
                fate_of(client).c_str());
    return 1;
  }
  const int connection = checked(accept(listener, nullptr, nullptr), "accept");
  const std::string first = to_text(original_destination(connection, family));
  std::printf("a connection to %s arrived at port %u; SO_ORIGINAL_DST says %s\n", to.c_str(), *listen_port,
              first.c_str());
  return first == to ? 0 : 1;
}
