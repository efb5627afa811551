"""What a network namespace can hold when an agent comes to it, made by the real tools."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from harness.namespace import Namespace

_RULES = "*nat\n-A OUTPUT -p tcp -j REDIRECT --to-ports 15001\nCOMMIT\n"
_HINT = "*mangle\n:KUBE-IPTABLES-HINT - [0:0]\nCOMMIT\n"
_EMPTY = "*filter\n:INPUT ACCEPT [0:0]\nCOMMIT\n*nat\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n"


def _restore(*steps: tuple[str, str]) -> Callable[[Namespace], None]:
    def make(namespace: Namespace) -> None:
        for tool, text in steps:
            namespace.run([tool + "-restore"], text)

    return make


def _native_nft(namespace: Namespace) -> None:
    namespace.run(
        ["nft", "-f", "-"],
        """table inet cni {
  chain in {
    type filter hook input priority 0; policy accept;
    tcp dport 22 drop
  }
}
table ip podnet {
  chain out {
    type nat hook postrouting priority 100
    masquerade
  }
}
""",
    )


@dataclasses.dataclass(frozen=True)
class Content:
    name: str
    make: Callable[[Namespace], None]
    # By hand, from the rule "hint chains, else rules in nft, else rules in legacy, else the system's default; IPv4 and
    # IPv6 together when only one has something to go by". None stands for the default.
    ipv4: str | None
    ipv6: str | None


CONTENTS = (
    Content("nothing", _restore(), None, None),
    Content("nft-rules", _restore(("iptables-nft", _RULES), ("ip6tables-nft", _RULES)), "nft", "nft"),
    Content(
        "legacy-rules", _restore(("iptables-legacy", _RULES), ("ip6tables-legacy", _RULES)), "legacy", "legacy"
    ),
    Content("both", _restore(("iptables-legacy", _RULES), ("iptables-nft", _RULES)), "nft", "nft"),
    Content(
        "split-families", _restore(("iptables-legacy", _RULES), ("ip6tables-nft", _RULES)), "legacy", "nft"
    ),
    Content("native-nft-only", _native_nft, None, None),
    Content("hint-in-nft", _restore(("iptables-nft", _HINT), ("ip6tables-nft", _HINT)), "nft", "nft"),
    Content(
        "hint-in-legacy", _restore(("iptables-legacy", _HINT), ("ip6tables-legacy", _HINT)), "legacy", "legacy"
    ),
    Content(
        "hint-in-legacy-rules-in-nft",
        _restore(("iptables-legacy", _HINT), ("iptables-nft", _RULES)),
        "legacy",
        "legacy",
    ),
    Content(
        "empty-tables",
        _restore(("iptables-legacy", _EMPTY), ("iptables-nft", _EMPTY), ("ip6tables-legacy", _EMPTY)),
        None,
        None,
    ),
    Content("v6-only-nft", _restore(("ip6tables-nft", _RULES)), "nft", "nft"),
    Content("v6-only-legacy", _restore(("ip6tables-legacy", _RULES)), "legacy", "legacy"),
)
