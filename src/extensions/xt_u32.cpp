// u32, revision 0: struct xt_u32 in <linux/netfilter/xt_u32.h>.
//   tests    := location "=" values { "&&" location "=" values }
//   location := number { ("&" | "<<" | ">>" | "@") number }
//   values   := range { "," range }      range := number [ ":" number ]
// Blanks may stand between all of these. At most ten tests, ten numbers a location, ten ranges a test.
#include <linux/netfilter/xt_u32.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

#include "extensions/codec.hpp"

namespace ferrule::ext {
namespace {

constexpr std::array<Option, 1> kOptions = {{{.name = "u32",
                                              .arg = Arg::kString,
                                              .flags = kInvert | kMandatory,
                                              .metavar = "tests",
                                              .help = "all of these hold for the packet"}}};

class Program {
 public:
  Program(std::string_view text, xt_u32& out) : text_(text), out_(out) {}

  Result<void> read() {
    while (true) {
      xt_u32_test& test = out_.tests[out_.ntests];
      if (auto done = read_location(test); !done) return done;
      if (auto done = read_values(test); !done) return done;
      if (out_.ntests == XT_U32_MAXSIZE) return wrong_here("too many \"&&\"s");
      ++out_.ntests;
      if (at_ == text_.size()) return {};
      at_ += 2;  // the "&&" that ended the values
    }
  }

 private:
  static tl::unexpected<Error> wrong(std::string_view message) {
    return fail(Code::kInvalidInput, "u32: " + std::string(message));
  }
  tl::unexpected<Error> wrong_here(std::string_view message) const {
    return wrong("at char " + std::to_string(at_) + ": " + std::string(message));
  }

  void skip_blanks() { at_ = std::min(text_.find_first_not_of(" \t\n\v\f\r", at_), text_.size()); }
  bool at_end() const { return at_ == text_.size(); }
  char here() const { return text_[at_]; }
  bool doubled() const { return at_ + 1 < text_.size() && text_[at_ + 1] == here(); }

  // Decimal, 0x or 0; as many digits as there are.
  Result<uint32_t> read_number() {
    skip_blanks();
    std::string_view rest = text_.substr(at_);
    int base = 10;
    size_t prefix = 0;
    if (rest.starts_with('+')) prefix = 1;
    if (rest.substr(prefix).starts_with("0x") || rest.substr(prefix).starts_with("0X")) {
      base = 16;
      prefix += 2;
    } else if (rest.substr(prefix).starts_with('0')) {
      base = 8;
    }
    uint32_t value = 0;
    const auto [end, error] = std::from_chars(rest.data() + prefix, rest.data() + rest.size(), value, base);
    if (error != std::errc{}) return wrong_here("not a number or out of range");
    at_ = static_cast<size_t>(end - text_.data());
    return value;
  }

  Result<void> read_location(xt_u32_test& test) {
    for (bool first = true;; first = false) {
      uint8_t operation = 0;
      skip_blanks();
      if (at_end()) return wrong("abrupt end of input after location specifier");
      if (here() == '=') {
        if (first) return wrong_here("location spec missing");
        ++at_;
        return {};
      }
      if (!first) {
        const auto read = read_operator();
        if (!read) return tl::unexpected(read.error());
        operation = *read;
      }
      const auto number = read_number();
      if (!number) return tl::unexpected(number.error());
      if (test.nnums == XT_U32_MAXSIZE) return wrong_here("too many operators");
      xt_u32_location_element& element = test.location[test.nnums++];
      element.number = *number;
      element.nextop = operation;
    }
  }

  Result<uint8_t> read_operator() {
    const char c = here();
    if (c == '&' || c == '@') {
      ++at_;
      return c == '&' ? XT_U32_AND : XT_U32_AT;
    }
    if (c != '<' && c != '>') return wrong_here("operator expected");
    if (!doubled()) {
      ++at_;
      return wrong_here(c == '<' ? "a second '<' was expected" : "a second '>' was expected");
    }
    at_ += 2;
    return c == '<' ? XT_U32_LEFTSH : XT_U32_RIGHTSH;
  }

  // Ends before "&&" or at the end.
  Result<void> read_values(xt_u32_test& test) {
    skip_blanks();
    if (at_end()) return wrong("test ended with no value specified");
    while (true) {
      const auto low = read_number();
      if (!low) return tl::unexpected(low.error());
      xt_u32_value_element range = {.min = *low, .max = *low};
      skip_blanks();
      if (!at_end() && here() == ':') {
        ++at_;
        const auto high = read_number();
        if (!high) return tl::unexpected(high.error());
        range.max = *high;
        skip_blanks();
      }
      if (test.nvalues == XT_U32_MAXSIZE) return wrong_here("too many \",\"s");
      test.value[test.nvalues++] = range;
      if (at_end()) return {};
      if (here() == '&') {
        if (doubled()) return {};
        ++at_;
        return wrong_here("a second '&' was expected");
      }
      if (here() != ',') return wrong_here(R"(expected "," or "&&")");
      ++at_;
    }
  }

  std::string_view text_;
  xt_u32& out_;
  size_t at_ = 0;
};

std::string_view operator_text(uint8_t operation) {
  switch (operation) {
    case XT_U32_AND:
      return "&";
    case XT_U32_LEFTSH:
      return "<<";
    case XT_U32_RIGHTSH:
      return ">>";
    case XT_U32_AT:
      return "@";
    default:
      return "";
  }
}

void append_test(const xt_u32_test& test, Text& out) {
  for (size_t i = 0; i < std::min<size_t>(test.nnums, std::size(test.location)); ++i) {
    if (i != 0) out.raw(operator_text(test.location[i].nextop));
    out.raw_hex(test.location[i].number);
  }
  out.raw('=');
  for (size_t i = 0; i < std::min<size_t>(test.nvalues, std::size(test.value)); ++i) {
    if (i != 0) out.raw(',');
    out.raw_hex(test.value[i].min);
    if (test.value[i].max != test.value[i].min) out.raw(':').raw_hex(test.value[i].max);
  }
}

struct U32 {
  using Info = xt_u32;

  static Result<void> parse(OptionCall& call, Info& info) {
    info.invert = call.inverted ? 1 : 0;
    return Program(call.text, info).read();
  }

  static void save(const PrintCall&, const Info& info, Text& out) {
    out.option("u32", info.invert != 0);
    append_tests(info, out);
  }

  static void print(const PrintCall&, const Info& info, Text& out) {
    out.raw(info.invert != 0 ? " u32 !" : " u32");
    append_tests(info, out);
  }

 private:
  static void append_tests(const Info& info, Text& out) {
    std::string_view separator = " \"";
    for (size_t i = 0; i < std::min<size_t>(info.ntests, std::size(info.tests)); ++i) {
      out.raw(std::exchange(separator, "&&"));
      append_test(info.tests[i], out);
    }
    out.raw(info.ntests == 0 ? " \"\"" : "\"");
  }
};

}  // namespace

extern constinit const Extension kMatchU32 =
    make_extension<U32>({.name = "u32", .options = kOptions, .summary = "values of four bytes anywhere in the packet"});

}  // namespace ferrule::ext
