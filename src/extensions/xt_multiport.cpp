// multiport, revision 1: struct xt_multiport_v1 in <linux/netfilter/xt_multiport.h>.
#include <netinet/in.h>
// after <netinet/in.h>, which it would otherwise clash with
#include <linux/netfilter/xt_multiport.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "extensions/codec.hpp"
#include "extensions/lists.hpp"
#include "extensions/ports.hpp"

namespace ferrule::ext {
namespace {

enum Id : size_t { kSources, kSourcesShort, kDestinations, kDestinationsShort, kEither };

constexpr uint64_t kAll = bit(kSources) | bit(kDestinations) | bit(kEither);

constexpr Option ports_option(Id id, std::string_view name, std::string_view help) {
  return {.name = name,
          .arg = Arg::kString,
          .flags = kInvert,
          .excludes = kAll & ~bit(id),
          .metavar = "port[,port|,port:port]...",
          .help = help};
}

constexpr Option kSourcesRow = ports_option(kSources, "source-ports", "the source port is one of these");
constexpr Option kDestinationsRow =
    ports_option(kDestinations, "destination-ports", "the destination port is one of these");
constexpr std::array<Option, 5> kOptions = {
    {kSourcesRow, alias_of(kSourcesRow, "sports"), kDestinationsRow, alias_of(kDestinationsRow, "dports"),
     ports_option(kEither, "ports", "the source or the destination port is one of these")}};

constexpr std::string_view kWrongProtocol = "multiport only works with TCP, UDP, UDPLITE, SCTP and DCCP";
constexpr std::string_view kNoProtocol = "multiport needs `-p tcp', `-p udp', `-p udplite', `-p sctp' or `-p dccp'";

struct ProtocolName {
  uint8_t number;
  std::string_view name;
};
constexpr std::array<ProtocolName, 5> kProtocols = {{{IPPROTO_TCP, "tcp"},
                                                     {IPPROTO_UDP, "udp"},
                                                     {IPPROTO_UDPLITE, "udplite"},
                                                     {IPPROTO_SCTP, "sctp"},
                                                     {IPPROTO_DCCP, "dccp"}}};

// The name of a protocol that multiport works with, else an empty text.
std::string_view protocol_name(uint16_t number) {
  const auto* found =
      std::find_if(kProtocols.begin(), kProtocols.end(), [&](const ProtocolName& row) { return row.number == number; });
  return found == kProtocols.end() ? std::string_view{} : found->name;
}

Result<std::string_view> protocol_of(const RuleContext& rule) {
  if (rule.selectors->protocol == 0) return fail(Code::kInvalidInput, std::string(kNoProtocol));
  const std::string_view name = protocol_name(rule.selectors->protocol);
  if (name.empty() || !rule.protocol_is(static_cast<uint8_t>(rule.selectors->protocol))) {
    return fail(Code::kInvalidInput, std::string(kWrongProtocol));
  }
  return name;
}

struct Multiport {
  using Info = xt_multiport_v1;

  static Result<void> parse(OptionCall& call, Info& info) {
    const auto protocol = protocol_of(call.rule);
    if (!protocol) return tl::unexpected(protocol.error());
    info.flags = flag_of(call.id);
    info.invert = call.inverted ? 1 : 0;
    std::string_view list = call.text;
    for (bool more = true; more;) {
      more = list.find(',') != std::string_view::npos;
      if (auto added = add(call, next_item(list), *protocol, info); !added) return added;
    }
    return {};
  }

  static uint8_t flag_of(size_t id) {
    if (id == kEither) return XT_MULTIPORT_EITHER;
    return id == kSources ? XT_MULTIPORT_SOURCE : XT_MULTIPORT_DESTINATION;
  }

  // A port, or two with a colon between them.
  static Result<void> add(const OptionCall& call, std::string_view item, std::string_view protocol, Info& info) {
    const size_t colon = item.find(':');
    const bool is_range = colon != std::string_view::npos;
    if (info.count + (is_range ? 2 : 1) > XT_MULTI_PORTS) {
      return fail(Code::kInvalidInput, "too many ports specified");
    }
    const auto first = port(call, item.substr(0, colon), protocol);
    if (!first) return tl::unexpected(first.error());
    info.ports[info.count] = *first;
    info.pflags[info.count] = is_range ? 1 : 0;
    ++info.count;
    if (!is_range) return {};
    const auto last = port(call, item.substr(colon + 1), protocol);
    if (!last) return tl::unexpected(last.error());
    if (*first >= *last) return fail(Code::kInvalidInput, "invalid portrange specified");
    info.ports[info.count++] = *last;
    return {};
  }

  static Result<uint16_t> port(const OptionCall& call, std::string_view text, std::string_view protocol) {
    uint64_t number = 0;
    if (parse_number(text, 0xffff, number)) return static_cast<uint16_t>(number);
    if (const auto named = call.names.service(text, protocol)) return *named;
    return fail(Code::kInvalidInput, "invalid port/service `" + std::string(text) + "' specified");
  }

  static Result<void> check(const CheckCall& call, Info&) {
    if (call.seen == 0) return fail(Code::kInvalidInput, "multiport expection an option");
    return {};
  }

  static std::string_view name_of(uint8_t flags) {
    switch (flags) {
      case XT_MULTIPORT_SOURCE:
        return "sports";
      case XT_MULTIPORT_DESTINATION:
        return "dports";
      default:
        return "ports";
    }
  }

  static void raw_ports(const PrintCall& call, const Info& info, Text& out) {
    const size_t count = std::min<size_t>(info.count, XT_MULTI_PORTS);
    const std::string_view protocol = protocol_name(call.protocol);
    for (size_t i = 0; i < count; ++i) {
      if (i != 0) out.raw(info.pflags[i - 1] != 0 ? ':' : ',');
      raw_port(call, info.ports[i], protocol, out);
    }
  }

  static void save(const PrintCall& call, const Info& info, Text& out) {
    PrintCall numeric = call;
    numeric.numbers = Numbers::kNumeric;
    raw_ports(numeric, info, out.option(name_of(info.flags), info.invert != 0).raw(' '));
  }

  static void print(const PrintCall& call, const Info& info, Text& out) {
    out.raw(" multiport ").raw(name_of(info.flags)).raw(info.invert != 0 ? "  !" : " ");
    raw_ports(call, info, out);
  }
};

}  // namespace

extern constinit const Extension kMatchMultiport =
    make_extension<Multiport>({.name = "multiport",
                               .revision = 1,
                               .options = kOptions,
                               .summary = "up to 15 ports or, at two each, port ranges"});

}  // namespace ferrule::ext
