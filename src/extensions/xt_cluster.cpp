// cluster, revision 0: struct xt_cluster_match_info in <linux/netfilter/xt_cluster.h>.
#include <linux/netfilter/xt_cluster.h>

#include <array>
#include <cstddef>

#include "extensions/codec.hpp"

namespace ferrule::ext {
namespace {

enum OptionId : size_t { kTotalNodes, kLocalNode, kLocalNodemask, kHashSeed };

constexpr std::array<Option, kHashSeed + 1> kOptions = {{{.name = "cluster-total-nodes",
                                                          .arg = Arg::kU32,
                                                          .flags = kMandatory,
                                                          .min = 1,
                                                          .max = XT_CLUSTER_NODES_MAX,
                                                          .offset = offsetof(xt_cluster_match_info, total_nodes),
                                                          .metavar = "number",
                                                          .help = "how many nodes share the load"},
                                                         {.name = "cluster-local-node",
                                                          .arg = Arg::kU32,
                                                          .flags = kInvert,
                                                          .excludes = bit(kLocalNodemask),
                                                          .min = 1,
                                                          .max = XT_CLUSTER_NODES_MAX,
                                                          .metavar = "number",
                                                          .help = "which of them this one is, from 1"},
                                                         {.name = "cluster-local-nodemask",
                                                          .arg = Arg::kU32,
                                                          .flags = kInvert,
                                                          .excludes = bit(kLocalNode),
                                                          .min = 1,
                                                          .offset = offsetof(xt_cluster_match_info, node_mask),
                                                          .metavar = "mask",
                                                          .help = "which of them this one is, a bit for each"},
                                                         {.name = "cluster-hash-seed",
                                                          .arg = Arg::kU32,
                                                          .flags = kMandatory,
                                                          .offset = offsetof(xt_cluster_match_info, hash_seed),
                                                          .metavar = "value",
                                                          .help = "the same number on all nodes"}}};

struct Cluster {
  using Info = xt_cluster_match_info;

  static Result<void> parse(OptionCall& call, Info& info) {
    if (call.id == kLocalNode) info.node_mask = uint32_t{1} << (call.number[0] - 1);
    if (call.inverted) info.flags |= XT_CLUSTER_F_INV;
    return {};
  }

  static Result<void> check(const CheckCall& call, Info& info) {
    if ((call.seen & (bit(kLocalNode) | bit(kLocalNodemask))) == 0) {
      return wrong("`--cluster-local-node' or`--cluster-local-nodemask' is missing");
    }
    constexpr uint64_t kRequired = bit(kTotalNodes) | bit(kHashSeed);
    if ((call.seen & kRequired) != kRequired || info.node_mask < uint64_t{1} << info.total_nodes) return {};
    return wrong((call.seen & bit(kLocalNode)) != 0 ? "`--cluster-local-node' must be <= `--cluster-total-nodes'"
                                                    : "`--cluster-local-nodemask' too big for `--cluster-total-nodes'");
  }

  static void save(const PrintCall&, const Info& info, Text& out) {
    out.option("cluster-local-nodemask", is_inverted(info)).raw(' ').raw_hex_padded(info.node_mask, 8);
    out.option("cluster-total-nodes").number(info.total_nodes);
    out.option("cluster-hash-seed").raw(' ').raw_hex_padded(info.hash_seed, 8);
  }

  static void print(const PrintCall&, const Info& info, Text& out) {
    out.raw(is_inverted(info) ? " cluster !node_mask=" : " cluster node_mask=").raw_hex_padded(info.node_mask, 8);
    out.raw(" total_nodes=").raw_number(info.total_nodes);
    out.raw(" hash_seed=").raw_hex_padded(info.hash_seed, 8);
  }

 private:
  static bool is_inverted(const Info& info) { return (info.flags & XT_CLUSTER_F_INV) != 0; }

  static tl::unexpected<Error> wrong(std::string message) {
    return fail(Code::kInvalidInput, "cluster match: " + std::move(message));
  }
};

}  // namespace

extern constinit const Extension kMatchCluster = make_extension<Cluster>(
    {.name = "cluster", .options = kOptions, .summary = "whether this node of a cluster handles the connection"});

}  // namespace ferrule::ext
