"""Network namespaces of the harness's own, and what is in them."""

from __future__ import annotations

import ctypes
import os
import socket
import struct
import subprocess
import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")

CLONE_NEWNS = 0x00020000
CLONE_NEWNET = 0x40000000
NETLINK_NETFILTER = 12  # linux/netlink.h

libc = ctypes.CDLL(None, use_errno=True)


def check(result: int, what: str) -> None:
    if result != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{what}: {os.strerror(error)}")


def on_a_thread(action: Callable[[], T]) -> T:
    """A namespace entered by a thread goes with the thread, so that nobody else is moved."""
    answers: list[T] = []
    errors: list[BaseException] = []

    def body() -> None:
        try:
            answers.append(action())
        except BaseException as error:  # passed on to the caller below
            errors.append(error)

    thread = threading.Thread(target=body)
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
    return answers[0]


def output_of(argv: Sequence[str], text: str, enter: Callable[[], None]) -> str:
    """Runs a program, which must succeed, where `enter` takes it."""
    done = subprocess.run(
        argv, input=text, capture_output=True, text=True, preexec_fn=enter, env=environment(), check=False
    )
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(argv)}: exit status {done.returncode}\n{done.stderr}")
    return done.stdout


class Namespace:
    """A new, empty network namespace, gone when closed and left by all processes."""

    def __init__(self) -> None:
        def make() -> int:
            check(libc.unshare(CLONE_NEWNET), "unshare")
            return os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)

        self._fd = on_a_thread(make)

    def __enter__(self) -> Namespace:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._fd)

    @property
    def path(self) -> str:
        return f"/proc/{os.getpid()}/fd/{self._fd}"

    def enter(self) -> None:
        check(libc.setns(self._fd, CLONE_NEWNET), "setns")

    def ask(self, action: Callable[[], T]) -> T:
        def inside() -> T:
            self.enter()
            return action()

        return on_a_thread(inside)

    def run(self, argv: Sequence[str], text: str = "") -> str:
        """Runs a program inside, which must succeed, and gives its output."""
        return output_of(argv, text, self.enter)


def environment(**extra: str) -> dict[str, str]:
    return {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "LC_ALL": "C",
        # The namespace is its own lock, as in pods.
        "XTABLES_LOCKFILE": "/proc/self/ns/net",
        **extra,
    }


def read_file(path: str) -> str:
    try:
        with open(path, encoding="ascii") as file:
            return file.read()
    except FileNotFoundError:
        return ""


def nft_generation() -> int:
    """The number that grows with every change of nf_tables in the calling thread's namespace (NFT_MSG_GETGEN)."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER) as netlink:
        netlink.send(struct.pack("=IHHIIBBH", 20, 10 << 8 | 16, 1, 1, 0, 0, 0, 0))
        reply = netlink.recv(4096)
    # nlmsghdr 16, nfgenmsg 4, then the attribute NFTA_GEN_ID: length 2, type 2, value 4, big-endian
    return int(struct.unpack_from(">I", reply, 24)[0])


def loaded_modules() -> list[str]:
    return sorted(line.split()[0] for line in read_file("/proc/modules").splitlines())


def traces(namespace: Namespace) -> dict[str, object]:
    """All that looking must leave alone."""

    def inside() -> dict[str, object]:
        return {
            "legacy tables": read_file("/proc/thread-self/net/ip_tables_names"),
            "legacy ip6 tables": read_file("/proc/thread-self/net/ip6_tables_names"),
            "nft generation": nft_generation(),
        }

    found = namespace.ask(inside)
    found["nft ruleset"] = namespace.run(["nft", "-a", "list", "ruleset"])
    found["modules"] = loaded_modules()
    return found


def saved_rules(namespace: Namespace, variant: str, family: str) -> str:
    """What the real iptables-save shows, less its comments."""
    text = namespace.run([f"{'ip' if family == 'ipv4' else 'ip6'}tables-{variant}-save"])
    return "".join(line + "\n" for line in text.splitlines() if not line.startswith("#"))
