#include "backend_nft/kernel_reader.hpp"

#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <sys/socket.h>

#include <cerrno>
#include <string>
#include <utility>

#include "backend_nft/errors.hpp"

namespace ferrule::nft {
using netlink::Attribute;
using netlink::attributes_of;
using netlink::is_nft;
namespace {

std::optional<Family> family_of(const nlmsghdr& message) {
  switch (netlink::netfilter_header_of(message).nfgen_family) {
    case static_cast<uint8_t>(Family::ipv4):
      return Family::ipv4;
    case static_cast<uint8_t>(Family::ipv6):
      return Family::ipv6;
    default:
      return std::nullopt;
  }
}

Result<void> ask(netlink::Socket& socket, netlink::Request& request, const std::function<void(const nlmsghdr&)>& take) {
  const netlink::Answer answer = socket.ask(request, [&](const nlmsghdr& message) {
    take(message);
    return netlink::Reading::kContinue;
  });
  if (answer.error_number != 0 || answer.torn) return tl::unexpected(exchange_error(answer));
  return {};
}

uint8_t number_of(Family family) { return static_cast<uint8_t>(family); }

std::optional<uint32_t> generation_in(const nlmsghdr& message) {
  if (!is_nft(message, NFT_MSG_NEWGEN)) return std::nullopt;
  for (const Attribute& attribute : attributes_of(message)) {
    if (attribute.type == NFTA_GEN_ID) return attribute.be32();
  }
  return std::nullopt;
}

}  // namespace

Result<uint32_t> read_generation(netlink::Socket& socket) {
  netlink::Request request;
  request.add_nft(NFT_MSG_GETGEN, 0, AF_UNSPEC);
  uint32_t generation = 0;
  auto done =
      ask(socket, request, [&](const nlmsghdr& message) { generation = generation_in(message).value_or(generation); });
  if (!done) return tl::unexpected(done.error());
  return generation;
}

Result<TablesInfo> read_tables(netlink::Socket& socket) {
  netlink::Request request;
  request.add_nft(NFT_MSG_GETGEN, 0, AF_UNSPEC);
  request.add_nft(NFT_MSG_GETTABLE, NLM_F_DUMP, AF_UNSPEC);
  TablesInfo info;
  auto done = ask(socket, request, [&](const nlmsghdr& message) {
    if (const auto generation = generation_in(message)) info.generation = *generation;
    const auto family = family_of(message);
    if (!family || !is_nft(message, NFT_MSG_NEWTABLE)) return;
    for (const Attribute& attribute : attributes_of(message)) {
      if (attribute.type != NFTA_TABLE_NAME) continue;
      if (const auto table = table_by_name(attribute.text())) info.add(*family, *table);
    }
  });
  if (!done) return tl::unexpected(done.error());
  return info;
}

Result<std::optional<ChainInfo>> read_chain(netlink::Socket& socket, Family family, TableId table,
                                            std::string_view name) {
  netlink::Request request;
  nlmsghdr* message = request.add_nft(NFT_MSG_GETCHAIN, 0, number_of(family));
  netlink::put_text(message, NFTA_CHAIN_TABLE, table_name(table));
  netlink::put_text(message, NFTA_CHAIN_NAME, name);
  std::optional<ChainInfo> chain;
  auto done = ask(socket, request, [&](const nlmsghdr& answer) { chain = read_chain(answer); });
  if (!done && done.error().errno_value != ENOENT) return tl::unexpected(done.error());
  return chain;
}

Result<std::vector<ChainInfo>> read_chains(netlink::Socket& socket, Family family) {
  netlink::Request request;
  request.add_nft(NFT_MSG_GETCHAIN, NLM_F_DUMP, number_of(family));
  std::vector<ChainInfo> chains;
  auto done = ask(socket, request, [&](const nlmsghdr& message) {
    if (auto chain = read_chain(message)) chains.push_back(std::move(*chain));
  });
  if (!done) return tl::unexpected(done.error());
  return chains;
}

Result<std::vector<ObjectInfo>> read_objects(netlink::Socket& socket, Family family) {
  // The table and the name have the same numbers in all three kinds of message.
  static_assert(int{NFTA_SET_TABLE} == int{NFTA_OBJ_TABLE} && int{NFTA_SET_TABLE} == int{NFTA_FLOWTABLE_TABLE});
  static_assert(int{NFTA_SET_NAME} == int{NFTA_OBJ_NAME} && int{NFTA_SET_NAME} == int{NFTA_FLOWTABLE_NAME});
  struct Kind {
    uint16_t question;
    uint16_t answer;
    const char* word;
  };
  std::vector<ObjectInfo> objects;
  for (const Kind& kind : {Kind{NFT_MSG_GETSET, NFT_MSG_NEWSET, "set"}, Kind{NFT_MSG_GETOBJ, NFT_MSG_NEWOBJ, "object"},
                           Kind{NFT_MSG_GETFLOWTABLE, NFT_MSG_NEWFLOWTABLE, "flowtable"}}) {
    netlink::Request request;
    request.add_nft(kind.question, NLM_F_DUMP, number_of(family));
    auto done = ask(socket, request, [&](const nlmsghdr& message) {
      if (!is_nft(message, kind.answer)) return;
      ObjectInfo info;
      std::string_view name;
      uint32_t flags = 0;
      for (const Attribute& attribute : attributes_of(message)) {
        if (attribute.type == NFTA_SET_TABLE) info.table = attribute.text();
        if (attribute.type == NFTA_SET_NAME) name = attribute.text();
        if (kind.answer == NFT_MSG_NEWSET && attribute.type == NFTA_SET_FLAGS) flags = attribute.be32().value_or(0);
      }
      if ((flags & NFT_SET_ANONYMOUS) != 0) return;
      info.text = (flags & NFT_SET_MAP) != 0 ? "map" : kind.word;
      info.text.append(" ").append(name);
      objects.push_back(std::move(info));
    });
    // Kernels before 4.16 know no flowtables, and those before 4.10 no objects.
    if (!done && done.error().errno_value != EINVAL && done.error().errno_value != EOPNOTSUPP) {
      return tl::unexpected(done.error());
    }
  }
  return objects;
}

Result<void> read_rules(netlink::Socket& socket, Family family, TableId table, std::string_view chain,
                        const std::function<void(const RuleView&)>& take) {
  netlink::Request request;
  nlmsghdr* message = request.add_nft(NFT_MSG_GETRULE, NLM_F_DUMP, number_of(family));
  netlink::put_text(message, NFTA_RULE_TABLE, table_name(table));
  if (!chain.empty()) netlink::put_text(message, NFTA_RULE_CHAIN, chain);
  return ask(socket, request, [&](const nlmsghdr& answer) {
    if (!is_nft(answer, NFT_MSG_NEWRULE)) return;
    RuleView rule;
    for (const Attribute& attribute : attributes_of(answer)) {
      switch (attribute.type) {
        case NFTA_RULE_CHAIN:
          rule.chain = attribute.text();
          break;
        case NFTA_RULE_HANDLE:
          rule.handle = attribute.be64().value_or(0);
          break;
        case NFTA_RULE_EXPRESSIONS:
          rule.expressions = attribute.value;
          break;
        case NFTA_RULE_USERDATA:
          rule.userdata = attribute.value;
          break;
        default:
          break;
      }
    }
    take(rule);
  });
}

}  // namespace ferrule::nft
