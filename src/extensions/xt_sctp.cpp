// sctp, revision 0: struct xt_sctp_info in <linux/netfilter/xt_sctp.h>.
#include <algorithm>
#include <array>
#include <cstddef>
#include <string>

#include "extensions/codec.hpp"
#include "extensions/lists.hpp"
#include "extensions/ports.hpp"

// The header is C only: it names C's boolean, and has a macro `bytes`, which must not get at anything else.
#define _Bool bool  // NOLINT(bugprone-reserved-identifier)
#include <linux/netfilter/xt_sctp.h>
#undef _Bool
#undef bytes

namespace ferrule::ext {
namespace {

enum Id : size_t { kChunkTypes = kAfterPorts };

struct ChunkType {
  std::string_view name;
  uint8_t type;
  // Letters of the flags that may be asked for, that of bit 7 first; a dash where there is none.
  std::string_view flags;
};

constexpr std::string_view kNoFlags = "--------";
constexpr std::string_view kDataFlags = "----IUBE";
constexpr std::string_view kAbortFlags = "-------T";

constexpr std::array<ChunkType, 22> kChunks = {
    {{"DATA", 0, kDataFlags},         {"INIT", 1, kNoFlags},         {"INIT_ACK", 2, kNoFlags},
     {"SACK", 3, kNoFlags},           {"HEARTBEAT", 4, kNoFlags},    {"HEARTBEAT_ACK", 5, kNoFlags},
     {"ABORT", 6, kAbortFlags},       {"SHUTDOWN", 7, kNoFlags},     {"SHUTDOWN_ACK", 8, kNoFlags},
     {"ERROR", 9, kNoFlags},          {"COOKIE_ECHO", 10, kNoFlags}, {"COOKIE_ACK", 11, kNoFlags},
     {"ECN_ECNE", 12, kNoFlags},      {"ECN_CWR", 13, kNoFlags},     {"SHUTDOWN_COMPLETE", 14, kAbortFlags},
     {"I_DATA", 64, kDataFlags},      {"RE_CONFIG", 130, kNoFlags},  {"PAD", 132, kNoFlags},
     {"ASCONF", 193, kNoFlags},       {"ASCONF_ACK", 128, kNoFlags}, {"FORWARD_TSN", 192, kNoFlags},
     {"I_FORWARD_TSN", 194, kNoFlags}}};

struct MatchType {
  std::string_view name;
  uint32_t value;
};
constexpr std::array<MatchType, 3> kMatchTypes = {
    {{"any", SCTP_CHUNK_MATCH_ANY}, {"all", SCTP_CHUNK_MATCH_ALL}, {"only", SCTP_CHUNK_MATCH_ONLY}}};

constexpr auto kOptions = joined(
    port_options(offsetof(xt_sctp_info, spts), offsetof(xt_sctp_info, dpts)),
    std::array<Option, 1>{{{.name = "chunk-types",
                            .arg = Arg::kString,
                            .flags = kInvert | kTwoWords,
                            .metavar = "all|any|only type[:flags][,type[:flags]...]",
                            .help = "which chunks the packet has; a flag in upper case is set, in lower case not"}}});

// iptables takes the type in a slot of flags for a place in its list of names, which is so for the first of them.
constexpr uint8_t kTypesByPlace = 15;

constexpr size_t kWordBits = 32;

bool has_chunk(const xt_sctp_info& info, unsigned type) {
  return (info.chunkmap[type / kWordBits] >> (type % kWordBits) & 1) != 0;
}

void set_chunk(xt_sctp_info& info, unsigned type) { info.chunkmap[type / kWordBits] |= 1u << (type % kWordBits); }

bool all_chunks_are(const xt_sctp_info& info, uint32_t word) {
  return std::all_of(std::begin(info.chunkmap), std::end(info.chunkmap), [&](uint32_t w) { return w == word; });
}

const ChunkType* find_chunk(unsigned type) {
  const auto* found =
      std::find_if(kChunks.begin(), kChunks.end(), [&](const ChunkType& row) { return row.type == type; });
  return found == kChunks.end() ? nullptr : found;
}

// The slots in use; what the kernel says is not trusted to fit.
std::span<const xt_sctp_flag_info> flag_slots(const xt_sctp_info& info) {
  return std::span(info.flag_info).first(static_cast<size_t>(std::clamp(info.flag_count, 0, XT_NUM_SCTP_FLAGS)));
}

// The slot for a chunk type's flags, a new one where it has none yet; null when all are taken.
xt_sctp_flag_info* flag_slot(xt_sctp_info& info, uint8_t type) {
  for (const auto& slot : flag_slots(info)) {
    if (slot.chunktype == type) return &info.flag_info[&slot - std::begin(info.flag_info)];
  }
  if (info.flag_count == XT_NUM_SCTP_FLAGS) return nullptr;
  xt_sctp_flag_info& slot = info.flag_info[info.flag_count++];
  slot.chunktype = type;
  return &slot;
}

Result<void> parse_flags(const ChunkType& chunk, std::string_view letters, xt_sctp_info& info) {
  for (const char letter : letters) {
    const char upper = letter >= 'a' && letter <= 'z' ? static_cast<char>(letter - 'a' + 'A') : letter;
    const size_t place = upper == '-' ? std::string_view::npos : chunk.flags.find(upper);
    if (place == std::string_view::npos) {
      return fail(Code::kInvalidInput, "Invalid flags for chunk type " + std::to_string(chunk.type));
    }
    xt_sctp_flag_info* slot = flag_slot(info, chunk.type);
    if (slot == nullptr) return fail(Code::kInvalidInput, "too many chunk types with flags");
    const auto flag = static_cast<uint8_t>(0x80u >> place);
    slot->flag_mask |= flag;
    if (letter == upper) slot->flag |= flag;
  }
  return {};
}

Result<void> parse_chunks(std::string_view list, xt_sctp_info& info) {
  if (same_word(list, "ALL")) {
    std::fill(std::begin(info.chunkmap), std::end(info.chunkmap), 0xffffffffu);
    return {};
  }
  if (same_word(list, "NONE")) return {};
  while (!list.empty()) {
    const std::string_view item = next_item(list);
    if (item.empty()) continue;
    const size_t colon = item.find(':');
    const std::string_view name = item.substr(0, colon);
    const auto* chunk =
        std::find_if(kChunks.begin(), kChunks.end(), [&](const ChunkType& row) { return same_word(row.name, name); });
    if (chunk == kChunks.end()) {
      return fail(Code::kInvalidInput, "Unknown sctp chunk `" + std::string(name) + "'");
    }
    set_chunk(info, chunk->type);
    if (colon == std::string_view::npos) continue;
    if (chunk->type >= kTypesByPlace) {
      return fail(Code::kInvalidInput,
                  "flags of sctp chunk " + std::string(chunk->name) +
                      ": iptables reads beyond its list of chunks where it finds them, and may crash");
    }
    if (auto flags = parse_flags(*chunk, item.substr(colon + 1), info); !flags) return flags;
  }
  return {};
}

void raw_flags(const ChunkType& chunk, const xt_sctp_info& info, Text& out) {
  for (const xt_sctp_flag_info& slot : flag_slots(info)) {
    if (slot.chunktype != chunk.type) continue;
    out.raw(':');
    for (size_t place = 0; place < chunk.flags.size(); ++place) {
      const auto flag = static_cast<uint8_t>(0x80u >> place);
      if ((slot.flag_mask & flag) == 0 || chunk.flags[place] == '-') continue;
      const char upper = chunk.flags[place];
      out.raw((slot.flag & flag) != 0 ? upper : static_cast<char>(upper - 'A' + 'a'));
    }
    return;
  }
}

// ` any DATA:Be,INIT`
void write_chunks(const PrintCall& call, const xt_sctp_info& info, Text& out) {
  for (const MatchType& row : kMatchTypes) {
    if (row.value == info.chunk_match_type) out.word(row.name);
  }
  if (all_chunks_are(info, 0)) {
    out.word("NONE");
    return;
  }
  if (all_chunks_are(info, 0xffffffff)) {
    out.word("ALL");
    return;
  }
  char separator = ' ';
  for (unsigned type = 0; type < 256; ++type) {
    if (!has_chunk(info, type)) continue;
    const ChunkType* chunk = find_chunk(type);
    out.raw(separator);
    separator = ',';
    if (call.numbers == Numbers::kNames && chunk != nullptr) {
      out.raw(chunk->name);
    } else {
      out.raw_upper_hex(type, 4);
    }
    if (chunk != nullptr) raw_flags(*chunk, info, out);
  }
}

struct Sctp {
  using Info = xt_sctp_info;

  static void init(Info& info, Family) {
    for (auto& slot : info.flag_info) slot.chunktype = 0xff;
  }

  static Result<void> parse(OptionCall& call, Info& info) {
    const uint32_t flag = flag_of(call.id);
    info.flags |= flag;
    if (call.inverted) info.invflags |= flag;
    if (call.id != kChunkTypes) return {};
    const auto* type = std::find_if(kMatchTypes.begin(), kMatchTypes.end(),
                                    [&](const MatchType& row) { return same_word(row.name, call.text); });
    if (type == kMatchTypes.end()) {
      return fail(Code::kInvalidInput, R"(Match type has to be one of "ALL", "ANY" or "ONLY")");
    }
    info.chunk_match_type = type->value;
    return parse_chunks(call.second, info);
  }

  static std::string refusal(const OptionCall& call, Refusal why) {
    const std::string name(call.option.name);
    if (why == Refusal::kOneWord) return "--" + name + " requires two args";
    return why == Refusal::kTwice ? "Only one `--" + name + "' allowed" : "";
  }

  static uint32_t flag_of(size_t id) {
    if (id == kChunkTypes) return XT_SCTP_CHUNK_TYPES;
    return is_source_port(id) ? XT_SCTP_SRC_PORTS : XT_SCTP_DEST_PORTS;
  }

  static bool has(const Info& info, uint32_t flag) { return (info.flags & flag) != 0; }
  static bool inverted(const Info& info, uint32_t flag) { return (info.invflags & flag) != 0; }

  static void save(const PrintCall& call, const Info& info, Text& out) {
    if (has(info, XT_SCTP_SRC_PORTS)) save_ports("sport", info.spts, inverted(info, XT_SCTP_SRC_PORTS), out);
    if (has(info, XT_SCTP_DEST_PORTS)) save_ports("dport", info.dpts, inverted(info, XT_SCTP_DEST_PORTS), out);
    if (!has(info, XT_SCTP_CHUNK_TYPES)) return;
    PrintCall named = call;
    named.numbers = Numbers::kNames;
    write_chunks(named, info, out.option("chunk-types", inverted(info, XT_SCTP_CHUNK_TYPES)));
  }

  static void print(const PrintCall& call, const Info& info, Text& out) {
    out.raw(" sctp");
    if (has(info, XT_SCTP_SRC_PORTS)) {
      print_ports(call, "spt", info.spts, inverted(info, XT_SCTP_SRC_PORTS), "sctp", out);
    }
    if (has(info, XT_SCTP_DEST_PORTS)) {
      print_ports(call, "dpt", info.dpts, inverted(info, XT_SCTP_DEST_PORTS), "sctp", out);
    }
    if (!has(info, XT_SCTP_CHUNK_TYPES)) return;
    if (inverted(info, XT_SCTP_CHUNK_TYPES)) out.raw(" !");
    write_chunks(call, info, out);
  }

  static void help(Text& out) {
    out.raw("Chunk types, with their flags:\n");
    for (const ChunkType& chunk : kChunks) {
      out.raw("  ").raw(chunk.name);
      const size_t first = chunk.flags.find_first_not_of('-');
      if (first != std::string_view::npos) out.raw(':').raw(chunk.flags.substr(first));
      out.raw('\n');
    }
  }
};

}  // namespace

extern constinit const Extension kMatchSctp =
    make_extension<Sctp>({.name = "sctp", .options = kOptions, .summary = "SCTP ports and chunks"});

}  // namespace ferrule::ext
