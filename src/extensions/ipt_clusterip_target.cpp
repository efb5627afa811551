// CLUSTERIP: struct ipt_clusterip_tgt_info in <linux/netfilter_ipv4/ipt_CLUSTERIP.h>. Kernels since 6.4 lack it.
#include <linux/netfilter_ipv4/ipt_CLUSTERIP.h>

#include <array>
#include <cstddef>

#include "extensions/codec.hpp"

namespace ferrule::ext {
namespace {

enum ClusteripOption : size_t { kNew, kHashmode, kClustermac, kTotalNodes, kLocalNode, kHashInit };

// By their number.
constexpr std::array<std::string_view, CLUSTERIP_HASHMODE_MAX + 1> kModes = {"sourceip", "sourceip-sourceport",
                                                                             "sourceip-sourceport-destport"};

constexpr Option node_row(std::string_view name, uint16_t offset, std::string_view help) {
  return {
      .name = name, .arg = Arg::kU16, .max = CLUSTERIP_MAX_NODES, .offset = offset, .metavar = "number", .help = help};
}

constexpr std::array<Option, 6> kOptions = {
    {{.name = "new", .help = "make a new cluster address"},
     {.name = "hashmode",
      .arg = Arg::kString,
      .metavar = "mode",
      .help = "sourceip, sourceip-sourceport or sourceip-sourceport-destport"},
     {.name = "clustermac",
      .arg = Arg::kMac,
      .offset = offsetof(ipt_clusterip_tgt_info, clustermac),
      .metavar = "address",
      .help = "the multicast MAC address of the cluster"},
     node_row("total-nodes", offsetof(ipt_clusterip_tgt_info, num_total_nodes), "how many nodes there are"),
     node_row("local-node", offsetof(ipt_clusterip_tgt_info, local_nodes), "which of them this one is"),
     {.name = "hash-init",
      .arg = Arg::kU32,
      .offset = offsetof(ipt_clusterip_tgt_info, hash_initval),
      .metavar = "number",
      .help = "the seed of the hash"}}};

struct Clusterip {
  using Info = ipt_clusterip_tgt_info;

  static Result<void> parse(OptionCall& call, Info& info) {
    switch (call.id) {
      case kNew:
        info.flags |= CLUSTERIP_FLAG_NEW;
        return {};
      case kHashmode:
        for (size_t mode = 0; mode < kModes.size(); ++mode) {
          if (kModes[mode] != call.text) continue;
          info.hash_mode = static_cast<uint32_t>(mode);
          return {};
        }
        return fail(Code::kInvalidInput, "Unknown hashmode \"" + std::string(call.text) + "\"");
      case kClustermac:
        if ((call.mac[0] & 1) != 0) return {};
        return fail(Code::kInvalidInput, "MAC has to be a multicast ethernet address");
      case kLocalNode:
        info.num_local_nodes = 1;
        return {};
      default:
        return {};
    }
  }

  static Result<void> check(const CheckCall& call, Info&) {
    constexpr uint64_t kTogether = bit(kHashInit) - 1;
    if (call.seen == 0 || (call.seen & kTogether) == kTogether) return {};
    return fail(Code::kInvalidInput, "CLUSTERIP target: Invalid parameter combination");
  }

  static void put(std::string_view before, char between, const std::array<std::string_view, 5>& words, const Info& info,
                  Text& out) {
    const auto word = [&](size_t i) -> Text& { return out.raw(before).raw(words[i]).raw(between); };
    word(0).raw(info.hash_mode < kModes.size() ? kModes[info.hash_mode] : "unknown-error");
    word(1);
    for (size_t i = 0; i < sizeof info.clustermac; ++i) {
      static constexpr std::string_view kDigits = "0123456789ABCDEF";
      if (i != 0) out.raw(':');
      out.raw(kDigits[info.clustermac[i] >> 4]).raw(kDigits[info.clustermac[i] & 15]);
    }
    word(2).raw_number(info.num_total_nodes);
    word(3).raw_number(info.local_nodes[0]);
    word(4).raw_number(info.hash_initval);
  }

  static void save(const PrintCall&, const Info& info, Text& out) {
    if ((info.flags & CLUSTERIP_FLAG_NEW) == 0) return;
    out.option("new");
    put(" --", ' ', {"hashmode", "clustermac", "total-nodes", "local-node", "hash-init"}, info, out);
  }

  static void print(const PrintCall&, const Info& info, Text& out) {
    out.raw(" CLUSTERIP");
    if ((info.flags & CLUSTERIP_FLAG_NEW) == 0) return;
    put(" ", '=', {"hashmode", "clustermac", "total_nodes", "local_node", "hash_init"}, info, out);
  }
};

}  // namespace

extern constinit const Extension kTargetClusterip =
    make_extension<Clusterip>({.kind = Kind::target,
                               .name = "CLUSTERIP",
                               .families = Families::ipv4,
                               .options = kOptions,
                               .compared = offsetof(ipt_clusterip_tgt_info, config),
                               .summary = "share an address between the nodes of a cluster"});

}  // namespace ferrule::ext
