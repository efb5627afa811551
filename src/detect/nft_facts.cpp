// Messages and attributes: <linux/netfilter/nf_tables.h>. A chain's use count is the number of its rules plus the
// number of jumps to it; nothing can jump to a base chain, so that most tables need no dump of their rules.
#include "detect/nft_facts.hpp"

#include <endian.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <linux/netfilter/nfnetlink.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "detect/obstacle.hpp"
#include "netlink/attributes.hpp"
#include "netlink/socket.hpp"

namespace ferrule::detect {
namespace {

using netlink::Answer;
using netlink::Attribute;
using netlink::attributes_of;
using netlink::Reading;

constexpr int kReadAttempts = 4;

struct NftTable {
  uint8_t family = 0;
  std::string name;
};

struct NftChain {
  std::string table;
  std::string name;
  std::string type;  // empty for user chains
  std::optional<uint32_t> hook;
  int32_t priority = 0;
  uint32_t policy = NF_ACCEPT;
  uint32_t use = 0;
};

std::string family_word(uint8_t family) {
  switch (family) {
    case NFPROTO_INET:
      return "inet";
    case NFPROTO_IPV4:
      return "ip";
    case NFPROTO_ARP:
      return "arp";
    case NFPROTO_NETDEV:
      return "netdev";
    case NFPROTO_BRIDGE:
      return "bridge";
    case NFPROTO_IPV6:
      return "ip6";
    default:
      return "family " + std::to_string(family);
  }
}

// Chain type and priority that iptables-nft gives its base chains.
std::string_view chain_type(TableId table, Hook hook) {
  if (table == TableId::nat) return "nat";
  return table == TableId::mangle && hook == Hook::output ? "route" : "filter";
}

int32_t chain_priority(TableId table, Hook hook) {
  switch (table) {
    case TableId::raw:
      return -300;
    case TableId::mangle:
      return -150;
    case TableId::nat:
      return hook == Hook::prerouting || hook == Hook::output ? -100 : 100;
    case TableId::filter:
      return 0;
    case TableId::security:
      return 150;
  }
  return 0;
}

bool is_iptables_chain(TableId table, const NftChain& chain) {
  const auto hook = hook_of_chain(chain.name);
  return hook && table_has_hook(table, *hook) && chain.hook == static_cast<uint32_t>(*hook) &&
         chain.priority == chain_priority(table, *hook) && chain.type == chain_type(table, *hook);
}

// One pass over the ruleset, which may turn out torn.
class RulesetReader {
 public:
  RulesetReader(netlink::Socket& socket, Depth depth) : socket_(socket), depth_(depth) {}

  // 0, or the errno.
  int read(NamespaceFacts& facts);
  bool is_torn() const { return torn_; }

 private:
  int read_tables();
  int read_family(uint8_t family, NftFacts& facts);
  int read_chains(uint8_t family);
  int count_rules(uint8_t family, const std::string& table, const std::set<std::string>& foreign, RuleCount& out);
  int summarize(uint8_t family, TableId table, std::optional<TableFacts>& out);
  // Dumps, and notes whether this dump and the ones before saw the same ruleset.
  int dump(uint8_t type, uint8_t family, std::string_view table, const netlink::Socket::Reader& read);

  netlink::Socket& socket_;
  Depth depth_;
  bool torn_ = false;
  std::optional<uint16_t> generation_;
  std::vector<NftTable> tables_;
  std::vector<NftChain> chains_;  // of the family being read
};

// The low half of the generation that a dump was made in.
uint16_t generation_of(const nlmsghdr& message) { return be16toh(netlink::netfilter_header_of(message).res_id); }

// The number of a big-endian attribute; 0 where it has another size.
uint32_t number_of(const Attribute& attribute) { return attribute.be32().value_or(0); }

int RulesetReader::dump(uint8_t type, uint8_t family, std::string_view table, const netlink::Socket::Reader& read) {
  netlink::Request request;
  nlmsghdr* question = request.add_nft(type, NLM_F_DUMP, family);
  if (!table.empty()) netlink::put_text(question, NFTA_RULE_TABLE, table);
  const Answer answer = socket_.ask(request, [&](const nlmsghdr& message) {
    if (!generation_) generation_ = generation_of(message);
    if (*generation_ != generation_of(message)) torn_ = true;
    return read(message);
  });
  torn_ = torn_ || answer.torn;
  return answer.error_number;
}

int RulesetReader::read_tables() {
  return dump(NFT_MSG_GETTABLE, NFPROTO_UNSPEC, {}, [&](const nlmsghdr& message) {
    NftTable& table = tables_.emplace_back();
    table.family = netlink::netfilter_header_of(message).nfgen_family;
    for (const Attribute& attribute : attributes_of(message)) {
      if (attribute.type == NFTA_TABLE_NAME) table.name = attribute.text();
    }
    return Reading::kContinue;
  });
}

int RulesetReader::read_chains(uint8_t family) {
  chains_.clear();
  return dump(NFT_MSG_GETCHAIN, family, {}, [&](const nlmsghdr& message) {
    NftChain& chain = chains_.emplace_back();
    for (const Attribute& attribute : attributes_of(message)) {
      switch (attribute.type) {
        case NFTA_CHAIN_TABLE:
          chain.table = attribute.text();
          break;
        case NFTA_CHAIN_NAME:
          chain.name = attribute.text();
          break;
        case NFTA_CHAIN_TYPE:
          chain.type = attribute.text();
          break;
        case NFTA_CHAIN_POLICY:
          chain.policy = number_of(attribute);
          break;
        case NFTA_CHAIN_USE:
          chain.use = number_of(attribute);
          break;
        case NFTA_CHAIN_HOOK:
          for (const Attribute& nested : netlink::AttributeRange(attribute.value)) {
            if (nested.type == NFTA_HOOK_HOOKNUM) chain.hook = number_of(nested);
            if (nested.type == NFTA_HOOK_PRIORITY) chain.priority = static_cast<int32_t>(number_of(nested));
          }
          break;
        default:
          break;
      }
    }
    return Reading::kContinue;
  });
}

int RulesetReader::count_rules(uint8_t family, const std::string& table, const std::set<std::string>& foreign,
                               RuleCount& out) {
  out = {};
  return dump(NFT_MSG_GETRULE, family, table, [&](const nlmsghdr& message) {
    std::string_view of_table;
    std::string_view chain;
    for (const Attribute& attribute : attributes_of(message)) {
      if (attribute.type == NFTA_RULE_TABLE) of_table = attribute.text();
      if (attribute.type == NFTA_RULE_CHAIN) chain = attribute.text();
    }
    if (of_table != table || foreign.contains(std::string(chain))) return Reading::kContinue;
    ++out.at_least;
    out.exact = depth_ == Depth::kExplain;
    return depth_ == Depth::kDecide ? Reading::kStop : Reading::kContinue;
  });
}

// Leaves `out` empty for a table that only has the name in common with one of iptables'.
int RulesetReader::summarize(uint8_t family, TableId table, std::optional<TableFacts>& out) {
  TableFacts facts{.table = table};
  std::set<std::string> foreign;
  uint32_t base_chains = 0;
  uint32_t base_rules = 0;
  uint32_t user_chain_uses = 0;
  for (const NftChain& chain : chains_) {
    if (chain.table != table_name(table)) continue;
    if (!chain.hook) {
      ++facts.user_chains;
      user_chain_uses += chain.use;
      const bool is_hint =
          std::find(std::begin(kHintChains), std::end(kHintChains), chain.name) != std::end(kHintChains);
      if (table == TableId::mangle && is_hint) facts.hint_chains.push_back(chain.name);
    } else if (!is_iptables_chain(table, chain)) {
      foreign.insert(chain.name);
    } else {
      ++base_chains;
      base_rules += chain.use;
      if (chain.policy == NF_DROP) facts.dropping.push_back(*hook_of_chain(chain.name));
    }
  }
  facts.foreign_chains.assign(foreign.begin(), foreign.end());
  if (!foreign.empty() && base_chains == 0) return 0;
  facts.rules = {.at_least = base_rules, .exact = user_chain_uses == 0};
  if (user_chain_uses > 0 && (base_rules == 0 || depth_ == Depth::kExplain)) {
    const int error_number = count_rules(family, std::string(table_name(table)), foreign, facts.rules);
    if (error_number != 0) return error_number;
  }
  out = std::move(facts);
  return 0;
}

int RulesetReader::read_family(uint8_t family, NftFacts& facts) {
  facts.tables.clear();
  const auto is_candidate = [&](const NftTable& table) {
    return table.family == family && table_by_name(table.name).has_value();
  };
  if (std::none_of(tables_.begin(), tables_.end(), is_candidate)) return 0;
  if (const int error_number = read_chains(family); error_number != 0) return error_number;
  for (const NftTable& table : tables_) {
    if (!is_candidate(table)) continue;
    std::optional<TableFacts> summary;
    if (const int error_number = summarize(family, *table_by_name(table.name), summary); error_number != 0) {
      return error_number;
    }
    if (summary) facts.tables.push_back(std::move(*summary));
  }
  return 0;
}

int RulesetReader::read(NamespaceFacts& facts) {
  if (const int error_number = read_tables(); error_number != 0) return error_number;
  if (const int error_number = read_family(NFPROTO_IPV4, facts.ipv4.nft); error_number != 0) return error_number;
  if (const int error_number = read_family(NFPROTO_IPV6, facts.ipv6.nft); error_number != 0) return error_number;
  facts.other_nft_tables.clear();
  for (const NftTable& table : tables_) {
    const NftFacts* family = nullptr;
    if (table.family == NFPROTO_IPV4) family = &facts.ipv4.nft;
    if (table.family == NFPROTO_IPV6) family = &facts.ipv6.nft;
    const bool is_known = family != nullptr &&
                          std::any_of(family->tables.begin(), family->tables.end(),
                                      [&](const TableFacts& known) { return table_name(known.table) == table.name; });
    if (!is_known) facts.other_nft_tables.push_back({family_word(table.family), table.name});
  }
  return 0;
}

Presence presence_after(int error_number) {
  switch (error_number) {
    case 0:
      return Presence::present;
    // No such protocol, or nobody behind nfnetlink who knows the message.
    case EPROTONOSUPPORT:
    case EAFNOSUPPORT:
    case ESOCKTNOSUPPORT:
    case EINVAL:
    case EOPNOTSUPP:
      return Presence::absent;
    case EPERM:
    case EACCES:
    case ENOSYS:
      return Presence::blocked;
    default:
      return Presence::unknown;
  }
}

void set_both(NamespaceFacts& facts, Presence presence, const std::string& obstacle) {
  for (NftFacts* nft : {&facts.ipv4.nft, &facts.ipv6.nft}) {
    nft->presence = presence;
    nft->obstacle = obstacle;
    nft->tables.clear();
  }
}

// Asks only where the answer cannot load anything: whether the kernel knows some match.
Presence read_compat(netlink::Socket& socket, KernelModules& modules) {
  if (modules.can_load()) return modules.presence("nft_compat");
  netlink::Request request;
  nlmsghdr* question = request.add(NFNL_SUBSYS_NFT_COMPAT, NFNL_MSG_COMPAT_GET, NLM_F_ACK, NFPROTO_IPV4);
  netlink::put_text(question, NFTA_COMPAT_NAME, "comment");
  mnl_attr_put_u32(question, NFTA_COMPAT_REV, 0);
  mnl_attr_put_u32(question, NFTA_COMPAT_TYPE, 0);
  const Answer answer = socket.ask(request, [](const nlmsghdr&) { return Reading::kContinue; });
  // Not having this match, or not in this revision, is an answer too.
  const bool answered = answer.error_number == ENOENT || answer.error_number == EPROTONOSUPPORT;
  return answered ? Presence::present : presence_after(answer.error_number);
}

}  // namespace

void read_nft_facts(KernelModules& modules, Depth depth, NamespaceFacts& facts) {
  if (!modules.may_ask("nf_tables")) {
    const Presence presence = modules.presence("nf_tables");
    set_both(facts, presence, presence == Presence::unknown ? "asking nf_tables might load its module" : "");
    facts.nft_compat = modules.presence("nft_compat");
    return;
  }
  auto socket = netlink::Socket::open();
  int error_number = socket ? 0 : socket.error().errno_value;
  for (int attempt = 0; error_number == 0 && attempt < kReadAttempts; ++attempt) {
    RulesetReader reader(*socket, depth);
    error_number = reader.read(facts);
    if (!reader.is_torn()) break;
    // A table that was deleted between two dumps is another way to see a change.
    if (error_number == ENOENT) error_number = 0;
  }
  if (error_number == 0) {
    facts.ipv4.nft.presence = facts.ipv6.nft.presence = Presence::present;
    facts.nft_compat = read_compat(*socket, modules);
    return;
  }
  const Presence presence = presence_after(error_number);
  set_both(facts, presence, presence == Presence::absent ? "" : obstacle("nf_tables", error_number));
  facts.other_nft_tables.clear();
  facts.nft_compat = presence == Presence::absent ? Presence::absent : Presence::unknown;
}

}  // namespace ferrule::detect
