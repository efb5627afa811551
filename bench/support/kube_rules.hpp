// Rules as kube-proxy makes them: KUBE-SERVICES with a rule for each service, a chain KUBE-SVC-… that picks one of its
// endpoints by chance, a chain KUBE-SEP-… for each endpoint that translates the address.
#pragma once

#include <cstddef>
#include <string>

namespace ferrule::bench {

// iptables-restore input for table nat with at least `rules` rules, 13 for each service of four endpoints.
std::string kube_rules(size_t rules);

// Names in it.
std::string service_chain(size_t service);
std::string endpoint_chain(size_t service, size_t endpoint);

// The rule of KUBE-SERVICES for a service, without `-A KUBE-SERVICES`.
std::string service_rule(size_t service);

// The rules of one service's chain, each with `-A KUBE-SVC-…` before it and a newline behind.
std::string service_chain_rules(size_t service);

}  // namespace ferrule::bench
