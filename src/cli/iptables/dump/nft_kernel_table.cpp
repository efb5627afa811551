#include "iptables/dump/nft_kernel_table.hpp"

#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <functional>

namespace ferrule::cli {
namespace {

constexpr int kAttempts = 10;  // at a dump that somebody's change tears
constexpr size_t kLongestAnswer = 65536;

class Socket {
 public:
  Socket() : file_(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER)) {}
  ~Socket() {
    if (file_ >= 0) close(file_);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  // Hands out the attributes of each message of a dump. False where it fails or is torn.
  bool dump(uint16_t type, Family family, const std::function<void(const NftAttributes&)>& take) {
    struct {
      nlmsghdr header;
      nfgenmsg family;
    } request{.header = {.nlmsg_len = sizeof request,
                         .nlmsg_type = static_cast<uint16_t>(NFNL_SUBSYS_NFTABLES << 8 | type),
                         .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
                         .nlmsg_seq = 0,
                         .nlmsg_pid = 0},
              .family = {.nfgen_family = static_cast<uint8_t>(family), .version = NFNETLINK_V0, .res_id = 0}};
    if (send(file_, &request, sizeof request, 0) < 0) return false;
    while (true) {
      const ssize_t size = recv(file_, buffer_.data(), buffer_.size(), 0);
      if (size < 0 && errno == EINTR) continue;
      if (size <= 0) return false;
      if (const auto whole = walk(static_cast<size_t>(size), take)) return *whole;
    }
  }

 private:
  // Nothing while more is to come.
  std::optional<bool> walk(size_t size, const std::function<void(const NftAttributes&)>& take) {
    constexpr size_t kHeaders = NLMSG_HDRLEN + sizeof(nfgenmsg);
    nlmsghdr header;
    for (size_t at = 0; at + sizeof header <= size; at += NLMSG_ALIGN(header.nlmsg_len)) {
      std::memcpy(&header, buffer_.data() + at, sizeof header);
      if (header.nlmsg_len < sizeof header || at + header.nlmsg_len > size) return false;
      torn_ = torn_ || (header.nlmsg_flags & NLM_F_DUMP_INTR) != 0;
      if (header.nlmsg_type == NLMSG_ERROR) return false;
      if (header.nlmsg_type == NLMSG_DONE) return !torn_;
      if (header.nlmsg_len < kHeaders) continue;
      take(NftAttributes(NftBytes(buffer_).subspan(at + kHeaders, header.nlmsg_len - kHeaders)));
    }
    return std::nullopt;
  }

  int file_;
  bool torn_ = false;
  std::vector<std::byte> buffer_ = std::vector<std::byte>(kLongestAnswer);
};

using Wanted = std::function<bool(std::string_view)>;

bool read(Socket& socket, const NftPlace& place, const Wanted& wants_rules, NftKernelTable& table) {
  const std::string_view name = table_name(place.table);
  const auto take_table = [&](const NftAttributes& of) {
    table.exists = table.exists || of.text(NFTA_TABLE_NAME) == name;
  };
  const auto take_chain = [&](const NftAttributes& of) {
    if (of.text(NFTA_CHAIN_TABLE) == name) table.chains.push_back(read_nft_chain(of));
  };
  const auto take_rule = [&](const NftAttributes& of) {
    const std::string_view chain = of.text(NFTA_RULE_CHAIN);
    if (of.text(NFTA_RULE_TABLE) == name && wants_rules(chain)) {
      table.rules[std::string(chain)].push_back(read_nft_rule(of));
    }
  };
  return socket.dump(NFT_MSG_GETTABLE, place.family, take_table) &&
         socket.dump(NFT_MSG_GETCHAIN, place.family, take_chain) &&
         (!wants_rules || socket.dump(NFT_MSG_GETRULE, place.family, take_rule));
}

}  // namespace

std::optional<NftKernelTable> read_nft_kernel_table(const NftPlace& place, const Wanted& wants_rules) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    Socket socket;
    NftKernelTable table;
    if (read(socket, place, wants_rules, table)) return table;
  }
  return std::nullopt;
}

}  // namespace ferrule::cli
