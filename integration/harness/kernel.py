"""What the kernel holds, byte for byte: the legacy tables' entries and the nf_tables objects less their history."""

from __future__ import annotations

import ctypes
import socket
import struct

from harness.case import Failure
from harness.namespace import NETLINK_NETFILTER, Namespace, check, libc, read_file

_LEGACY = {"ipv4": (socket.AF_INET, 0, "ip_tables_names"), "ipv6": (socket.AF_INET6, 41, "ip6_tables_names")}
_GET_INFO, _GET_ENTRIES = 64, 65
_INFO_BYTES, _NAME_BYTES = 84, 32

_NFPROTO = {"ipv4": 2, "ipv6": 10}
_SUBSYSTEM = 10 << 8
_REQUEST_DUMP = 0x301
# Dump requests of linux/netfilter/nf_tables.h, and the attributes of their answers that depend on history.
_DUMPS = {
    "table": (1, {4}),  # NFTA_TABLE_HANDLE
    "chain": (4, {2, 8}),  # NFTA_CHAIN_HANDLE, NFTA_CHAIN_COUNTERS
    "rule": (7, {3, 6}),  # NFTA_RULE_HANDLE, NFTA_RULE_POSITION
}


def _getsockopt(sock: socket.socket, level: int, option: int, buffer: ctypes.Array) -> None:
    length = ctypes.c_uint(len(buffer))
    check(libc.getsockopt(sock.fileno(), level, option, buffer, ctypes.byref(length)), f"getsockopt {option}")


def _legacy_table(sock: socket.socket, level: int, name: str) -> bytes:
    info = ctypes.create_string_buffer(name.encode(), _INFO_BYTES)
    _getsockopt(sock, level, _GET_INFO, info)
    (size,) = struct.unpack_from("=I", info.raw, _INFO_BYTES - 4)
    # struct ipt_get_entries: name, size, and four bytes up to the alignment of the entries
    entries = ctypes.create_string_buffer(40 + size)
    entries[: _NAME_BYTES + 4] = name.encode().ljust(_NAME_BYTES, b"\0") + struct.pack("=I", size)
    _getsockopt(sock, level, _GET_ENTRIES, entries)
    return info.raw + entries.raw


def legacy_state(namespace: Namespace, family: str) -> dict[str, bytes]:
    domain, level, names = _LEGACY[family]

    def inside() -> dict[str, bytes]:
        tables = read_file(f"/proc/thread-self/net/{names}").split()
        with socket.socket(domain, socket.SOCK_RAW, socket.IPPROTO_RAW) as sock:
            return {name: _legacy_table(sock, level, name) for name in sorted(tables)}

    return namespace.ask(inside)


def _attributes(payload: bytes, left_out: set[int]) -> bytes:
    out = b""
    while len(payload) >= 4:
        length, kind = struct.unpack_from("=HH", payload)
        padded = (length + 3) & ~3
        if kind & 0x3FFF not in left_out:
            out += payload[:padded]
        payload = payload[padded:]
    return out


def _dump(family: int, kind: int, left_out: set[int]) -> list[bytes]:
    out: list[bytes] = []
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER) as netlink:
        netlink.send(struct.pack("=IHHIIBBH", 20, _SUBSYSTEM | kind, _REQUEST_DUMP, 1, 0, family, 0, 0))
        while True:
            data = netlink.recv(1 << 20)
            while data:
                length, message = struct.unpack_from("=IH", data)
                if message == 3:  # NLMSG_DONE
                    return out
                if message == 2:  # NLMSG_ERROR
                    raise Failure(f"nf_tables dump refused: {struct.unpack_from('=i', data, 16)[0]}")
                out.append(_attributes(data[20:length], left_out))
                data = data[(length + 3) & ~3 :]


def nft_state(namespace: Namespace, family: str) -> dict[str, list[bytes]]:
    def inside() -> dict[str, list[bytes]]:
        return {what: _dump(_NFPROTO[family], kind, left_out) for what, (kind, left_out) in _DUMPS.items()}

    return namespace.ask(inside)


def state(namespace: Namespace, variant: str, family: str) -> object:
    return legacy_state(namespace, family) if variant == "legacy" else nft_state(namespace, family)
