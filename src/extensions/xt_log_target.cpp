// LOG: struct xt_log_info in <linux/netfilter/xt_LOG.h>.
#include <linux/netfilter/xt_LOG.h>

#include <array>
#include <cstddef>

#include "extensions/codec.hpp"
#include "extensions/fields.hpp"
#include "extensions/log_prefix.hpp"

namespace ferrule::ext {
namespace {

enum LogOption : size_t { kPrefix, kLevel, kFirstFlag };

constexpr uint8_t kDefaultLevel = 4;
constexpr std::array<std::string_view, 8> kLevels = {"emerg", "alert",  "crit", "err",
                                                     "warn",  "notice", "info", "debug"};

struct LogFlag {
  uint8_t flag;
  std::string_view word;
};
// In the order of their rows and of the saved rule.
constexpr std::array<LogFlag, 5> kFlags = {{{XT_LOG_TCPSEQ, "tcp-sequence"},
                                            {XT_LOG_TCPOPT, "tcp-options"},
                                            {XT_LOG_IPOPT, "ip-options"},
                                            {XT_LOG_UID, "uid"},
                                            {XT_LOG_MACDECODE, "macdecode"}}};

constexpr std::array<Option, kFirstFlag + kFlags.size()> kOptions = {
    {log_prefix_row("log-prefix"),
     {.name = "log-level",
      .arg = Arg::kLogLevel,
      .offset = offsetof(xt_log_info, level),
      .metavar = "level",
      .help = "0 to 7, or emerg, alert, crit, error, warning, notice, info, debug"},
     {.name = "log-tcp-sequence", .help = "log the TCP sequence numbers"},
     {.name = "log-tcp-options", .help = "log the TCP options"},
     {.name = "log-ip-options", .help = "log the IP options"},
     {.name = "log-uid", .help = "log the user who sent the packet"},
     {.name = "log-macdecode", .help = "log MAC addresses and protocol"}}};

struct Log {
  using Info = xt_log_info;

  static void init(Info& info, Family) { info.level = kDefaultLevel; }

  static Result<void> parse(OptionCall& call, Info& info) {
    if (call.id == kPrefix) {
      put_text(info.prefix, call.text);
      return check_log_prefix(call);
    }
    if (call.id >= kFirstFlag) info.logflags |= kFlags[call.id - kFirstFlag].flag;
    return {};
  }

  static void save(const PrintCall&, const Info& info, Text& out) {
    if (info.prefix[0] != '\0') out.option("log-prefix").quoted(text_of(info.prefix));
    if (info.level != kDefaultLevel) out.option("log-level").number(info.level);
    for (const LogFlag& row : kFlags) {
      if ((info.logflags & row.flag) != 0) out.option("log-").raw(row.word);
    }
  }

  static void print(const PrintCall& call, const Info& info, Text& out) {
    out.raw(" LOG");
    if (call.numbers == Numbers::kNumeric) {
      out.raw(" flags").number(info.logflags).raw(" level").number(info.level);
    } else {
      print_names(info, out);
    }
    if (info.prefix[0] != '\0') out.raw(" prefix \"").raw(text_of(info.prefix)).raw('"');
  }

  static void print_names(const Info& info, Text& out) {
    if (info.level < kLevels.size()) {
      out.raw(" level").word(kLevels[info.level]);
    } else {
      out.raw(" UNKNOWN level").number(info.level);
    }
    for (const LogFlag& row : kFlags) {
      if ((info.logflags & row.flag) != 0) out.word(row.word);
    }
    if ((info.logflags & ~XT_LOG_MASK) != 0) out.raw(" unknown-flags");
  }
};

}  // namespace

extern constinit const Extension kTargetLog = make_extension<Log>(
    {.kind = Kind::target, .name = "LOG", .options = kOptions, .summary = "write the packet to the kernel log"});

}  // namespace ferrule::ext
