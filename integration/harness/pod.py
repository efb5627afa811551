"""Pods: namespaces with a user namespace of their own, and pairs of them joined by a wire."""

from __future__ import annotations

import contextlib
import os
import socket
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence

from harness.namespace import CLONE_NEWNET, Namespace, check, libc, output_of

CLONE_NEWUSER = 0x10000000
_FIRST_ID, _IDS = 100000, 65536

# The user namespace first, and its ids mapped: only then do the files of the network namespace belong to its root.
_INSIDE = """
import ctypes, sys
libc = ctypes.CDLL(None)
for flag in (0x10000000, 0x40000000):
    if libc.unshare(flag):
        sys.exit("unshare")
    print("done", flush=True)
    sys.stdin.readline()
"""


class UserNamespacedPod(Namespace):
    """As a pod with `hostUsers: false`: its ids from 0 on are others outside."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-IS", "-c", _INSIDE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._wait()
        for name in ("uid_map", "gid_map"):
            with open(f"/proc/{self._process.pid}/{name}", "w", encoding="ascii") as file:
                file.write(f"0 {_FIRST_ID} {_IDS}")
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        self._wait()
        self._fd = os.open(f"/proc/{self._process.pid}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        self._user = os.open(f"/proc/{self._process.pid}/ns/user", os.O_RDONLY | os.O_CLOEXEC)

    def _wait(self) -> None:
        if self._process.stdout.readline() != "done\n":
            raise RuntimeError("a user namespace could not be made")

    def __exit__(self, *_: object) -> None:
        super().__exit__()
        os.close(self._user)
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()

    def enter_as_root(self) -> None:
        """For a process of one thread: both namespaces, as the pod's root."""
        check(libc.setns(self._user, CLONE_NEWUSER), "setns user")
        check(libc.setns(self._fd, CLONE_NEWNET), "setns net")
        os.setgroups([])
        os.setresgid(0, 0, 0)
        os.setresuid(0, 0, 0)

    def run_inside(self, argv: Sequence[str], text: str = "") -> str:
        return output_of(argv, text, self.enter_as_root)


# Of both ends, in both families.
ADDRESSES = {"ipv4": ("10.77.0.1", "10.77.0.2"), "ipv6": ("fd77::1", "fd77::2")}
DOMAINS = {"ipv4": socket.AF_INET, "ipv6": socket.AF_INET6}


def join_by_wire(pod: Namespace, peer: Namespace) -> None:
    """A veth pair; `pod` has the first of ADDRESSES, `peer` the second."""
    pod.run(["ip", "link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", peer.path])
    for end, namespace in enumerate((pod, peer)):
        namespace.run(["ip", "addr", "add", f"{ADDRESSES['ipv4'][end]}/24", "dev", "eth0"])
        namespace.run(["ip", "addr", "add", f"{ADDRESSES['ipv6'][end]}/64", "dev", "eth0", "nodad"])
        for device in ("lo", "eth0"):
            namespace.run(["ip", "link", "set", device, "up"])


_SO_ORIGINAL_DST = 80  # of SOL_IP and of IPPROTO_IPV6
_SECONDS = 10


def original_port(connection: socket.socket, family: str) -> int:
    """Where the connection was meant to go before a rule redirected it."""
    level, size = (socket.SOL_IP, 16) if family == "ipv4" else (socket.IPPROTO_IPV6, 28)
    return int(struct.unpack_from("!2xH", connection.getsockopt(level, _SO_ORIGINAL_DST, size))[0])


@contextlib.contextmanager
def listening(namespace: Namespace, family: str, port: int) -> Iterator[socket.socket]:
    def start() -> socket.socket:
        server = socket.socket(DOMAINS[family], socket.SOCK_STREAM)
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.settimeout(_SECONDS)
        server.bind(("", port))
        server.listen()
        return server

    with namespace.ask(start) as server:
        yield server


def connected(namespace: Namespace, family: str, address: str, port: int, uid: int | None = None) -> Callable[[], None]:
    """Connects from there, as another user if one is given; the answer hangs up."""
    change = "" if uid is None else f"os.setgroups([]); os.setresgid(*[{uid}] * 3); os.setresuid(*[{uid}] * 3)"
    script = f"""
import os, socket, sys
{change}
connection = socket.socket({int(DOMAINS[family])})
connection.settimeout({_SECONDS})
connection.connect(({address!r}, {port}))
sys.stdin.read()
"""
    process = subprocess.Popen(
        [sys.executable, "-IS", "-c", script],
        stdin=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        preexec_fn=namespace.enter,
    )

    def hang_up() -> None:
        process.stdin.close()
        process.wait()

    return hang_up
