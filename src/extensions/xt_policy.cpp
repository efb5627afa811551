// policy, revision 0: struct xt_policy_info in <linux/netfilter/xt_policy.h>: up to four elements of an IPsec policy.
// iptables stores an SPI in host order, although the kernel compares it with the packet's own bytes; so do we, because
// every tool reads it that way.
#include <netinet/in.h>
// after <netinet/in.h>, which it would otherwise clash with
#include <linux/netfilter/xt_policy.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string>

#include "extensions/codec.hpp"

namespace ferrule::ext {
namespace {

enum OptionId : size_t {
  kDirection,
  kPolicy,
  kStrict,
  kReqid,
  kSpi,
  kTunnelSource,
  kTunnelDestination,
  kProto,
  kMode,
  kNext
};

constexpr Option element_option(std::string_view name, Arg arg, std::string_view metavar, std::string_view help) {
  return {.name = name, .arg = arg, .flags = kInvert | kMulti, .metavar = metavar, .help = help};
}

constexpr std::array<Option, kNext + 1> kOptions = {{
    {.name = "dir", .arg = Arg::kString, .metavar = "in|out", .help = "the policy that was, or that will be, applied"},
    {.name = "pol", .arg = Arg::kString, .metavar = "none|ipsec", .help = "whether IPsec has to do with the packet"},
    {.name = "strict", .help = "the elements describe the whole policy, not any one of its elements"},
    element_option("reqid", Arg::kU32, "id", "the element's request id"),
    element_option("spi", Arg::kU32, "spi", "the security parameter index"),
    element_option("tunnel-src", Arg::kHostMask, "address[/mask]", "where the tunnel begins"),
    element_option("tunnel-dst", Arg::kHostMask, "address[/mask]", "where the tunnel ends"),
    element_option("proto", Arg::kProtocol, "ah|esp|ipcomp", "the protocol"),
    element_option("mode", Arg::kString, "tunnel|transport", "the mode"),
    {.name = "next", .flags = kMulti, .needs = bit(kStrict), .help = "what follows describes the next element"},
}};

struct Protocol {
  std::string_view name;
  uint8_t number;
};
constexpr std::array<Protocol, 3> kProtocols = {{{"esp", IPPROTO_ESP}, {"ah", IPPROTO_AH}, {"ipcomp", IPPROTO_COMP}}};

tl::unexpected<Error> wrong(std::string message) {
  return fail(Code::kInvalidInput, "policy match: " + std::move(message));
}

model::Address address_of(const xt_policy_addr& field) {
  model::Address out;
  static_assert(sizeof field == sizeof out);
  std::memcpy(out.data(), &field, sizeof out);
  return out;
}

void store(const model::Address& from, xt_policy_addr& to) { std::memcpy(&to, from.data(), sizeof to); }

// The bit of an element's option.
bool has(const xt_policy_spec& spec, size_t option) {
  switch (option) {
    case kReqid:
      return spec.reqid;
    case kSpi:
      return spec.spi;
    case kTunnelSource:
      return spec.saddr;
    case kTunnelDestination:
      return spec.daddr;
    case kProto:
      return spec.proto;
    default:
      return spec.mode;
  }
}

void add(xt_policy_spec& spec, size_t option) {
  if (option == kReqid) spec.reqid = 1;
  if (option == kSpi) spec.spi = 1;
  if (option == kTunnelSource) spec.saddr = 1;
  if (option == kTunnelDestination) spec.daddr = 1;
  if (option == kProto) spec.proto = 1;
  if (option == kMode) spec.mode = 1;
}

bool is_empty(const xt_policy_spec& spec) {
  return !spec.saddr && !spec.daddr && !spec.proto && !spec.mode && !spec.spi && !spec.reqid;
}

// Writes ` [!] PREFIX` and the name before the value of each thing that an element says.
class ElementText {
 public:
  ElementText(const PrintCall& call, const xt_policy_elem& element, std::string_view prefix, Text& out)
      : call_(call), element_(element), prefix_(prefix), out_(out) {}

  void append() {
    const xt_policy_spec& given = element_.match;
    const xt_policy_spec& inverted = element_.invert;
    if (given.reqid) name("reqid", inverted.reqid).raw_number(element_.reqid);
    if (given.spi) name("spi", inverted.spi).raw_hex(element_.spi);
    if (given.proto) append_protocol(name("proto", inverted.proto));
    if (given.mode) name("mode", inverted.mode).raw(mode_text());
    if (given.daddr) append_address(name("tunnel-dst", inverted.daddr), element_.daddr, element_.dmask);
    if (given.saddr) append_address(name("tunnel-src", inverted.saddr), element_.saddr, element_.smask);
  }

 private:
  Text& name(std::string_view text, unsigned inverted) {
    return out_.raw(inverted != 0 ? " ! " : " ").raw(prefix_).raw(text).raw(' ');
  }

  std::string_view mode_text() const {
    switch (element_.mode) {
      case XT_POLICY_MODE_TRANSPORT:
        return "transport";
      case XT_POLICY_MODE_TUNNEL:
        return "tunnel";
      default:
        return "???";
    }
  }

  void append_protocol(Text& out) const {
    const auto* found = std::find_if(kProtocols.begin(), kProtocols.end(),
                                     [&](const Protocol& p) { return p.number == element_.proto; });
    if (call_.numbers == Numbers::kNumeric || found == kProtocols.end()) {
      out.raw_number(element_.proto);
    } else {
      out.raw(found->name);
    }
  }

  void append_address(Text& out, const xt_policy_addr& address, const xt_policy_addr& mask) const {
    out.raw_address(call_.family, address_of(address)).raw_mask(call_.family, address_of(mask));
  }

  const PrintCall& call_;
  const xt_policy_elem& element_;
  std::string_view prefix_;
  Text& out_;
};

std::span<const xt_policy_elem> elements_of(const xt_policy_info& info) {
  return std::span(info.pol).first(std::min<size_t>(info.len, XT_POLICY_MAX_ELEM));
}

// While options are read, `len` is the index of the present element; `check` makes it the number of elements.
struct Policy {
  using Info = xt_policy_info;

  static Result<void> parse(OptionCall& call, Info& info) {
    switch (call.id) {
      case kDirection:
        return parse_direction(call, info);
      case kPolicy:
        if (call.text != "none" && call.text != "ipsec") {
          return wrong("invalid policy \"" + std::string(call.text) + "\"");
        }
        if (call.text == "none") info.flags |= XT_POLICY_MATCH_NONE;
        return {};
      case kStrict:
        info.flags |= XT_POLICY_MATCH_STRICT;
        return {};
      case kNext:
        if (++info.len == XT_POLICY_MAX_ELEM) return wrong("maximum policy depth reached");
        return {};
      default:
        return parse_element(call, info.pol[info.len]);
    }
  }

  static Result<void> check(const CheckCall&, Info& info) {
    if ((info.flags & (XT_POLICY_MATCH_IN | XT_POLICY_MATCH_OUT)) == 0) {
      return wrong("neither --dir in nor --dir out specified");
    }
    if ((info.flags & XT_POLICY_MATCH_NONE) != 0) {
      if ((info.flags & XT_POLICY_MATCH_STRICT) != 0) return wrong("policy none but --strict given");
      if (info.len != 0) return wrong("policy none but policy given");
      return {};
    }
    ++info.len;
    for (size_t i = 0; i < info.len; ++i) {
      if (auto done = check_element(info, i); !done) return done;
    }
    return {};
  }

  static void save(const PrintCall& call, const Info& info, Text& out) {
    append_head(info, "--", out);
    // Names of protocols, as with -L and unlike -L -n.
    const PrintCall by_name{.family = call.family, .numbers = Numbers::kNames, .names = call.names, .attachments = {}};
    std::string_view before;
    for (const xt_policy_elem& element : elements_of(info)) {
      out.raw(std::exchange(before, " --next"));
      ElementText(by_name, element, "--", out).append();
    }
  }

  static void print(const PrintCall& call, const Info& info, Text& out) {
    out.raw(" policy match");
    append_head(info, "", out);
    const auto elements = elements_of(info);
    for (size_t i = 0; i < elements.size(); ++i) {
      if (elements.size() > 1) out.raw(" [").raw_number(i).raw(']');
      ElementText(call, elements[i], "", out).append();
    }
  }

 private:
  static Result<void> parse_direction(const OptionCall& call, Info& info) {
    if (call.text == "in") {
      info.flags |= XT_POLICY_MATCH_IN;
    } else if (call.text == "out") {
      info.flags |= XT_POLICY_MATCH_OUT;
    } else {
      return fail(Code::kInvalidInput, "policy_match: invalid dir \"" + std::string(call.text) + "\"");
    }
    return {};
  }

  static Result<void> parse_element(const OptionCall& call, xt_policy_elem& element) {
    if (has(element.match, call.id)) return wrong("double --" + std::string(call.option.name) + " option");
    add(element.match, call.id);
    if (call.inverted) add(element.invert, call.id);
    switch (call.id) {
      case kReqid:
        element.reqid = static_cast<uint32_t>(call.number[0]);
        return {};
      case kSpi:
        element.spi = static_cast<uint32_t>(call.number[0]);
        return {};
      case kTunnelSource:
        store(call.address, element.saddr);
        store(call.mask, element.smask);
        return {};
      case kTunnelDestination:
        store(call.address, element.daddr);
        store(call.mask, element.dmask);
        return {};
      case kProto:
        element.proto = static_cast<uint8_t>(call.number[0]);
        return check_protocol(call.number[0]);
      default:
        return parse_mode(call, element.mode);
    }
  }

  static Result<void> check_protocol(uint64_t number) {
    for (const Protocol& protocol : kProtocols) {
      if (number == protocol.number) return {};
    }
    return wrong("protocol must be ah/esp/ipcomp");
  }

  static Result<void> parse_mode(const OptionCall& call, uint8_t& out) {
    if (call.text != "transport" && call.text != "tunnel") {
      return wrong("invalid mode \"" + std::string(call.text) + "\"");
    }
    out = call.text == "tunnel" ? XT_POLICY_MODE_TUNNEL : XT_POLICY_MODE_TRANSPORT;
    return {};
  }

  static Result<void> check_element(const Info& info, size_t index) {
    const xt_policy_elem& element = info.pol[index];
    if ((info.flags & XT_POLICY_MATCH_STRICT) != 0 && is_empty(element.match)) {
      return wrong("empty policy element " + std::to_string(index) +
                   ". --strict is in effect, but at least one of reqid, spi, tunnel-src, tunnel-dst, proto or mode is "
                   "required.");
    }
    const bool is_tunnel = (element.mode == XT_POLICY_MODE_TUNNEL) != (element.invert.mode != 0);
    if ((element.match.saddr || element.match.daddr) && !is_tunnel) {
      return wrong("--tunnel-src/--tunnel-dst is only valid in tunnel mode");
    }
    return {};
  }

  static void append_head(const Info& info, std::string_view prefix, Text& out) {
    out.raw(' ').raw(prefix).raw((info.flags & XT_POLICY_MATCH_IN) != 0 ? "dir in" : "dir out");
    out.raw(' ').raw(prefix).raw((info.flags & XT_POLICY_MATCH_NONE) != 0 ? "pol none" : "pol ipsec");
    if ((info.flags & XT_POLICY_MATCH_STRICT) != 0) out.raw(' ').raw(prefix).raw("strict");
  }
};

}  // namespace

extern constinit const Extension kMatchPolicy =
    make_extension<Policy>({.name = "policy", .options = kOptions, .summary = "the IPsec policy of the packet"});

}  // namespace ferrule::ext
