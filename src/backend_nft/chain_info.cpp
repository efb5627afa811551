#include "backend_nft/chain_info.hpp"

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include "backend_nft/base_chains.hpp"
#include "netlink/attributes.hpp"

namespace ferrule::nft {

using netlink::Attribute;
using netlink::AttributeRange;
using netlink::attributes_of;
namespace {

void read_hook(const Attribute& nest, ChainInfo::Base& base) {
  for (const Attribute& attribute : AttributeRange(nest.value)) {
    if (attribute.type == NFTA_HOOK_HOOKNUM) base.hook = attribute.be32().value_or(0);
    if (attribute.type == NFTA_HOOK_PRIORITY) base.priority = static_cast<int32_t>(attribute.be32().value_or(0));
  }
}

void read_counters(const Attribute& nest, Counters& counters) {
  for (const Attribute& attribute : AttributeRange(nest.value)) {
    if (attribute.type == NFTA_COUNTER_PACKETS) counters.packets = attribute.be64().value_or(0);
    if (attribute.type == NFTA_COUNTER_BYTES) counters.bytes = attribute.be64().value_or(0);
  }
}

}  // namespace

bool ChainInfo::is_iptables_base(TableId in) const {
  const BaseChain* own = base_chain(in, name);
  return base && own != nullptr && base->hook == static_cast<uint32_t>(own->hook) && base->priority == own->priority &&
         base->type == own->type;
}

std::optional<ChainInfo> read_chain(const nlmsghdr& message) {
  ChainInfo info{};
  ChainInfo::Base base{};
  for (const Attribute& attribute : attributes_of(message)) {
    switch (attribute.type) {
      case NFTA_CHAIN_TABLE:
        info.table = attribute.text();
        break;
      case NFTA_CHAIN_NAME:
        info.name = attribute.text();
        break;
      case NFTA_CHAIN_HANDLE:
        info.handle = attribute.be64().value_or(0);
        break;
      case NFTA_CHAIN_USE:
        info.use = attribute.be32().value_or(0);
        break;
      case NFTA_CHAIN_HOOK:
        read_hook(attribute, base);
        info.base = base;
        break;
      case NFTA_CHAIN_TYPE:
        base.type = attribute.text();
        break;
      case NFTA_CHAIN_POLICY:
        base.policy = attribute.be32() == uint32_t{NF_DROP} ? Policy::drop : Policy::accept;
        break;
      case NFTA_CHAIN_COUNTERS:
        read_counters(attribute, base.counters);
        break;
      default:
        break;
    }
  }
  if (info.table.empty() || info.name.empty()) return std::nullopt;
  if (info.base) info.base = std::move(base);
  return info;
}

}  // namespace ferrule::nft
