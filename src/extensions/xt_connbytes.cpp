// connbytes, revision 0: struct xt_connbytes_info in <linux/netfilter/xt_connbytes.h>.
#include <linux/netfilter/xt_connbytes.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>
#include <string>
#include <utility>

#include "extensions/codec.hpp"

namespace ferrule::ext {
namespace {

enum Id : size_t { kRange, kDirection, kMode };

constexpr std::array<Option, 3> kOptions = {{{.name = "connbytes",
                                              .arg = Arg::kU64Range,
                                              .flags = kInvert | kMandatory,
                                              .metavar = "from[:to]",
                                              .help = "the connection has carried so much"},
                                             {.name = "connbytes-dir",
                                              .arg = Arg::kString,
                                              .flags = kMandatory,
                                              .metavar = "original|reply|both",
                                              .help = "the direction that counts"},
                                             {.name = "connbytes-mode",
                                              .arg = Arg::kString,
                                              .flags = kMandatory,
                                              .metavar = "packets|bytes|avgpkt",
                                              .help = "what is counted; avgpkt is bytes per packet"}}};

// By XT_CONNBYTES_DIR_* and XT_CONNBYTES_*.
using Words = std::array<std::string_view, 3>;
constexpr Words kDirections = {"original", "reply", "both"};
constexpr Words kModes = {"packets", "bytes", "avgpkt"};

Result<uint8_t> find_word(const OptionCall& call, const Words& words) {
  const auto* found = std::find(words.begin(), words.end(), call.text);
  if (found == words.end()) {
    return fail(Code::kInvalidInput,
                "Unknown --" + std::string(call.option.name) + " `" + std::string(call.text) + "'");
  }
  return static_cast<uint8_t>(found - words.begin());
}

// A kernel's own value beyond the words is none of ours; say so rather than guess.
std::string_view word_of(const Words& words, uint8_t index) { return index < words.size() ? words[index] : "unknown"; }

struct Connbytes {
  using Info = xt_connbytes_info;

  static Result<void> parse(OptionCall& call, Info& info) {
    if (call.id == kRange) return parse_range(call, info);
    const auto index = find_word(call, call.id == kDirection ? kDirections : kModes);
    if (!index) return tl::unexpected(index.error());
    (call.id == kDirection ? info.direction : info.what) = *index;
    return {};
  }

  // The inversion has no bit of its own: it is a range that runs backwards.
  static Result<void> parse_range(const OptionCall& call, Info& info) {
    uint64_t from = call.number[0];
    uint64_t to = call.count == 2 ? call.number[1] : std::numeric_limits<uint64_t>::max();
    if (from > to) {
      return fail(Code::kInvalidInput, std::to_string(from) + " should be less than " + std::to_string(to));
    }
    if (call.inverted) std::swap(from, to);
    info.count.from = from;
    info.count.to = to;
    return {};
  }

  static void raw_range(const Info& info, Text& out) {
    const uint64_t low = std::min(info.count.from, info.count.to);
    const uint64_t high = std::max(info.count.from, info.count.to);
    out.raw_number(low);
    if (high != std::numeric_limits<uint64_t>::max()) out.raw(':').raw_number(high);
  }

  static void save(const PrintCall&, const Info& info, Text& out) {
    raw_range(info, out.option("connbytes", info.count.from > info.count.to).raw(' '));
    out.option("connbytes-mode").word(word_of(kModes, info.what));
    out.option("connbytes-dir").word(word_of(kDirections, info.direction));
  }

  static void print(const PrintCall&, const Info& info, Text& out) {
    raw_range(info, out.raw(info.count.from > info.count.to ? " ! connbytes " : " connbytes "));
    out.raw(" connbytes mode ").raw(word_of(kModes, info.what));
    out.raw(" connbytes direction ").raw(word_of(kDirections, info.direction));
  }
};

}  // namespace

extern constinit const Extension kMatchConnbytes =
    make_extension<Connbytes>({.name = "connbytes", .options = kOptions, .summary = "what a connection has carried"});

}  // namespace ferrule::ext
