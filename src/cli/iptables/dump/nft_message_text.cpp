#include "iptables/dump/nft_message_text.hpp"

#include <fmt/format.h>
#include <linux/netfilter/nfnetlink.h>

#include <array>
#include <iterator>
#include <string_view>

namespace ferrule::cli {
namespace {

constexpr std::string_view kRule = "----------------\t------------------\n";
constexpr size_t kWord = 4;

class MessageText {
 public:
  explicit MessageText(NftBytes message) : message_(message) {}

  std::string run() {
    nlmsghdr header;
    std::memcpy(&header, message_.data(), sizeof header);
    out_ += kRule;
    say("|  {:010}  |\t| message length |\n", header.nlmsg_len);
    say("| {:05} | {}{}{}{} |\t|  type | flags  |\n", header.nlmsg_type,
        letter(header.nlmsg_flags & NLM_F_REQUEST, 'R'), letter(header.nlmsg_flags & NLM_F_MULTI, 'M'),
        letter(header.nlmsg_flags & NLM_F_ACK, 'A'), letter(header.nlmsg_flags & NLM_F_ECHO, 'E'));
    say("|  {:010}  |\t| sequence number|\n", header.nlmsg_seq);
    say("|  {:010}  |\t|     port ID    |\n", header.nlmsg_pid);
    out_ += kRule;
    for (size_t at = NLMSG_HDRLEN; at + kWord <= message_.size(); at += kWord) word(at);
    out_ += kRule;
    return std::move(out_);
  }

 private:
  template <typename... Parts>
  void say(fmt::format_string<Parts...> form, Parts&&... parts) {
    fmt::format_to(std::back_inserter(out_), form, std::forward<Parts>(parts)...);
  }

  static char letter(unsigned flag, char set) { return flag != 0 ? set : '-'; }

  void word(size_t at) {
    if (at < NLMSG_HDRLEN + sizeof(nfgenmsg)) return bytes(at, "  extra header  |\n");
    if (left_ != 0) {
      left_ -= kWord;
      bytes(at, "      data      |");
      out_ += '\t';
      for (size_t i = 0; i < kWord; ++i) {
        const auto each = std::to_integer<unsigned char>(message_[at + i]);
        say(" {}", each >= 0x20 && each < 0x7f ? static_cast<char>(each) : ' ');
      }
      out_ += '\n';
      return;
    }
    nlattr attribute;
    std::memcpy(&attribute, message_.data() + at, sizeof attribute);
    if ((attribute.nla_type & NLA_TYPE_MASK) == 0) return;
    say("|\x1b[1;31m{:05}\x1b[0m|\x1b[1;32m{}{}\x1b[0m|\x1b[1;34m{:05}\x1b[0m|\t|len |flags| type|\n",
        attribute.nla_len, letter(attribute.nla_type & NLA_F_NESTED, 'N'),
        letter(attribute.nla_type & NLA_F_NET_BYTEORDER, 'B'), attribute.nla_type & NLA_TYPE_MASK);
    if ((attribute.nla_type & NLA_F_NESTED) == 0) left_ = NLA_ALIGN(attribute.nla_len) - NLA_HDRLEN;
  }

  void bytes(size_t at, std::string_view what) {
    out_ += '|';
    for (size_t i = 0; i < kWord; ++i) say(" {:02x}", std::to_integer<unsigned>(message_[at + i]));
    say("  |\t|{}", what);
  }

  NftBytes message_;
  size_t left_ = 0;  // of the data of the last attribute
  std::string out_;
};

}  // namespace

std::string nft_message_text(NftBytes message) {
  return message.size() < NLMSG_HDRLEN ? std::string() : MessageText(message).run();
}

}  // namespace ferrule::cli
