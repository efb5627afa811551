// SET: struct xt_set_info_target_v3 and its forerunners v2, v1 and v0 in <linux/netfilter/xt_set.h>. Each revision adds
// options at the end of the table: 2 --exist and --timeout, 3 --map-set.
#include <array>
#include <concepts>
#include <cstddef>

#include "extensions/codec.hpp"
#include "extensions/ipset.hpp"

namespace ferrule::ext {
namespace {

enum SetOption : size_t { kAddSet, kDelSet, kExist, kTimeout, kMapSet, kMapMark, kMapPrio, kMapQueue, kEnd };

constexpr uint32_t kNoTimeout = 0xffffffff;

constexpr Option set_row(std::string_view name, std::string_view help) {
  return {.name = name, .arg = Arg::kString, .flags = kTwoWords, .metavar = "name src|dst[,...]", .help = help};
}

constexpr Option flag_row(std::string_view name, std::string_view help) {
  return {.name = name, .flags = kMulti, .help = help};
}

constexpr std::array<Option, kEnd> kOptions = {
    {set_row("add-set", "add the packet's addresses to this set"),
     set_row("del-set", "remove the packet's addresses from this set"),
     flag_row("exist", "an entry that is there already gets the new timeout"),
     {.name = "timeout",
      .arg = Arg::kString,
      .flags = kMulti,
      .metavar = "seconds",
      .help = "how long the entry stays (as the set says)"},
     set_row("map-set", "take what the set has for the packet"),
     flag_row("map-mark", "the mark"),
     flag_row("map-prio", "the priority"),
     flag_row("map-queue", "the hardware queue")}};

struct MapFlag {
  SetOption option;
  uint32_t flag;
};
constexpr std::array<MapFlag, 3> kMapFlags = {
    {{kMapMark, IPSET_FLAG_MAP_SKBMARK}, {kMapPrio, IPSET_FLAG_MAP_SKBPRIO}, {kMapQueue, IPSET_FLAG_MAP_SKBQUEUE}}};

Result<void> check_options(const CheckCall& call) {
  const auto given = [&](size_t id) { return (call.seen & bit(id)) != 0; };
  const auto refuse = [](std::string message) { return fail(Code::kInvalidInput, std::move(message)); };
  if (!given(kAddSet) && !given(kDelSet) && !given(kMapSet)) {
    return refuse("You must specify either `--add-set' or `--del-set' or `--map-set'");
  }
  if (given(kExist) && !given(kAddSet)) return refuse("Flag `--exist' can be used with `--add-set' only");
  if (given(kTimeout) && !given(kAddSet)) return refuse("Option `--timeout' can be used with `--add-set' only");
  bool mapped = false;
  for (const MapFlag& row : kMapFlags) {
    mapped = mapped || given(row.option);
    if (given(row.option) && !given(kMapSet)) {
      return refuse("Flag `--" + std::string(kOptions[row.option].name) + "' can be used with `--map-set' only");
    }
  }
  if (given(kMapSet) && !mapped) {
    return refuse("You must specify flags `--map-mark' or '--map-prio` or `--map-queue'");
  }
  return {};
}

// All that any revision has.
struct Parts {
  xt_set_info add = kNoSet;
  xt_set_info del = kNoSet;
  xt_set_info map = kNoSet;
  uint32_t flags = 0;
  uint32_t timeout = kNoTimeout;
};

template <typename Info>
constexpr bool kHasFlags = requires(Info info) {
  info.timeout;
};
template <typename Info>
constexpr bool kHasMap = requires(Info info) {
  info.map_set;
};
template <typename Info>
constexpr bool kIsOldest = std::same_as<Info, xt_set_info_target_v0>;

template <typename Info>
Parts load_parts(const Info& info) {
  Parts parts;
  if constexpr (kIsOldest<Info>) {
    parts.add = load_set(info.add_set);
    parts.del = load_set(info.del_set);
  } else {
    parts.add = info.add_set;
    parts.del = info.del_set;
  }
  if constexpr (kHasFlags<Info>) {
    parts.flags = info.flags;
    parts.timeout = info.timeout;
  }
  if constexpr (kHasMap<Info>) parts.map = info.map_set;
  return parts;
}

template <typename Info>
void store_parts(const Parts& parts, Info& info) {
  if constexpr (kIsOldest<Info>) {
    store_set(parts.add, info.add_set);
    store_set(parts.del, info.del_set);
  } else {
    info.add_set = parts.add;
    info.del_set = parts.del;
  }
  if constexpr (kHasFlags<Info>) {
    info.flags = parts.flags;
    info.timeout = parts.timeout;
  }
  if constexpr (kHasMap<Info>) info.map_set = parts.map;
}

template <typename Payload>
struct Set {
  using Info = Payload;
  static constexpr uint32_t kAddOffset = offsetof(Info, add_set);
  static constexpr uint32_t kDelOffset = offsetof(Info, del_set);
  // Only revision 3 has a third set, and it has it here.
  static constexpr uint32_t kMapOffset = offsetof(xt_set_info_target_v3, map_set);

  static void init(Info& info, Family) { store_parts(Parts{}, info); }

  static Result<void> parse(OptionCall& call, Info& info) {
    Parts parts = load_parts(info);
    auto result = parse_parts(call, parts);
    if (result) store_parts(parts, info);
    return result;
  }

  static Result<void> parse_parts(OptionCall& call, Parts& parts) {
    switch (call.id) {
      case kAddSet:
        return read_set(call, kAddOffset, parts.add);
      case kDelSet:
        return read_set(call, kDelOffset, parts.del);
      case kMapSet:
        return read_set(call, kMapOffset, parts.map);
      case kExist:
        parts.flags |= IPSET_FLAG_EXIST;
        return {};
      case kTimeout:
        return read_timeout(call.text, parts);
      default:
        for (const MapFlag& row : kMapFlags) {
          if (row.option == call.id) parts.flags |= row.flag;
        }
        return {};
    }
  }

  static Result<void> read_timeout(std::string_view text, Parts& parts) {
    uint64_t seconds = 0;
    if (!parse_number(text, kNoTimeout - 1, seconds)) {
      return fail(Code::kInvalidInput, "Invalid value for option --timeout or out of range 0-4294967294");
    }
    parts.timeout = static_cast<uint32_t>(seconds);
    return {};
  }

  static std::string refusal(const OptionCall& call, Refusal why) { return refusal_of_set(call, why); }
  static Result<void> check(const CheckCall& call, Info&) { return check_options(call); }

  static void put(std::string_view before, const PrintCall& call, const Info& info, Text& out) {
    const Parts parts = load_parts(info);
    const auto word = [&](SetOption option) { out.raw(before).raw(kOptions[option].name); };
    const auto set = [&](SetOption option, uint32_t offset, const xt_set_info& which) {
      word(option);
      put_set(call, offset, which, out);
    };
    if (is_given(parts.add)) {
      set(kAddSet, kAddOffset, parts.add);
      if ((parts.flags & IPSET_FLAG_EXIST) != 0) word(kExist);
      if (parts.timeout != kNoTimeout) {
        word(kTimeout);
        out.number(parts.timeout);
      }
    }
    if (is_given(parts.del)) set(kDelSet, kDelOffset, parts.del);
    if (!is_given(parts.map)) return;
    set(kMapSet, kMapOffset, parts.map);
    for (const MapFlag& row : kMapFlags) {
      if ((parts.flags & row.flag) != 0) word(row.option);
    }
  }

  static void save(const PrintCall& call, const Info& info, Text& out) { put(" --", call, info, out); }
  static void print(const PrintCall& call, const Info& info, Text& out) { put(" ", call, info, out); }
};

template <typename Info>
constexpr Extension set_target(uint8_t revision, size_t options, Families families = Families::both) {
  return make_extension<Set<Info>>({.kind = Kind::target,
                                    .name = "SET",
                                    .revision = revision,
                                    .families = families,
                                    .options = std::span(kOptions).first(options),
                                    .summary = "add the packet's addresses to a set or remove them"});
}

}  // namespace

extern constinit const Extension kTargetSetR3 = set_target<xt_set_info_target_v3>(3, kEnd);
extern constinit const Extension kTargetSetR2 = set_target<xt_set_info_target_v2>(2, kMapSet);
extern constinit const Extension kTargetSetR1 = set_target<xt_set_info_target_v1>(1, kExist);
extern constinit const Extension kTargetSetR0V4 = set_target<xt_set_info_target_v0>(0, kExist, Families::ipv4);

}  // namespace ferrule::ext
