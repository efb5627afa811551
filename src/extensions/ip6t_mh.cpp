// mh (IPv6), revision 0: struct ip6t_mh in <linux/netfilter_ipv6/ip6t_mh.h>. The kernel wants -p mh in the rule.
#include <linux/netfilter_ipv6/ip6t_mh.h>

#include <array>
#include <cstddef>
#include <string>

#include "extensions/codec.hpp"
#include "extensions/lists.hpp"

namespace ferrule::ext {
namespace {

constexpr uint8_t kLastType = 0xff;

constexpr std::array<Option, 1> kOptions = {{{.name = "mh-type",
                                              .arg = Arg::kString,
                                              .flags = kInvert,
                                              .metavar = "type[:type]",
                                              .help = "the type of the message, a number or one of the names below"}}};

struct TypeName {
  std::string_view name;
  std::string_view short_name;
};
// The index is the type.
constexpr std::array<TypeName, 8> kTypes = {{{"binding-refresh-request", "brr"},
                                             {"home-test-init", "hoti"},
                                             {"careof-test-init", "coti"},
                                             {"home-test", "hot"},
                                             {"careof-test", "cot"},
                                             {"binding-update", "bu"},
                                             {"binding-acknowledgement", "ba"},
                                             {"binding-error", "be"}}};

// A name, a beginning of one (the first that has it is meant), or a number.
Result<uint8_t> parse_type(std::string_view text) {
  for (bool (*const fits)(std::string_view, std::string_view) : {&same_word, &begins_with}) {
    for (size_t type = 0; type < kTypes.size(); ++type) {
      if (fits(kTypes[type].name, text) || fits(kTypes[type].short_name, text)) return static_cast<uint8_t>(type);
    }
  }
  uint64_t number = 0;
  if (parse_number(text, kLastType, number)) return static_cast<uint8_t>(number);
  return fail(Code::kInvalidInput, "Invalid MH type `" + std::string(text) + "'");
}

struct Mh {
  using Info = ip6t_mh;

  static void init(Info& info, Family) { info.types[1] = kLastType; }

  static Result<void> parse(OptionCall& call, Info& info) {
    const size_t colon = call.text.find(':');
    const std::string_view low = call.text.substr(0, colon);
    const std::string_view high = colon == std::string_view::npos ? low : call.text.substr(colon + 1);
    const bool is_range = colon != std::string_view::npos;
    const auto first = is_range && low.empty() ? Result<uint8_t>{0} : parse_type(low);
    if (!first) return tl::unexpected(first.error());
    const auto last = is_range && high.empty() ? Result<uint8_t>{kLastType} : parse_type(high);
    if (!last) return tl::unexpected(last.error());
    if (*first > *last) return fail(Code::kInvalidInput, "Invalid MH type range (min > max)");
    info.types[0] = *first;
    info.types[1] = *last;
    if (call.inverted) info.invflags |= IP6T_MH_INV_TYPE;
    return {};
  }

  static void save(const PrintCall& call, const Info& info, Text& out) {
    if (!limits_types(info)) return;
    append_types(call, info, out.option("mh-type", is_inverted(info)).raw(' '));
  }

  static void print(const PrintCall& call, const Info& info, Text& out) {
    out.raw(" mh");
    if (limits_types(info)) append_types(call, info, out.raw(is_inverted(info) ? " !" : " "));
  }

  static void help(Text& out) {
    for (const TypeName& type : kTypes) out.raw("  ").raw(type.name).raw(" (").raw(type.short_name).raw(")\n");
  }

 private:
  static bool is_inverted(const Info& info) { return (info.invflags & IP6T_MH_INV_TYPE) != 0; }

  static bool limits_types(const Info& info) {
    return info.types[0] != 0 || info.types[1] != kLastType || is_inverted(info);
  }

  static void append_types(const PrintCall& call, const Info& info, Text& out) {
    append_type(call, info.types[0], out);
    if (info.types[0] != info.types[1]) append_type(call, info.types[1], out.raw(':'));
  }

  static void append_type(const PrintCall& call, uint8_t type, Text& out) {
    if (call.numbers == Numbers::kNames && type < kTypes.size()) {
      out.raw(kTypes[type].name);
    } else {
      out.raw_number(type);
    }
  }
};

}  // namespace

extern constinit const Extension kMatchMh = make_extension<Mh>(
    {.name = "mh", .families = Families::ipv6, .options = kOptions, .summary = "the mobility header's type"});

}  // namespace ferrule::ext
