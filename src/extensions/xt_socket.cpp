// socket, revisions 3 to 0: struct xt_socket_mtinfo{3,2,1} in <linux/netfilter/xt_socket.h>; revision 0 has no payload.
#include <linux/netfilter/xt_socket.h>

#include <array>
#include <span>

#include "extensions/codec.hpp"
#include "extensions/flag_options.hpp"

namespace ferrule::ext {
namespace {

// In the order of their flags, which each revision has one more of.
constexpr std::array<Option, 3> kOptions = {
    {{.name = "transparent", .help = "leave out sockets that are not transparent"},
     {.name = "nowildcard", .help = "sockets that listen on any address count too"},
     {.name = "restore-skmark", .help = "give the packet the socket's mark"}}};
static_assert(flag_of_option(0) == XT_SOCKET_TRANSPARENT && flag_of_option(1) == XT_SOCKET_NOWILDCARD &&
              flag_of_option(2) == XT_SOCKET_RESTORESKMARK);

struct Socket {
  using Info = xt_socket_mtinfo3;

  static Result<void> parse(OptionCall& call, Info& info) {
    info.flags |= flag_of_option(call.id);
    return {};
  }

  static void save(const PrintCall&, const Info& info, Text& out) { write_flags(kOptions, info.flags, " --", out); }

  static void print(const PrintCall&, const Info& info, Text& out) {
    write_flags(kOptions, info.flags, " --", out.raw(" socket"));
  }
};
static_assert(sizeof(xt_socket_mtinfo1) == sizeof(xt_socket_mtinfo3) &&
              sizeof(xt_socket_mtinfo2) == sizeof(xt_socket_mtinfo3));

struct SocketR0 {
  using Info = NoInfo;
  static void print(const PrintCall&, const Info&, Text& out) { out.raw("socket "); }
};

constexpr Description described(uint8_t revision, Families families = Families::both) {
  return {.name = "socket",
          .revision = revision,
          .families = families,
          .options = std::span(kOptions).first(revision),
          .summary = "a local socket for the packet exists"};
}

}  // namespace

extern constinit const Extension kMatchSocketR3 = make_extension<Socket>(described(3));
extern constinit const Extension kMatchSocketR2 = make_extension<Socket>(described(2));
extern constinit const Extension kMatchSocketR1 = make_extension<Socket>(described(1));
extern constinit const Extension kMatchSocketR0 = make_extension<SocketR0>(described(0, Families::ipv4));

}  // namespace ferrule::ext
