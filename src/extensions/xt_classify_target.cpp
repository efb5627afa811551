// CLASSIFY: struct xt_classify_target_info in <linux/netfilter/xt_CLASSIFY.h>.
#include <linux/netfilter/xt_CLASSIFY.h>

#include <charconv>
#include <optional>

#include "extensions/codec.hpp"

namespace ferrule::ext {
namespace {

constexpr std::array<Option, 1> kOptions = {{{.name = "set-class",
                                              .arg = Arg::kString,
                                              .flags = kMandatory,
                                              .metavar = "major:minor",
                                              .help = "the priority; both numbers are hexadecimal"}}};

std::optional<uint16_t> read_hex(std::string_view text) {
  if (text.starts_with("0x") || text.starts_with("0X")) text.remove_prefix(2);
  uint16_t value = 0;
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, value, 16);
  if (read.ec != std::errc{} || read.ptr != end) return std::nullopt;
  return value;
}

struct Classify {
  using Info = xt_classify_target_info;

  static Result<void> parse(OptionCall& call, Info& info) {
    const size_t colon = call.text.find(':');
    if (colon != std::string_view::npos) {
      const auto major = read_hex(call.text.substr(0, colon));
      const auto minor = read_hex(call.text.substr(colon + 1));
      if (major && minor) {
        info.priority = uint32_t{*major} << 16 | *minor;
        return {};
      }
    }
    return fail(Code::kInvalidInput, "Bad class value \"" + std::string(call.text) + "\"");
  }

  static void put(const Info& info, int digits, Text& out) {
    const auto hex = [&](uint32_t value) {
      for (int nibble = 3; nibble >= 0; --nibble) {
        const uint32_t rest = value >> (4 * nibble);
        if (nibble < digits || rest != 0) out.raw("0123456789abcdef"[rest & 15]);
      }
    };
    hex(info.priority >> 16);
    out.raw(':');
    hex(info.priority & 0xffff);
  }

  static void save(const PrintCall&, const Info& info, Text& out) { put(info, 4, out.option("set-class").raw(' ')); }
  static void print(const PrintCall&, const Info& info, Text& out) { put(info, 1, out.raw(" CLASSIFY set ")); }
};

}  // namespace

extern constinit const Extension kTargetClassify = make_extension<Classify>(
    {.kind = Kind::target, .name = "CLASSIFY", .options = kOptions, .summary = "set the packet's priority"});

}  // namespace ferrule::ext
