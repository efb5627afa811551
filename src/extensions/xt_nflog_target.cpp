// NFLOG: struct xt_nflog_info in <linux/netfilter/xt_NFLOG.h>. nf_tables keeps longer prefixes than the payload has
// room for; such a one goes along as an attachment.
#include <linux/netfilter/nf_log.h>
#include <linux/netfilter/xt_NFLOG.h>

#include <cstddef>

#include "extensions/codec.hpp"
#include "extensions/fields.hpp"
#include "extensions/log_prefix.hpp"

namespace ferrule::ext {
namespace {

enum NflogOption : size_t { kGroup, kPrefix, kRange, kSize, kThreshold };

constexpr Option length_row(std::string_view name, NflogOption other, std::string_view help) {
  return {.name = name,
          .arg = Arg::kU32,
          .excludes = bit(other),
          .offset = offsetof(xt_nflog_info, len),
          .metavar = "bytes",
          .help = help};
}

constexpr Option u16_row(std::string_view name, size_t offset, std::string_view help) {
  Option row{.name = name, .arg = Arg::kU16, .metavar = "number", .help = help};
  row.offset = static_cast<uint16_t>(offset);
  return row;
}

constexpr std::array kOptions = {
    u16_row("nflog-group", offsetof(xt_nflog_info, group), "the netlink group to send to (0)"),
    log_prefix_row("nflog-prefix"), length_row("nflog-range", kSize, "has never worked"),
    length_row("nflog-size", kRange, "how much of the packet to send"),
    u16_row("nflog-threshold", offsetof(xt_nflog_info, threshold), "how many packets to send at once (1)")};

struct Nflog {
  using Info = xt_nflog_info;

  static Result<void> parse(OptionCall& call, Info& info) {
    if (call.id == kSize) info.flags |= XT_NFLOG_F_COPY_LEN;
    if (call.id != kPrefix) return {};
    put_text(info.prefix, call.text);
    if (call.text.size() >= sizeof info.prefix) {
      call.attachments.push_back({Attachment::Kind::long_prefix, offsetof(xt_nflog_info, prefix),
                                  std::string(call.text.substr(0, NF_LOG_PREFIXLEN - 1))});
    }
    return check_log_prefix(call);
  }

  static void put(std::string_view before, const PrintCall& call, const Info& info, Text& out) {
    const auto number = [&](std::string_view name, uint64_t value) { out.raw(before).raw(name).number(value); };
    if (info.prefix[0] != '\0') {
      const std::string* whole = call.attached(offsetof(xt_nflog_info, prefix));
      out.raw(before).raw("nflog-prefix").quoted(whole != nullptr ? std::string_view(*whole) : text_of(info.prefix));
    }
    if (info.group != 0) number("nflog-group", info.group);
    if ((info.flags & XT_NFLOG_F_COPY_LEN) != 0) {
      number("nflog-size", info.len);
    } else if (info.len != 0) {
      number("nflog-range", info.len);
    }
    if (info.threshold != 0) number("nflog-threshold", info.threshold);
  }

  static void save(const PrintCall& call, const Info& info, Text& out) { put(" --", call, info, out); }
  static void print(const PrintCall& call, const Info& info, Text& out) { put(" ", call, info, out); }
};

}  // namespace

extern constinit const Extension kTargetNflog = make_extension<Nflog>(
    {.kind = Kind::target, .name = "NFLOG", .options = kOptions, .summary = "send the packet to a logging program"});

}  // namespace ferrule::ext
