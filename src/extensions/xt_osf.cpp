// osf (IPv4), revision 0: struct xt_osf_info in <linux/netfilter/xt_osf.h>, which is nf_osf_info.
#include <netinet/in.h>
// after <netinet/in.h>, which it would otherwise clash with
#include <linux/netfilter/xt_osf.h>

#include <array>
#include <cstddef>

#include "extensions/bare_name.hpp"
#include "extensions/codec.hpp"
#include "extensions/fields.hpp"

namespace ferrule::ext {
namespace {

enum OptionId : size_t { kGenre, kTtl, kLog };

constexpr std::array<Option, kLog + 1> kOptions = {
    {{.name = "genre",
      .arg = Arg::kString,
      .flags = kInvert | kMandatory,
      .metavar = "name",
      .help = "the operating system"},
     {.name = "ttl",
      .arg = Arg::kU32,
      .max = XT_OSF_TTL_NOCHECK,
      .offset = offsetof(nf_osf_info, ttl),
      .metavar = "level",
      .help = "0: the TTL is the fingerprint's, for hosts of this LAN; 1: it is less; 2: do not look"},
     {.name = "log",
      .arg = Arg::kU32,
      .max = XT_OSF_LOGLEVEL_ALL_KNOWN,
      .offset = offsetof(nf_osf_info, loglevel),
      .metavar = "level",
      .help = "log to the kernel's log: 0 every signature, 1 the first, 2 all that are known"}}};

struct Osf {
  using Info = nf_osf_info;

  static Result<void> parse(OptionCall& call, Info& info) {
    switch (call.id) {
      case kGenre:
        put_text(info.genre, call.text);
        info.len = static_cast<uint32_t>(text_of(info.genre).size());
        if (call.inverted) info.flags |= XT_OSF_INVERT;
        return {};
      case kTtl:
        info.flags |= XT_OSF_TTL;
        return {};
      default:
        info.flags |= XT_OSF_LOG;
        return {};
    }
  }

  static void save(const PrintCall&, const Info& info, Text& out) {
    put_name(out.option("genre", (info.flags & XT_OSF_INVERT) != 0), text_of(info.genre));
    if ((info.flags & XT_OSF_TTL) != 0) out.option("ttl").number(info.ttl);
    if ((info.flags & XT_OSF_LOG) != 0) out.option("log").number(info.loglevel);
  }

  static void print(const PrintCall&, const Info& info, Text& out) {
    out.raw((info.flags & XT_OSF_INVERT) != 0 ? " OS fingerprint match ! " : " OS fingerprint match ");
    out.raw(text_of(info.genre));
  }
};

}  // namespace

extern constinit const Extension kMatchOsf = make_extension<Osf>(
    {.name = "osf", .families = Families::ipv4, .options = kOptions, .summary = "the sender's operating system"});

}  // namespace ferrule::ext
