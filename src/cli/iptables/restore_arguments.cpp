#include "iptables/restore_arguments.hpp"

#include <array>
#include <chrono>
#include <cstdlib>
#include <optional>
#include <string>

#include "say.hpp"

namespace ferrule::cli {
namespace {

constexpr std::array kOptions = {
    ToolOption{"counters", 'c', OptionValue::kNone}, ToolOption{"verbose", 'v', OptionValue::kNone},
    ToolOption{"version", 'V', OptionValue::kNone}, ToolOption{"test", 't', OptionValue::kNone},
    ToolOption{"help", 'h', OptionValue::kNone}, ToolOption{"noflush", 'n', OptionValue::kNone},
    ToolOption{"modprobe", 'M', OptionValue::kRequired}, ToolOption{"table", 'T', OptionValue::kRequired},
    ToolOption{"wait", 'w', OptionValue::kIfNextWord}, ToolOption{"wait-interval", 'W', OptionValue::kIfNextWord},
    ToolOption{"", 'b', OptionValue::kNone, OptionForms::kLetterOnly},
    // Those that follow are iptables-nft's, which names them to getopt(3) and then does not know them.
    ToolOption{"ipv4", '4', OptionValue::kNone, OptionForms::kNameOnly},
    ToolOption{"ipv6", '6', OptionValue::kNone, OptionForms::kNameOnly}};
constexpr size_t kLegacyOptions = kOptions.size() - 2;

void print_usage(const Voice& voice) {
  constexpr std::string_view kCommon =
      "\t   [ --counters ]\n\t   [ --verbose ]\n\t   [ --version]\n\t   [ --test ]\n\t   [ --help ]\n\t   [ --noflush "
      "]\n";
  constexpr std::string_view kEnd = "\t   [ --table=<TABLE> ]\n\t   [ --modprobe=<command> ]\n";
  complain("Usage: {} [-c] [-v] [-V] [-t] [-h] [-n] ", voice.program());
  if (voice.backend() == BackendKind::nft) {
    complain("[-T table] [-M command] [-4] [-6] [file]\n{}{}\t   [ --ipv4 ]\n\t   [ --ipv6 ]\n", kCommon, kEnd);
  } else {
    complain("[-w secs] [-W usecs] [-T table] [-M command] [file]\n{}\t   [ --wait=<seconds>\n{}", kCommon, kEnd);
  }
}

class AtOnceInRestore {
 public:
  AtOnceInRestore(const Voice& voice, Context& context) : voice_(voice), context_(context) {}

  std::optional<int> operator()(char letter, std::optional<std::string_view> value) {
    switch (letter) {
      case 'V':
        say("{} {}\n", voice_.program(), voice_.version());
        return 0;
      case 'h':
        print_usage(voice_);
        return 0;
      case 'b':
        complain("-b/--binary option is not implemented\n");
        return std::nullopt;
      case '4':
      case '6':
        point_to_help();
        return 1;
      case 'w':
        return is_nft() ? std::nullopt : wait(value);
      case 'W':
        return is_nft() ? std::nullopt : wait_interval(value);
      default:
        return std::nullopt;
    }
  }

  void point_to_help() const { complain("Try `{} -h' for more information.\n", voice_.program()); }

 private:
  // nf_tables waits for nobody and asks nothing.
  bool is_nft() const { return voice_.backend() == BackendKind::nft; }

  // As sscanf(3) reads it: what stands behind the digits is not looked at.
  static std::optional<unsigned> number_in(std::string_view text) {
    const std::string copy(text);
    char* end = nullptr;
    const auto number = static_cast<unsigned>(std::strtoll(copy.c_str(), &end, 0));
    return end != copy.c_str() ? std::optional(number) : std::nullopt;
  }

  int refuse(const char* reason) const {
    return voice_.usage({Code::kInvalidInput, reason}, Voice::kBeforeTheFirstLine);
  }

  std::optional<int> wait(std::optional<std::string_view> seconds) {
    if (!seconds) return std::nullopt;
    const auto number = number_in(*seconds);
    if (!number) return refuse("wait seconds not numeric");
    if (*number != 0) context_.lock.wait = std::chrono::seconds(*number);
    return std::nullopt;
  }

  std::optional<int> wait_interval(std::optional<std::string_view> interval) const {
    if (!interval) return refuse("wait interval value required");
    if (!number_in(*interval)) return refuse("wait interval not numeric");
    complain("Ignoring deprecated --wait-interval option.\n");
    return std::nullopt;
  }

  const Voice& voice_;
  Context& context_;
};

ToolArguments ended(int status) {
  ToolArguments arguments;
  arguments.ended = status;
  return arguments;
}

}  // namespace

ToolArguments read_restore_arguments(const Voice& voice, std::span<const std::string_view> words, Context& context) {
  AtOnceInRestore at_once(voice, context);
  const bool nft = voice.backend() == BackendKind::nft;
  const auto options = std::span(kOptions).first(nft ? kOptions.size() : kLegacyOptions);
  auto arguments = read_tool_arguments(options, words, std::ref(at_once));
  if (!arguments) {
    complain("{}: {}\n", voice.identity().invoked, arguments.error().message);
    at_once.point_to_help();
    return ended(1);
  }
  if (arguments->ended) return *std::move(arguments);
  if (arguments->files.size() > 1) {
    complain("Unknown arguments found on commandline\n");
    return ended(1);
  }
  if (!nft && arguments->has('W') && !arguments->has('w')) {
    complain("Option --wait-interval requires option --wait\n");
    return ended(1);
  }
  return *std::move(arguments);
}

}  // namespace ferrule::cli
