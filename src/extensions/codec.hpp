// The codec framework: how an extension (a match or a target) says which options it has and what its bytes mean.
//
// An extension is one file. It defines a struct with `using Info = <the kernel's payload struct>` and any of these
// static functions, and makes an `Extension` of it with `make_extension`:
//   void init(Info&, Family)                          presets, before any option; the payload is zero at first
//   Result<void> parse(OptionCall&, Info&)            one option, after its argument was read as the row says
//   Result<void> check(const CheckCall&, Info&)       after the last option of the rule, before the rows' demands
//   void save(const PrintCall&, const Info&, Text&)   the options as iptables-save prints them
//   void print(const PrintCall&, const Info&, Text&)  the text of iptables -L
//   std::string_view printed_name(const Info&)        where the name saved depends on the bytes (aliases)
//   std::string refusal(const OptionCall&, Refusal)   what is said instead of the framework's words; empty: those
//   void help(Text&)                                  lines below the option rows in `-m NAME --help`
// The rows do the rest: reading arguments, `!`, "only once", exclusions, requirements, and where `offset` is given also
// the storing. Pure: no I/O (names go through Names), no state besides the payload.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "extensions/text.hpp"
#include "ferrule/error.hpp"
#include "ferrule/rule.hpp"
#include "ferrule/types.hpp"
#include "model/entry.hpp"
#include "names/names.hpp"

namespace ferrule::ext {

enum class Kind : uint8_t { match, target };

enum class Families : uint8_t { ipv4 = 1, ipv6 = 2, both = 3 };
constexpr bool has_family(Families families, Family family) {
  return (static_cast<unsigned>(families) & (family == Family::ipv4 ? 1u : 2u)) != 0;
}

// What an option's argument is. Integers accept decimal, 0x and 0 prefixes.
enum class Arg : uint8_t {
  kNone,
  kU8,
  kU16,
  kU32,
  kU64,  // number[0], within min..max
  kU8Range,
  kU16Range,
  kU32Range,
  kU64Range,      // N or N:M; number[0..count); `:M` is 0:M, `N:` is N:max
  kString,        // `text`; min..max are its length in bytes
  kTosMask,       // VALUE[/MASK] or a TOS name: number[0] value, number[1] mask
  kMarkMask,      // VALUE[/MASK]: number[0] value, number[1] mask (default all ones)
  kLogLevel,      // syslog level name or number: number[0]
  kHost,          // one address: address
  kHostMask,      // address[/prefix or mask]: address (not masked), mask (16 bytes ff without `/`), prefix_length
  kProtocol,      // number[0]
  kPort,          // number[0], host order
  kPortRange,     // P or P:Q, names too: number[0..count), host order
  kPrefixLength,  // number[0], 0..32 or 0..128; mask
  kPrefixMask,    // the same, or a dotted/colon mask: mask
  kMac,           // mac
  kMacMask,       // mac[/mask]: mac, mac_mask
};

// Option::flags.
enum OptionFlags : uint8_t {
  kInvert = 1,        // may follow `!`; the parse hook sees `inverted`
  kMandatory = 2,     // must be given
  kMulti = 4,         // may be given more than once
  kNetworkOrder = 8,  // `offset` stores big-endian
  kTwoWords = 16,     // takes a second argument, which the hook finds in `second` (--tcp-flags, --match-set)
  kAnyOrder = 32,     // a port range may run backwards; it then matches nothing
  kMaybeWord = 64,    // the argument may be left out; `count` is 0 and `text` empty then
  kAlias = 128,       // another name of the row before, which everything else is said of
};

inline constexpr uint16_t kNoOffset = 0xffff;

constexpr uint64_t bit(size_t id) { return uint64_t{1} << id; }

// One row: an option without its dashes. The row's index in the extension's table is the option's id; at most 64 rows.
struct Option {
  std::string_view name;
  Arg arg = Arg::kNone;
  uint8_t flags = 0;
  uint64_t excludes = 0;          // bit(id) of options that cannot stand beside this one
  uint64_t needs = 0;             // bit(id) of options that must
  uint64_t min = 0;               // see Arg
  uint64_t max = 0;               // 0: the type's own limit
  uint16_t offset = kNoOffset;    // where in the payload the framework stores the value itself
  std::string_view metavar = {};  // for --help, e.g. "port[:port]"
  std::string_view help = {};     // for --help, one line
};

// The row behind `option` that gives it another name.
constexpr Option alias_of(Option option, std::string_view name) {
  option.name = name;
  option.flags |= kAlias;
  option.help = "the same";
  return option;
}

// What the rule around an extension says; the selectors as given so far in the command line.
struct RuleContext {
  Family family;
  const model::Selectors* selectors;
  std::string_view chain;
  std::string_view table;
  // True while -p tcp (number 6) is given and not inverted; likewise for others.
  bool protocol_is(uint8_t protocol) const {
    return selectors->protocol == protocol && (selectors->invert & model::kInvertProtocol) == 0;
  }
};

// One option as met. The argument has been read into the fields that its Arg names.
struct OptionCall {
  const RuleContext& rule;
  Names& names;
  std::string_view extension;  // its name in errors
  const Option& option;
  size_t id;
  bool inverted = false;
  std::string_view text;    // the argument as typed
  std::string_view second;  // the second argument of a kTwoWords option
  std::array<uint64_t, 2> number{};
  unsigned count = 0;  // how many of `number` were given
  model::Address address{}, mask{};
  uint8_t prefix_length = 0;
  std::array<uint8_t, 6> mac{}, mac_mask{};
  uint64_t seen = 0;                     // bit(id) of the options given before this one
  std::array<uint64_t, 4>& scratch;      // zero at the start of the extension instance; the codec's own
  std::vector<Attachment>& attachments;  // offsets relative to the payload

  Family family() const { return rule.family; }
  // An error that names the extension and the option.
  tl::unexpected<Error> error(std::string message) const;
  // `NAME: Bad value for "--OPTION" option: "TEXT"`, for hooks that read `text` themselves.
  tl::unexpected<Error> bad_value() const { return bad_value(text); }
  // The same of a part of it.
  tl::unexpected<Error> bad_value(std::string_view part) const;
};

// Why an option is refused before anything else about it is looked at.
enum class Refusal : uint8_t { kTwice, kInverted, kOneWord };

struct CheckCall {
  const RuleContext& rule;
  std::string_view extension;
  uint64_t seen = 0;
  std::array<uint64_t, 4>& scratch;
  tl::unexpected<Error> error(std::string message) const;
};

enum class Numbers : uint8_t { kNumeric, kNames };  // -L with and without -n

struct PrintCall {
  Family family;
  Numbers numbers = Numbers::kNumeric;
  uint8_t protocol = 0;  // of the rule, 0 where none is given or it is inverted
  Names& names;
  std::span<const Attachment> attachments;  // of the whole rule
  uint32_t payload_offset = 0;              // of this payload in the rule, to find its attachments
  // The text attached to the field at `offset` of this payload, or null.
  const std::string* attached(uint32_t offset) const;
};

struct Extension {
  Kind kind;
  std::string_view name;         // as typed after -m or -j
  std::string_view kernel_name;  // as it stands in the rule
  std::string_view error_name;   // as errors have it
  uint8_t revision;
  Families families;
  uint16_t size;      // of the payload, before padding to 8
  uint16_t compared;  // leading bytes that two equal rules share; the rest is the kernel's own
  std::span<const Option> options;
  std::string_view summary;  // for --help
  void (*init)(std::byte*, Family);
  Result<void> (*parse)(OptionCall&, std::byte*);
  Result<void> (*check)(const CheckCall&, std::byte*);
  std::string (*refusal)(const OptionCall&, Refusal);
  void (*save)(const PrintCall&, const std::byte*, Text&);
  void (*print)(const PrintCall&, const std::byte*, Text&);
  std::string_view (*printed_name)(const std::byte*);
  void (*help)(Text&);

  size_t padded_size() const { return model::align(size); }
};

// What make_extension cannot know from the struct.
struct Description {
  Kind kind = Kind::match;
  std::string_view name;
  std::string_view kernel_name = {};  // empty: the same as `name`
  std::string_view error_name = {};   // likewise
  uint8_t revision = 0;
  Families families = Families::both;
  std::span<const Option> options = {};
  uint16_t compared = 0xffff;  // 0xffff: the whole payload
  std::string_view summary = {};
};

// A payload of no bytes (TRACE).
struct NoInfo {};

template <typename Info>
inline constexpr size_t kInfoSize = std::same_as<Info, NoInfo> ? 0 : sizeof(Info);

// The payload as its struct, for writing in place: a copy of the struct need not carry its padding, and what stands
// there goes to the kernel with the rest. `bytes` is aligned for any payload.
template <typename Info>
Info& info_at(std::byte* bytes) {
  return *std::launder(reinterpret_cast<Info*>(bytes));
}

// For reading, where padding does not matter and bytes may stand anywhere.
template <typename Info>
Info load_info(const std::byte* bytes) {
  Info info;
  if constexpr (kInfoSize<Info> != 0) std::memcpy(&info, bytes, sizeof info);
  return info;
}

template <typename Codec>
constexpr Extension make_extension(const Description& d) {
  using Info = typename Codec::Info;
  Extension e{};
  e.kind = d.kind;
  e.name = d.name;
  e.kernel_name = d.kernel_name.empty() ? d.name : d.kernel_name;
  e.error_name = d.error_name.empty() ? d.name : d.error_name;
  e.revision = d.revision;
  e.families = d.families;
  e.size = static_cast<uint16_t>(kInfoSize<Info>);
  e.compared = d.compared == 0xffff ? static_cast<uint16_t>(kInfoSize<Info>) : d.compared;
  e.options = d.options;
  e.summary = d.summary;
  if constexpr (requires { &Codec::init; }) {
    e.init = [](std::byte* bytes, Family family) { Codec::init(info_at<Info>(bytes), family); };
  }
  if constexpr (requires { &Codec::parse; }) {
    e.parse = [](OptionCall& call, std::byte* bytes) { return Codec::parse(call, info_at<Info>(bytes)); };
  }
  if constexpr (requires { &Codec::check; }) {
    e.check = [](const CheckCall& call, std::byte* bytes) { return Codec::check(call, info_at<Info>(bytes)); };
  }
  if constexpr (requires { &Codec::refusal; }) {
    e.refusal = [](const OptionCall& call, Refusal why) { return std::string(Codec::refusal(call, why)); };
  }
  if constexpr (requires { &Codec::save; }) {
    e.save = [](const PrintCall& call, const std::byte* bytes, Text& out) {
      Codec::save(call, load_info<Info>(bytes), out);
    };
  }
  if constexpr (requires { &Codec::print; }) {
    e.print = [](const PrintCall& call, const std::byte* bytes, Text& out) {
      Codec::print(call, load_info<Info>(bytes), out);
    };
  }
  if constexpr (requires { &Codec::printed_name; }) {
    e.printed_name = [](const std::byte* bytes) { return Codec::printed_name(load_info<Info>(bytes)); };
  }
  if constexpr (requires { &Codec::help; }) {
    e.help = [](Text& out) { Codec::help(out); };
  }
  return e;
}

}  // namespace ferrule::ext
