#include "backend_nft/revisions.hpp"

#include <endian.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <linux/netfilter/nfnetlink.h>

#include <cerrno>
#include <utility>

#include "backend_nft/errors.hpp"

namespace ferrule::nft {

Result<CompatRevisions::Answer> CompatRevisions::ask(ext::Kind kind, std::string_view name, uint8_t revision) {
  Key key{kind, std::string(name), revision};
  if (const auto found = known_.find(key); found != known_.end()) return found->second;
  if (name.empty() || name.size() >= NFT_COMPAT_NAME_MAX) return Answer::kUnknown;
  if (!socket_) {
    auto opened = netlink::Socket::open();
    if (!opened) return tl::unexpected(opened.error());
    socket_.emplace(std::move(*opened));
  }
  netlink::Request request;
  nlmsghdr* message =
      request.add(NFNL_SUBSYS_NFT_COMPAT, NFNL_MSG_COMPAT_GET, NLM_F_ACK, static_cast<uint8_t>(family_));
  mnl_attr_put_strz(message, NFTA_COMPAT_NAME, std::get<std::string>(key).c_str());
  mnl_attr_put_u32(message, NFTA_COMPAT_REV, htobe32(revision));
  mnl_attr_put_u32(message, NFTA_COMPAT_TYPE, htobe32(kind == ext::Kind::target ? 1 : 0));
  const netlink::Answer answered = socket_->ask(request, [](const nlmsghdr&) { return netlink::Reading::kContinue; });
  CompatRevisions::Answer answer = CompatRevisions::Answer::kYes;
  switch (answered.error_number) {
    case 0:
      if (answered.torn) return tl::unexpected(exchange_error(answered));
      break;
    case EPERM:
      break;
    case EPROTONOSUPPORT:
      answer = Answer::kOtherRevision;
      break;
    case ENOENT:
      answer = Answer::kUnknown;
      break;
    default:
      return tl::unexpected(exchange_error(answered));
  }
  return known_[std::move(key)] = answer;
}

Result<bool> CompatRevisions::has(ext::Kind kind, std::string_view name, uint8_t revision) {
  const auto answer = ask(kind, name, revision);
  if (!answer) return tl::unexpected(answer.error());
  return *answer == Answer::kYes;
}

Result<std::optional<uint8_t>> CompatRevisions::highest(ext::Kind kind, std::string_view name, uint8_t max_revision) {
  for (int revision = max_revision; revision >= 0; --revision) {
    const auto answer = ask(kind, name, static_cast<uint8_t>(revision));
    if (!answer) return tl::unexpected(answer.error());
    if (*answer == Answer::kYes) return static_cast<uint8_t>(revision);
    if (*answer == Answer::kUnknown) break;
  }
  return std::nullopt;
}

}  // namespace ferrule::nft
