// NAT ranges: what SNAT, DNAT, MASQUERADE, REDIRECT and NETMAP have in common. The kernel takes a range in one of three
// structs (<linux/netfilter/nf_nat.h>); nf_nat_range2 has the fields of all of them, so everything works on that one.
#pragma once

#include <linux/netfilter/nf_nat.h>

#include <cstdint>
#include <string_view>

#include "extensions/codec.hpp"
#include "extensions/text.hpp"

namespace ferrule::ext {

inline const nf_nat_range2& load_range(const nf_nat_range2& info) { return info; }
nf_nat_range2 load_range(const nf_nat_range& info);
nf_nat_range2 load_range(const nf_nat_ipv4_multi_range_compat& info);

inline void store_range(const nf_nat_range2& range, nf_nat_range2& info) { info = range; }
void store_range(const nf_nat_range2& range, nf_nat_range& info);
void store_range(const nf_nat_range2& range, nf_nat_ipv4_multi_range_compat& info);

// How one of the four targets spells its range.
struct NatWords {
  enum class Takes : uint8_t { kPorts, kAddressesAndPorts };
  enum class Shift : uint8_t { kRefused, kAllowed };  // whether a base port may follow a port range
  Takes takes;
  Shift shift;
  std::string_view option;  // in the saved rule
  std::string_view label;   // in a listing, with the space before it
};

// The rows of these targets' option tables: the range first, then any of the flags.
constexpr Option nat_range_row(std::string_view name, uint8_t flags, std::string_view metavar, std::string_view help) {
  return {.name = name, .arg = Arg::kString, .flags = flags, .metavar = metavar, .help = help};
}
inline constexpr Option kNatRandomRow = {.name = "random", .help = "choose the port at random"};
inline constexpr Option kNatRandomFullyRow = {.name = "random-fully",
                                              .help = "choose it from a random generator alone"};
inline constexpr Option kNatPersistentRow = {.name = "persistent",
                                             .help = "give a client the same address for each connection"};

Result<void> parse_nat_option(const OptionCall& call, const NatWords& words, nf_nat_range2& range);
void save_nat(Family family, const NatWords& words, const nf_nat_range2& range, Text& out);
void print_nat(Family family, const NatWords& words, const nf_nat_range2& range, Text& out);

template <typename Payload, const NatWords& kWords>
struct NatCodec {
  using Info = Payload;

  // IPv4's struct counts its ranges: one.
  static void init(Info& info, Family) { store_range(nf_nat_range2{}, info); }

  static Result<void> parse(OptionCall& call, Info& info) {
    nf_nat_range2 range = load_range(info);
    auto result = parse_nat_option(call, kWords, range);
    if (result) store_range(range, info);
    return result;
  }

  static void save(const PrintCall& call, const Info& info, Text& out) {
    save_nat(call.family, kWords, load_range(info), out);
  }

  static void print(const PrintCall& call, const Info& info, Text& out) {
    print_nat(call.family, kWords, load_range(info), out);
  }
};

}  // namespace ferrule::ext
