#include "support/kube_rules.hpp"

#include <fmt/core.h>

#include <array>
#include <cstdint>
#include <iterator>

namespace ferrule::bench {
namespace {

constexpr size_t kEndpoints = 4;
constexpr size_t kRulesPerService = 1 + 3 * kEndpoints;

// Sixteen letters and digits that look like kube-proxy's hashes, the same in every run (splitmix64).
std::string tag(uint64_t number) {
  static constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  std::string out;
  for (int i = 0; i < 16; ++i) {
    uint64_t mixed = number * 16 + static_cast<uint64_t>(i) + 0x9e3779b97f4a7c15;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
    out += kLetters[(mixed ^ (mixed >> 31)) % kLetters.size()];
  }
  return out;
}

std::string comment(size_t service) {
  return fmt::format("-m comment --comment \"space-{}/svc-{}:http\"", service % 40, service);
}

std::string endpoint_address(size_t service, size_t endpoint) {
  const size_t number = service * kEndpoints + endpoint;
  return fmt::format("10.{}.{}.{}", 128 + (number >> 16), number >> 8 & 255, number & 255);
}

}  // namespace

std::string service_chain(size_t service) { return "KUBE-SVC-" + tag(service * 8); }

std::string endpoint_chain(size_t service, size_t endpoint) { return "KUBE-SEP-" + tag(service * 8 + 1 + endpoint); }

std::string service_rule(size_t service) {
  return fmt::format(
      "-d 10.{}.{}.{}/32 -p tcp -m comment --comment \"space-{}/svc-{}:http cluster IP\" -m tcp --dport 80 -j {}",
      96 + (service >> 16), service >> 8 & 255, service & 255, service % 40, service, service_chain(service));
}

std::string service_chain_rules(size_t service) {
  std::string out;
  for (size_t endpoint = 0; endpoint < kEndpoints; ++endpoint) {
    const size_t left = kEndpoints - endpoint;
    const std::string chance =
        left == 1 ? ""
                  : fmt::format(" -m statistic --mode random --probability {:.11f}", 1.0 / static_cast<double>(left));
    fmt::format_to(std::back_inserter(out), "-A {} {}{} -j {}\n", service_chain(service), comment(service), chance,
                   endpoint_chain(service, endpoint));
  }
  return out;
}

std::string kube_rules(size_t rules) {
  const size_t services = (rules + kRulesPerService - 1) / kRulesPerService;
  std::string chains =
      "*nat\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n"
      ":KUBE-SERVICES - [0:0]\n:KUBE-MARK-MASQ - [0:0]\n:KUBE-POSTROUTING - [0:0]\n";
  std::string lines =
      "-A PREROUTING -m comment --comment \"kubernetes service portals\" -j KUBE-SERVICES\n"
      "-A OUTPUT -m comment --comment \"kubernetes service portals\" -j KUBE-SERVICES\n"
      "-A POSTROUTING -m comment --comment \"kubernetes postrouting rules\" -j KUBE-POSTROUTING\n"
      "-A KUBE-MARK-MASQ -j MARK --or-mark 0x4000\n"
      "-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN\n"
      "-A KUBE-POSTROUTING -j MARK --xor-mark 0x4000\n"
      "-A KUBE-POSTROUTING -m comment --comment \"kubernetes service traffic requiring SNAT\" -j MASQUERADE\n";
  for (size_t service = 0; service < services; ++service) {
    chains += ":" + service_chain(service) + " - [0:0]\n";
    lines += "-A KUBE-SERVICES " + service_rule(service) + "\n" + service_chain_rules(service);
    for (size_t endpoint = 0; endpoint < kEndpoints; ++endpoint) {
      const std::string chain = endpoint_chain(service, endpoint);
      const std::string address = endpoint_address(service, endpoint);
      chains += ":" + chain + " - [0:0]\n";
      fmt::format_to(std::back_inserter(lines), "-A {} -s {}/32 {} -j KUBE-MARK-MASQ\n", chain, address,
                     comment(service));
      fmt::format_to(std::back_inserter(lines), "-A {} -p tcp {} -m tcp -j DNAT --to-destination {}:8080\n", chain,
                     comment(service), address);
    }
  }
  return chains + lines + "COMMIT\n";
}

}  // namespace ferrule::bench
