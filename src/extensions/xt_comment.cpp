// comment, revision 0: struct xt_comment_info in <linux/netfilter/xt_comment.h>.
#include <linux/netfilter/xt_comment.h>

#include <array>

#include "extensions/codec.hpp"
#include "extensions/fields.hpp"

namespace ferrule::ext {
namespace {

constexpr std::array<Option, 1> kOptions = {
    {{.name = "comment",
      .arg = Arg::kString,
      .flags = kMandatory,
      .metavar = "text",
      .help = "words for the reader, at most 255 bytes; they match everything"}}};

struct Comment {
  using Info = xt_comment_info;

  // What is too long is cut, as iptables does it: nothing is decided by a comment.
  static Result<void> parse(OptionCall& call, Info& info) {
    put_text(info.comment, call.text);
    return {};
  }

  static void save(const PrintCall&, const Info& info, Text& out) {
    out.option("comment").quoted(text_of(info.comment));
  }

  static void print(const PrintCall&, const Info& info, Text& out) {
    out.raw(" /* ").raw(text_of(info.comment)).raw(" */");
  }
};

}  // namespace

extern constinit const Extension kMatchComment =
    make_extension<Comment>({.name = "comment", .options = kOptions, .summary = "a comment beside the rule"});

}  // namespace ferrule::ext
