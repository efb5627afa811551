// bpf, revisions 1 and 0: struct xt_bpf_info_v1 and xt_bpf_info in <linux/netfilter/xt_bpf.h>.
// Revision 1 adds pinned objects. The kernel opens their path itself when the rule is inserted and does not look at
// `fd`, where iptables leaves the number of a descriptor that it had open just then; here it is -1. Whether there is
// such an object is asked only where names are looked up as iptables does.
#include <linux/bpf.h>
#include <linux/netfilter/xt_bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>

#include "extensions/bare_name.hpp"
#include "extensions/codec.hpp"
#include "extensions/fields.hpp"
#include "extensions/lists.hpp"

namespace ferrule::ext {
namespace {

enum OptionId : size_t { kBytecode, kObjectPinned };

constexpr std::array<Option, 2> kOptions = {{{.name = "bytecode",
                                              .arg = Arg::kString,
                                              .excludes = bit(kObjectPinned),
                                              .metavar = "program",
                                              .help = "a program in decimal: the number of instructions, then each "
                                                      "as \",code jt jf k\""},
                                             {.name = "object-pinned",
                                              .arg = Arg::kString,
                                              .excludes = bit(kBytecode),
                                              .metavar = "path",
                                              .help = "an eBPF program pinned in a bpf file system"}}};

constexpr std::string_view kBlanks = " \t\n\r";

tl::unexpected<Error> wrong(std::string message) { return fail(Code::kInvalidInput, "bpf: " + std::move(message)); }

// Takes the next number off `text`.
bool take_number(std::string_view& text, uint64_t max, uint64_t& out) {
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  const size_t end = std::min(text.find_first_of(kBlanks), text.size());
  const bool read = parse_decimal(text.substr(0, end), out) && out <= max;
  text.remove_prefix(end);
  return read;
}

// "48 0 0 9"
bool parse_instruction(std::string_view text, sock_filter& out) {
  uint64_t code = 0;
  uint64_t jump_true = 0;
  uint64_t jump_false = 0;
  uint64_t k = 0;
  if (!take_number(text, 0xffff, code) || !take_number(text, 0xff, jump_true) || !take_number(text, 0xff, jump_false) ||
      !take_number(text, 0xffffffff, k) || text.find_first_not_of(kBlanks) != std::string_view::npos) {
    return false;
  }
  out = {.code = static_cast<uint16_t>(code),
         .jt = static_cast<uint8_t>(jump_true),
         .jf = static_cast<uint8_t>(jump_false),
         .k = static_cast<uint32_t>(k)};
  return true;
}

Result<void> parse_program(std::string_view text, std::span<sock_filter> out, uint16_t& instructions) {
  uint64_t count = 0;
  const bool has_comma = text.find(',') != std::string_view::npos;
  std::string_view head = next_item(text);
  if (has_comma && head.starts_with('-')) return wrong("number of instructions exceeds maximum");
  if (!has_comma || !take_number(head, UINT64_MAX, count)) return wrong("error parsing program length");
  if (count == 0) return wrong("illegal zero length program");
  if (count > out.size()) return wrong("number of instructions exceeds maximum");
  size_t read = 0;
  while (!text.empty()) {
    if (read == count) return wrong("real program length exceeds the encoded length parameter");
    if (!parse_instruction(next_item(text), out[read])) return wrong("error at instr " + std::to_string(read));
    ++read;
  }
  if (read < count) return wrong("parsed program length is less than the encoded length parameter");
  instructions = static_cast<uint16_t>(count);
  return {};
}

void append_instructions(std::span<const sock_filter> program, Text& out) {
  std::string_view separator;
  for (const sock_filter& i : program) {
    out.raw(std::exchange(separator, ",")).raw_number(i.code).number(i.jt).number(i.jf).number(i.k);
  }
}

std::span<const sock_filter> clamped(std::span<const sock_filter> program, size_t count) {
  return program.first(std::min(count, program.size()));
}

void save_program(std::span<const sock_filter> program, size_t count, Text& out) {
  out.option("bytecode").raw(" \"").raw_number(count).raw(',');
  append_instructions(clamped(program, count), out);
  out.raw('"');
}

// iptables prints no blank before, and the NUL that ends its text.
void print_program(std::span<const sock_filter> program, size_t count, Text& out) {
  out.raw("match bpf ");
  append_instructions(clamped(program, count), out);
  out.raw('\0');
}

Result<void> require_program(const CheckCall& call) {
  return call.seen == 0 ? wrong("one of --bytecode or --pinned is required") : Result<void>{};
}

bool is_object(const char* path) {
  bpf_attr request{};
  request.pathname = reinterpret_cast<uintptr_t>(path);
  const long file = syscall(SYS_bpf, BPF_OBJ_GET, &request, sizeof request);
  if (file < 0) return false;
  close(static_cast<int>(file));
  return true;
}

struct Bpf1 {
  using Info = xt_bpf_info_v1;

  static Result<void> parse(OptionCall& call, Info& info) {
    if (call.id == kObjectPinned) {
      info.mode = XT_BPF_MODE_PATH_PINNED;
      info.fd = -1;
      put_text(info.path, call.text);
      // iptables opens the object to look whether it is there.
      if (call.names.lookup() == NameLookup::kSystem && !is_object(info.path)) {
        return wrong("failed to get bpf object");
      }
      if (call.text.empty()) return call.bad_value();
      return {};
    }
    info.mode = XT_BPF_MODE_BYTECODE;
    return parse_program(call.text, info.bpf_program, info.bpf_program_num_elem);
  }

  static Result<void> check(const CheckCall& call, Info&) { return require_program(call); }

  static void save(const PrintCall&, const Info& info, Text& out) {
    if (info.mode == XT_BPF_MODE_BYTECODE) return save_program(info.bpf_program, info.bpf_program_num_elem, out);
    if (info.mode == XT_BPF_MODE_PATH_PINNED) put_name(out.option("object-pinned"), text_of(info.path));
  }

  static void print(const PrintCall&, const Info& info, Text& out) {
    if (info.mode == XT_BPF_MODE_BYTECODE) return print_program(info.bpf_program, info.bpf_program_num_elem, out);
    if (info.mode == XT_BPF_MODE_PATH_PINNED) {
      out.raw("match bpf pinned ").raw(text_of(info.path));
    } else {
      out.raw("match bpf unknown");
    }
  }
};

struct Bpf0 {
  using Info = xt_bpf_info;

  static Result<void> parse(OptionCall& call, Info& info) {
    return parse_program(call.text, info.bpf_program, info.bpf_program_num_elem);
  }

  static Result<void> check(const CheckCall& call, Info&) { return require_program(call); }

  static void save(const PrintCall&, const Info& info, Text& out) {
    save_program(info.bpf_program, info.bpf_program_num_elem, out);
  }

  static void print(const PrintCall&, const Info& info, Text& out) {
    print_program(info.bpf_program, info.bpf_program_num_elem, out);
  }
};

constexpr std::string_view kSummary = "a packet filter program";

}  // namespace

extern constinit const Extension kMatchBpfR1 = make_extension<Bpf1>({.name = "bpf",
                                                                     .revision = 1,
                                                                     .options = kOptions,
                                                                     .compared = offsetof(xt_bpf_info_v1, filter),
                                                                     .summary = kSummary});
extern constinit const Extension kMatchBpfR0 = make_extension<Bpf0>({.name = "bpf",
                                                                     .revision = 0,
                                                                     .options = std::span(kOptions).first<1>(),
                                                                     .compared = offsetof(xt_bpf_info, filter),
                                                                     .summary = kSummary});

}  // namespace ferrule::ext
