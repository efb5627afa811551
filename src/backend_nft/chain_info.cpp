#include "backend_nft/chain_info.hpp"

#include <libnftnl/chain.h>
#include <linux/netfilter.h>

#include <memory>

#include "backend_nft/base_chains.hpp"

namespace ferrule::nft {
namespace {

std::string text_of(const nftnl_chain* chain, uint16_t attribute) {
  const char* text = nftnl_chain_get_str(chain, attribute);
  return text == nullptr ? std::string() : text;
}

}  // namespace

bool ChainInfo::is_iptables_base(TableId in) const {
  const BaseChain* own = base_chain(in, name);
  return base && own != nullptr && base->hook == static_cast<uint32_t>(own->hook) && base->priority == own->priority &&
         base->type == own->type;
}

std::optional<ChainInfo> read_chain(const nlmsghdr& message) {
  const std::unique_ptr<nftnl_chain, void (*)(const nftnl_chain*)> chain(nftnl_chain_alloc(), nftnl_chain_free);
  if (!chain || nftnl_chain_nlmsg_parse(&message, chain.get()) < 0) return std::nullopt;
  ChainInfo info{.table = text_of(chain.get(), NFTNL_CHAIN_TABLE),
                 .name = text_of(chain.get(), NFTNL_CHAIN_NAME),
                 .handle = nftnl_chain_get_u64(chain.get(), NFTNL_CHAIN_HANDLE),
                 .use = nftnl_chain_get_u32(chain.get(), NFTNL_CHAIN_USE),
                 .base = {}};
  if (info.table.empty() || info.name.empty()) return std::nullopt;
  if (nftnl_chain_is_set(chain.get(), NFTNL_CHAIN_HOOKNUM)) {
    const bool drops = nftnl_chain_is_set(chain.get(), NFTNL_CHAIN_POLICY) &&
                       nftnl_chain_get_u32(chain.get(), NFTNL_CHAIN_POLICY) == NF_DROP;
    info.base = {.hook = nftnl_chain_get_u32(chain.get(), NFTNL_CHAIN_HOOKNUM),
                 .priority = nftnl_chain_get_s32(chain.get(), NFTNL_CHAIN_PRIO),
                 .type = text_of(chain.get(), NFTNL_CHAIN_TYPE),
                 .policy = drops ? Policy::drop : Policy::accept,
                 .counters = {.packets = nftnl_chain_get_u64(chain.get(), NFTNL_CHAIN_PACKETS),
                              .bytes = nftnl_chain_get_u64(chain.get(), NFTNL_CHAIN_BYTES)}};
  }
  return info;
}

}  // namespace ferrule::nft
