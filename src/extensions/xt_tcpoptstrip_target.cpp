// TCPOPTSTRIP: struct xt_tcpoptstrip_target_info in <linux/netfilter/xt_TCPOPTSTRIP.h>.
#include <linux/netfilter/xt_TCPOPTSTRIP.h>

#include <algorithm>

#include "extensions/codec.hpp"
#include "extensions/lists.hpp"

namespace ferrule::ext {
namespace {

struct TcpOptionName {
  std::string_view name;
  uint8_t number;
};
constexpr std::array<TcpOptionName, 6> kNames = {
    {{"wscale", 3}, {"mss", 2}, {"sack-permitted", 4}, {"sack", 5}, {"timestamp", 8}, {"md5", 19}}};

constexpr std::array<Option, 1> kOptions = {{{.name = "strip-options",
                                              .arg = Arg::kString,
                                              .metavar = "option[,...]",
                                              .help = "the TCP options to take out, by name or number"}}};

Result<uint8_t> read_option(std::string_view text) {
  for (const TcpOptionName& row : kNames) {
    if (row.name == text) return row.number;
  }
  uint64_t number = 0;
  if (!parse_number(text, 0xff, number)) {
    return fail(Code::kInvalidInput, "Bad TCP option value \"" + std::string(text) + "\"");
  }
  if (number < 2) return fail(Code::kInvalidInput, "Option value may not be 0 or 1");
  return static_cast<uint8_t>(number);
}

struct Tcpoptstrip {
  using Info = xt_tcpoptstrip_target_info;

  static bool strips(const Info& info, size_t option) {
    return (info.strip_bmap[option / 32] >> (option % 32) & 1) != 0;
  }

  static Result<void> parse(OptionCall& call, Info& info) {
    std::string_view rest = call.text;
    do {
      const std::string_view item = next_item(rest);
      const auto option = read_option(item);
      if (!option) return tl::unexpected(option.error());
      if (strips(info, *option)) {
        return fail(Code::kInvalidInput, "Option \"" + std::string(item) + "\" already specified");
      }
      info.strip_bmap[*option / 32] |= 1U << (*option % 32);
    } while (rest.data() != nullptr);
    return {};
  }

  static void raw_option(Numbers numbers, size_t option, Text& out) {
    const auto* named =
        std::find_if(kNames.begin(), kNames.end(), [&](const TcpOptionName& row) { return row.number == option; });
    if (numbers == Numbers::kNames && named != kNames.end()) {
      out.raw(named->name);
    } else {
      out.raw_number(option);
    }
  }

  static void put(std::string_view before, Numbers numbers, const Info& info, Text& out) {
    std::string_view separator = before;
    for (size_t option = 0; option < 256; ++option) {
      if (!strips(info, option)) continue;
      raw_option(numbers, option, out.raw(separator));
      separator = ",";
    }
  }

  static void save(const PrintCall&, const Info& info, Text& out) {
    put(" --strip-options ", Numbers::kNumeric, info, out);
  }
  static void print(const PrintCall& call, const Info& info, Text& out) {
    put(" TCPOPTSTRIP options ", call.numbers, info, out);
  }

  static void help(Text& out) {
    out.raw("Options by name:");
    for (const TcpOptionName& row : kNames) out.word(row.name);
    out.raw('\n');
  }
};

}  // namespace

extern constinit const Extension kTargetTcpoptstrip =
    make_extension<Tcpoptstrip>({.kind = Kind::target,
                                 .name = "TCPOPTSTRIP",
                                 .options = kOptions,
                                 .summary = "overwrite TCP options with no-operations"});

}  // namespace ferrule::ext
