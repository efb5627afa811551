// iptables-restore and ip6tables-restore. As there, each table is committed at its COMMIT, so that what stands before a
// line that is wrong has taken effect.
#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "ferrule/engine.hpp"
#include "ferrule/text.hpp"
#include "stand_in.hpp"
#include "stand_in_arguments.hpp"
#include "steady_choice.hpp"
#include "voice.hpp"

namespace ferrule::cli {
namespace {

constexpr std::array kOptions = {
    ToolOption{"counters", 'c', OptionValue::kNone},     ToolOption{"verbose", 'v', OptionValue::kNone},
    ToolOption{"version", 'V', OptionValue::kNone},      ToolOption{"test", 't', OptionValue::kNone},
    ToolOption{"help", 'h', OptionValue::kNone},         ToolOption{"noflush", 'n', OptionValue::kNone},
    ToolOption{"modprobe", 'M', OptionValue::kRequired}, ToolOption{"table", 'T', OptionValue::kRequired},
    ToolOption{"wait", 'w', OptionValue::kIfNextWord},   ToolOption{"wait-interval", 'W', OptionValue::kIfNextWord},
    ToolOption{"ipv4", '4', OptionValue::kNone},         ToolOption{"ipv6", '6', OptionValue::kNone}};

Result<std::string> read_all(const ToolArguments& arguments) {
  int file = STDIN_FILENO;
  if (!arguments.files.empty()) {
    file = open(arguments.files.front().c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) {
      return fail(Code::kInvalidInput, "Can't open " + arguments.files.front() + ": " + std::strerror(errno));
    }
  }
  std::string text;
  std::array<char, size_t{1} << 16> piece;
  for (ssize_t got = 0; (got = read(file, piece.data(), piece.size())) != 0;) {
    if (got > 0) text.append(piece.data(), static_cast<size_t>(got));
    if (got < 0 && errno != EINTR) break;
  }
  if (file != STDIN_FILENO) close(file);
  return text;
}

// The part of the text that ends with the last COMMIT before line `line`.
std::string_view committed_before(std::string_view text, unsigned line) {
  size_t end = 0;
  size_t at = 0;
  for (unsigned number = 1; number < line && at < text.size(); ++number) {
    const size_t newline = std::min(text.find('\n', at), text.size());
    if (text.substr(at, newline - at) == "COMMIT") end = newline;
    at = newline + 1;
  }
  return text.substr(0, end);
}

class Restore {
 public:
  Restore(const Voice& voice, const SteadyChoice& choice, const Context& context, const ToolArguments& arguments)
      : voice_(voice),
        choice_(choice),
        context_(context),
        arguments_(arguments),
        engine_(stand_in_options(choice.backend)) {}

  int run(std::string_view text) {
    ParseOptions options{.existing = arguments_.has('n') ? Existing::kKeep : Existing::kReplace,
                         .counters = arguments_.has('c') ? CounterUse::kRestore : CounterUse::kIgnore,
                         .names = context_.names,
                         .unknown = UnknownRules::kKeep};
    if (const auto name = arguments_.value('T')) {
      options.only = table_by_name(*name);
      if (!options.only) return voice_.no_table(*name);
    }
    auto parsed = parse_restore(voice_.identity().family, text, options);
    if (parsed) return commit(*std::move(parsed));
    const Error error = parsed.error();
    auto before = parse_restore(voice_.identity().family, committed_before(text, error.origin.line), options);
    if (before) {
      if (const int status = commit(*std::move(before)); status != 0) return status;
    }
    return voice_.restore_failure(error, error.origin.line);
  }

 private:
  int commit(Transaction transaction) {
    for (TableChange& change : transaction.changes) {
      const unsigned commit_line = change.commit_line;
      Transaction one;
      one.changes.push_back(std::move(change));
      const auto done = arguments_.has('t') ? engine_.check(context_, one) : engine_.apply(context_, std::move(one));
      if (!done) return voice_.restore_failure(done.error(), commit_line);
      if (!arguments_.has('t')) remember(choice_);
    }
    return 0;
  }

  const Voice& voice_;
  const SteadyChoice& choice_;
  const Context& context_;
  const ToolArguments& arguments_;
  Engine engine_;
};

// What -w and -W say, or the exit status with which legacy refuses them; nf_tables waits for nobody and asks nothing.
std::optional<int> read_waiting(const Voice& voice, const ToolArguments& arguments, Context& context) {
  if (voice.backend() == BackendKind::nft) return std::nullopt;
  const auto refuse = [&](const char* reason) {
    fmt::print(stderr, "{} {}: {}\nError occurred at line: 0\nTry `{} -h' or '{} --help' for more information.\n",
               voice.program(), voice.version(), reason, voice.program(), voice.program());
    return 2;
  };
  if (const auto seconds = arguments.value('w'); seconds && !seconds->empty()) {
    unsigned number = 0;
    const char* const end = seconds->data() + seconds->size();
    const auto [stop, error] = std::from_chars(seconds->data(), end, number);
    if (error != std::errc{} || stop != end) return refuse("wait seconds not numeric");
    if (number != 0) context.lock.wait = std::chrono::seconds(number);
  }
  if (const auto interval = arguments.value('W')) {
    if (interval->empty()) return refuse("wait interval value required");
    fmt::print(stderr, "Ignoring deprecated --wait-interval option.\n");
    if (!arguments.has('w')) {
      fmt::print(stderr, "Option --wait-interval requires option --wait\n");
      return 1;
    }
  }
  return std::nullopt;
}

void print_usage(const Voice& voice) {
  fmt::print(stderr, "Usage: {} [-c] [-v] [-V] [-t] [-h] [-n] [-w secs] [-W usecs] [-T table] [-M command] [file]\n",
             voice.program());
  fmt::print(stderr,
             "   [ --counters ]  restore packet and byte counters too\n   [ --verbose ]\n   [ --version ]\n"
             "   [ --test ]  check everything, commit nothing\n   [ --help ]\n"
             "   [ --noflush ]  keep what the tables hold\n   [ --wait=<seconds>\n   [ --wait-interval=<usecs>\n"
             "   [ --table=<table> ]  only this table\n   [ --modprobe=<command> ]\n");
}

}  // namespace

int run_restore(const Identity& identity, std::span<const std::string_view> words) {
  Context context = stand_in_context();
  auto choice = choose_steadily(identity, context);
  if (!choice) {
    fmt::print(stderr, "{}: {}\n", identity.called, to_string(choice.error()));
    return 1;
  }
  const Voice voice(identity, choice->backend);
  const auto arguments = read_tool_arguments(kOptions, words);
  if (!arguments) {
    fmt::print(stderr, "{}: {}\n", identity.called, arguments.error().message);
    fmt::print(stderr, "Try `{} -h' for more information.\n", identity.called);
    return 1;
  }
  if (arguments->has('V')) {
    fmt::print("{} {}\n", voice.program(), voice.version());
    return 0;
  }
  if (arguments->has('h')) {
    print_usage(voice);
    return 0;
  }
  if (const auto refused = read_waiting(voice, *arguments, context)) return *refused;
  if (arguments->files.size() > 1) {
    fmt::print(stderr, "Unknown arguments found on commandline\n");
    return 1;
  }
  const auto text = read_all(*arguments);
  if (!text) {
    fmt::print(stderr, "{}\n", text.error().message);
    return 1;
  }
  return Restore(voice, *choice, context, *arguments).run(*text);
}

}  // namespace ferrule::cli
