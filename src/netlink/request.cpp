#include "netlink/request.hpp"

#include <linux/netfilter/nfnetlink.h>

#include <string>

namespace ferrule::netlink {

nlmsghdr* Request::add(uint16_t subsystem, uint16_t type, uint16_t flags, uint8_t family) {
  std::vector<uint32_t>& buffer = messages_.emplace_back(kLongest / sizeof(uint32_t));
  nlmsghdr* header = mnl_nlmsg_put_header(buffer.data());
  header->nlmsg_type = static_cast<uint16_t>(subsystem << 8 | type);
  header->nlmsg_flags = static_cast<uint16_t>(NLM_F_REQUEST | flags);
  auto* generic = static_cast<nfgenmsg*>(mnl_nlmsg_put_extra_header(header, sizeof(nfgenmsg)));
  generic->nfgen_family = family;
  generic->version = NFNETLINK_V0;
  return header;
}

nlmsghdr* Request::add_nft(uint16_t type, uint16_t flags, uint8_t family) {
  return add(NFNL_SUBSYS_NFTABLES, type, flags, family);
}

void put_text(nlmsghdr* message, uint16_t type, std::string_view text) {
  mnl_attr_put_strz(message, type, std::string(text).c_str());
}

}  // namespace ferrule::netlink
