// string, revisions 1 and 0: struct xt_string_info in <linux/netfilter/xt_string.h>. Revision 1 adds --icase.
#include <linux/netfilter/xt_string.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>

#include "extensions/bare_name.hpp"
#include "extensions/codec.hpp"
#include "extensions/fields.hpp"

namespace ferrule::ext {
namespace {

enum OptionId : size_t { kFrom, kTo, kAlgo, kString, kHexString, kIcase };

constexpr uint16_t kLastOffset = 0xffff;

constexpr std::array<Option, kIcase + 1> kOptions = {
    {{.name = "from",
      .arg = Arg::kU16,
      .offset = offsetof(xt_string_info, from_offset),
      .metavar = "offset",
      .help = "where in the packet to start searching"},
     {.name = "to",
      .arg = Arg::kU16,
      .offset = offsetof(xt_string_info, to_offset),
      .metavar = "offset",
      .help = "where to stop"},
     {.name = "algo",
      .arg = Arg::kString,
      .flags = kMandatory,
      .metavar = "bm|kmp",
      .help = "how to search: Boyer-Moore or Knuth-Morris-Pratt"},
     {.name = "string",
      .arg = Arg::kString,
      .flags = kInvert,
      .excludes = bit(kHexString),
      .metavar = "text",
      .help = "what to search"},
     {.name = "hex-string",
      .arg = Arg::kString,
      .flags = kInvert,
      .excludes = bit(kString),
      .metavar = "text",
      .help = "the same, with bytes in hexadecimal between bars, as in \"GET|0d 0a|\""},
     {.name = "icase", .help = "upper and lower case are the same"}}};

bool is_hex_digit(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

// Reads --hex-string: plain characters, `\` before one that is meant literally, and blocks of hexadecimal bytes between
// bars. What follows a bar at once is never a bar or a backslash of its own: iptables takes it as it stands.
class HexPattern {
 public:
  explicit HexPattern(std::string_view text) : text_(text) {}

  Result<std::string> read() {
    while (at_ < text_.size()) {
      const bool escaped = text_[at_] == '\\' && !in_block_;
      if (text_[at_] == '|') {
        pass_bar();
        if (at_ == text_.size()) break;
      }
      auto done = escaped ? take_escaped() : in_block_ ? take_byte() : take_plain();
      if (!done) return tl::unexpected(done.error());
    }
    return std::move(bytes_);
  }

 private:
  static tl::unexpected<Error> wrong(std::string message) { return fail(Code::kInvalidInput, std::move(message)); }

  void pass_bar() {
    in_block_ = !in_block_;
    ++at_;
    while (in_block_ && at_ < text_.size() && text_[at_] == ' ') ++at_;
  }

  Result<void> take_plain() {
    bytes_.push_back(text_[at_++]);
    return {};
  }

  Result<void> take_escaped() {
    if (at_ + 1 == text_.size()) return wrong("Bad literal placement at end of string");
    bytes_.push_back(text_[at_ + 1]);
    at_ += 2;
    return {};
  }

  Result<void> take_byte() {
    if (at_ + 1 >= text_.size()) return wrong("Odd number of hex digits");
    if (at_ + 2 >= text_.size()) return wrong("Invalid hex block");
    for (const char c : text_.substr(at_, 2)) {
      if (!is_hex_digit(c)) return wrong(std::string("Invalid hex char '") + c + "'");
    }
    uint64_t byte = 0;
    parse_number("0x" + std::string(text_.substr(at_, 2)), 0xff, byte);
    bytes_.push_back(static_cast<char>(byte));
    at_ += 2;
    if (text_[at_] == ' ') ++at_;
    return {};
  }

  std::string_view text_;
  size_t at_ = 0;
  bool in_block_ = false;
  std::string bytes_;
};

std::string_view pattern_of(const xt_string_info& info) {
  return {info.pattern, std::min<size_t>(info.patlen, sizeof info.pattern)};
}

// A backslash at the end is taken for hexadecimal too.
bool needs_hex(std::string_view pattern) {
  return pattern.ends_with('\\') ||
         std::any_of(pattern.begin(), pattern.end(), [](char c) { return c < ' ' || c > '~'; });
}

// ` "GET"` with a backslash before quotes and backslashes, or ` "|0d0a|"`.
void append_pattern(std::string_view pattern, Text& out) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  const bool hex = needs_hex(pattern);
  out.raw(hex ? " \"|" : " \"");
  for (const char c : pattern) {
    if (hex) {
      const auto byte = static_cast<uint8_t>(c);
      out.raw(kDigits[byte >> 4]).raw(kDigits[byte & 15]);
    } else {
      if (c == '"' || c == '\\') out.raw('\\');
      out.raw(c);
    }
  }
  out.raw(hex ? "|\"" : "\"");
}

enum class Case : uint8_t { kNeverIgnored, kMayBeIgnored };

template <Case kCase>
struct String {
  using Info = xt_string_info;

  static void init(Info& info, Family) { info.to_offset = kLastOffset; }

  static Result<void> parse(OptionCall& call, Info& info) {
    switch (call.id) {
      case kAlgo:
        put_text(info.algo, call.text);
        return {};
      case kString:
        return store(call, call.text, info);
      case kHexString: {
        if (call.text.empty()) return fail(Code::kInvalidInput, "STRING must contain at least one char");
        const auto bytes = HexPattern(call.text).read();
        if (!bytes) return tl::unexpected(bytes.error());
        return store(call, *bytes, info);
      }
      case kIcase:
        info.u.v1.flags |= XT_STRING_FLAG_IGNORECASE;
        return {};
      default:
        return {};
    }
  }

  static Result<void> check(const CheckCall& call, Info&) {
    if ((call.seen & (bit(kString) | bit(kHexString))) != 0) return {};
    return fail(Code::kInvalidInput, "STRING match: You must specify `--string' or `--hex-string'");
  }

  static void save(const PrintCall&, const Info& info, Text& out) {
    const std::string_view pattern = pattern_of(info);
    out.option(needs_hex(pattern) ? "hex-string" : "string", is_inverted(info));
    append_pattern(pattern, out);
    put_name(out.option("algo"), text_of(info.algo));
    if (info.from_offset != 0) out.option("from").number(info.from_offset);
    if (info.to_offset != kLastOffset) out.option("to").number(info.to_offset);
    if (ignores_case(info)) out.option("icase");
  }

  static void print(const PrintCall&, const Info& info, Text& out) {
    out.raw(is_inverted(info) ? " STRING match !" : " STRING match ");
    append_pattern(pattern_of(info), out);
    out.raw(" ALGO name ").raw(text_of(info.algo));
    if (info.from_offset != 0) out.raw(" FROM").number(info.from_offset);
    if (info.to_offset != kLastOffset) out.raw(" TO").number(info.to_offset);
    if (ignores_case(info)) out.raw(" ICASE");
  }

 private:
  static bool is_inverted(const Info& info) {
    return kCase == Case::kNeverIgnored ? info.u.v0.invert != 0 : (info.u.v1.flags & XT_STRING_FLAG_INVERT) != 0;
  }
  static bool ignores_case(const Info& info) {
    return kCase == Case::kMayBeIgnored && (info.u.v1.flags & XT_STRING_FLAG_IGNORECASE) != 0;
  }

  static Result<void> store(const OptionCall& call, std::string_view pattern, Info& info) {
    if (pattern.size() > sizeof info.pattern) {
      return fail(Code::kInvalidInput, "STRING too long \"" + std::string(call.text) + "\"");
    }
    std::copy(pattern.begin(), pattern.end(), info.pattern);
    info.patlen = static_cast<uint8_t>(pattern.size());
    // The same byte and bit in both revisions.
    if (call.inverted) info.u.v1.flags |= XT_STRING_FLAG_INVERT;
    return {};
  }
};

template <Case kCase>
constexpr Extension string_match(uint8_t revision) {
  return make_extension<String<kCase>>(
      {.name = "string",
       .revision = revision,
       .options = std::span(kOptions).first(kCase == Case::kMayBeIgnored ? kOptions.size() : kIcase),
       .compared = offsetof(xt_string_info, config),
       .summary = "a text in the packet"});
}

}  // namespace

extern constinit const Extension kMatchStringR1 = string_match<Case::kMayBeIgnored>(1);
extern constinit const Extension kMatchStringR0 = string_match<Case::kNeverIgnored>(0);

}  // namespace ferrule::ext
