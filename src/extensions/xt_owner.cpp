// owner, revision 1: struct xt_owner_match_info in <linux/netfilter/xt_owner.h>.
#include <linux/netfilter/xt_owner.h>

#include <array>
#include <optional>

#include "extensions/codec.hpp"

namespace ferrule::ext {
namespace {

enum Id : size_t { kUid, kGid, kSocketExists, kSupplementary };

constexpr std::array<Option, 4> kOptions = {
    {{.name = "uid-owner",
      .arg = Arg::kString,
      .flags = kInvert,
      .metavar = "user|uid[-uid]",
      .help = "the socket's file belongs to this user"},
     {.name = "gid-owner",
      .arg = Arg::kString,
      .flags = kInvert,
      .metavar = "group|gid[-gid]",
      .help = "the socket's file belongs to this group"},
     {.name = "socket-exists", .flags = kInvert, .help = "the packet has a socket"},
     {.name = "suppl-groups", .help = "--gid-owner also means supplementary groups"}}};

struct IdRange {
  uint32_t first;
  uint32_t last;
};

constexpr uint32_t kLargestId = 0xfffffffe;  // the one above means "no such user"

// N, N-M or N:M.
std::optional<IdRange> parse_ids(std::string_view text) {
  const size_t separator = text.find_first_of("-:");
  uint64_t first = 0;
  if (!parse_number(text.substr(0, separator), kLargestId, first)) return std::nullopt;
  uint64_t last = first;
  if (separator != std::string_view::npos && !parse_number(text.substr(separator + 1), kLargestId, last)) {
    return std::nullopt;
  }
  return IdRange{static_cast<uint32_t>(first), static_cast<uint32_t>(last)};
}

void raw_ids(uint32_t first, uint32_t last, Text& out) {
  out.raw_number(first);
  if (first != last) out.raw('-').raw_number(last);
}

struct Owner {
  using Info = xt_owner_match_info;

  static Result<void> parse(OptionCall& call, Info& info) {
    if (call.id == kSupplementary) {
      if ((call.seen & bit(kGid)) == 0) {
        return call.error(R"(Bad value for "--suppl-groups" option: "you need to use --gid-owner first")");
      }
      info.match |= XT_OWNER_SUPPL_GROUPS;
      return {};
    }
    if (call.id == kSocketExists) {
      set(call, XT_OWNER_SOCKET, info);
      return {};
    }
    const auto named = call.id == kUid ? call.names.user(call.text) : call.names.group(call.text);
    const auto ids = named ? IdRange{*named, *named} : parse_ids(call.text);
    if (!ids) return call.bad_value();
    if (call.id == kUid) {
      info.uid_min = ids->first;
      info.uid_max = ids->last;
      set(call, XT_OWNER_UID, info);
    } else {
      info.gid_min = ids->first;
      info.gid_max = ids->last;
      set(call, XT_OWNER_GID, info);
    }
    return {};
  }

  static void set(const OptionCall& call, uint8_t flag, Info& info) {
    info.match |= flag;
    if (call.inverted) info.invert |= flag;
  }

  static Result<void> check(const CheckCall& call, Info& info) {
    if (info.match != 0) return {};
    return call.error("At least one of --uid-owner, --gid-owner or --socket-exists is required");
  }

  static void save(const PrintCall&, const Info& info, Text& out) {
    if ((info.match & XT_OWNER_SOCKET) != 0) out.option("socket-exists", (info.invert & XT_OWNER_SOCKET) != 0);
    if ((info.match & XT_OWNER_UID) != 0) {
      out.option("uid-owner", (info.invert & XT_OWNER_UID) != 0).raw(' ');
      raw_ids(info.uid_min, info.uid_max, out);
    }
    if ((info.match & XT_OWNER_GID) != 0) {
      out.option("gid-owner", (info.invert & XT_OWNER_GID) != 0).raw(' ');
      raw_ids(info.gid_min, info.gid_max, out);
    }
    if ((info.match & XT_OWNER_SUPPL_GROUPS) != 0) out.option("suppl-groups");
  }

  static void print(const PrintCall& call, const Info& info, Text& out) {
    const auto label = [&](std::string_view text, uint8_t flag) {
      out.raw((info.invert & flag) != 0 ? " ! " : " ").raw(text);
    };
    const bool named = call.numbers == Numbers::kNames;
    if ((info.match & XT_OWNER_SOCKET) != 0) label("owner socket exists", XT_OWNER_SOCKET);
    if ((info.match & XT_OWNER_UID) != 0) {
      label("owner UID match ", XT_OWNER_UID);
      const auto user = named && info.uid_min == info.uid_max ? call.names.user_name(info.uid_min) : std::nullopt;
      user ? void(out.raw(*user)) : raw_ids(info.uid_min, info.uid_max, out);
    }
    if ((info.match & XT_OWNER_GID) != 0) {
      label("owner GID match ", XT_OWNER_GID);
      const auto group = named && info.gid_min == info.gid_max ? call.names.group_name(info.gid_min) : std::nullopt;
      group ? void(out.raw(*group)) : raw_ids(info.gid_min, info.gid_max, out);
    }
    if ((info.match & XT_OWNER_SUPPL_GROUPS) != 0) out.raw(" incl. suppl. groups");
  }
};

}  // namespace

extern constinit const Extension kMatchOwner = make_extension<Owner>(
    {.name = "owner", .revision = 1, .options = kOptions, .summary = "the owner of a local packet's socket"});

}  // namespace ferrule::ext
