// eui64 (IPv6), revision 0. It has no options, and a payload (an int that the kernel wants to be there) of zeros.
#include "extensions/codec.hpp"

namespace ferrule::ext {
namespace {

struct Eui64 {
  using Info = int32_t;
};

}  // namespace

extern constinit const Extension kMatchEui64 = make_extension<Eui64>(
    {.name = "eui64", .families = Families::ipv6, .summary = "the source address is made of the sender's MAC address"});

}  // namespace ferrule::ext
