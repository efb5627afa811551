#pragma once

#include <cstdint>

namespace ferrule::detect {

// How much to read: what a decision needs, or all that an explanation shows (exact numbers, which tables the kernel
// has, whom the namespace belongs to).
enum class Depth : uint8_t { kDecide, kExplain };

// Kubernetes' kubelet leaves these in the mangle table of the backend that the node uses.
inline constexpr const char* kHintChains[] = {"KUBE-IPTABLES-HINT", "KUBE-KUBELET-CANARY"};

}  // namespace ferrule::detect
