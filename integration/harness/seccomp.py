"""System calls taken away from one process, as sandboxes do it: seccomp(2) filters written out by hand."""

from __future__ import annotations

import ctypes
import os
import platform
import struct
from collections.abc import Sequence

from harness.namespace import NETLINK_NETFILTER, check, libc

# linux/filter.h, linux/bpf_common.h
_LOAD_WORD = 0x20  # BPF_LD | BPF_W | BPF_ABS
_JUMP_EQUAL = 0x15  # BPF_JMP | BPF_JEQ | BPF_K
_JUMP_GREATER_EQUAL = 0x35  # BPF_JMP | BPF_JGE | BPF_K
_RETURN = 0x06

# linux/seccomp.h
_ALLOW = 0x7FFF0000
_REFUSE = 0x00050000 | 1  # SECCOMP_RET_ERRNO with EPERM

_PR_SET_NO_NEW_PRIVS = 38
_PR_SET_SECCOMP = 22
_SECCOMP_MODE_FILTER = 2

_NUMBERS = {
    "x86_64": {"socket": 41, "setsockopt": 54, "getsockopt": 55, "execve": 59, "execveat": 322, "mount": 165},
    "aarch64": {"socket": 198, "setsockopt": 208, "getsockopt": 209, "execve": 221, "execveat": 281, "mount": 40},
}

_AF_NETLINK = 16
_SOL_IP, _SOL_IPV6 = 0, 41
_XT_OPTIONS = range(64, 72)  # IPT_SO_* and IP6T_SO_*, both directions

# What can be taken away.
NETLINK, SOCKOPTS, EXECVE, MOUNT = "netlink", "sockopts", "execve", "mount"
ALL = (NETLINK, SOCKOPTS, EXECVE, MOUNT)


def _instruction(code: int, k: int, true: int = 0, false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, true, false, k)


def _argument(number: int) -> int:
    """Offset of the low word of an argument in struct seccomp_data (both machines are little-endian)."""
    return 16 + 8 * number


def _unless(offset: int, value: int, skip: int) -> bytes:
    """Goes on when the word at `offset` is `value`, else skips `skip` further instructions."""
    return _instruction(_LOAD_WORD, offset) + _instruction(_JUMP_EQUAL, value, 0, skip)


def _refuse_when(*conditions: tuple[int, int]) -> bytes:
    """Refuses when every word is as said: (offset, value) each."""
    refuse = _instruction(_RETURN, _REFUSE)
    out = refuse
    for number, (offset, value) in enumerate(reversed(conditions)):
        out = _unless(offset, value, 1 + 2 * number) + out
    return out


def _refuse_options(call: int, level: int) -> bytes:
    body = (
        _instruction(_LOAD_WORD, _argument(2))
        + _instruction(_JUMP_GREATER_EQUAL, _XT_OPTIONS.start, 0, 2)
        + _instruction(_JUMP_GREATER_EQUAL, _XT_OPTIONS.stop, 1, 0)
        + _instruction(_RETURN, _REFUSE)
    )
    length = len(body) // 8
    return _unless(0, call, 2 + length) + _unless(_argument(1), level, length) + body


def _refuse_exec(call: int, allowed_path: int) -> bytes:
    """Refuses execve unless its path is the very buffer at `allowed_path`, which is gone once it has happened."""
    body = (
        _unless(_argument(0), allowed_path & 0xFFFFFFFF, 3)
        + _unless(_argument(0) + 4, allowed_path >> 32, 1)
        + _instruction(_RETURN, _ALLOW)
        + _instruction(_RETURN, _REFUSE)
    )
    return _unless(0, call, len(body) // 8) + body


def _program(taken: Sequence[str], allowed_path: int) -> bytes:
    calls = _NUMBERS[platform.machine()]
    out = b""
    if NETLINK in taken:
        out += _refuse_when((0, calls["socket"]), (_argument(0), _AF_NETLINK), (_argument(2), NETLINK_NETFILTER))
    if SOCKOPTS in taken:
        for call in (calls["setsockopt"], calls["getsockopt"]):
            out += _refuse_options(call, _SOL_IP) + _refuse_options(call, _SOL_IPV6)
    if EXECVE in taken:
        out += _refuse_exec(calls["execve"], allowed_path) + _refuse_when((0, calls["execveat"]))
    if MOUNT in taken:
        out += _refuse_when((0, calls["mount"]))
    return out + _instruction(_RETURN, _ALLOW)


def become_without(taken: Sequence[str], argv: Sequence[str], environment: dict[str, str]) -> None:
    """Takes system calls away from this process and becomes another program. Does not return."""
    path = ctypes.create_string_buffer(argv[0].encode())
    arguments = (ctypes.c_char_p * (len(argv) + 1))(*[word.encode() for word in argv], None)
    variables = [f"{name}={value}".encode() for name, value in environment.items()]
    environ = (ctypes.c_char_p * (len(variables) + 1))(*variables, None)
    program = _program(taken, ctypes.addressof(path))
    code = ctypes.create_string_buffer(program, len(program))
    header = ctypes.create_string_buffer(struct.pack("@HP", len(program) // 8, ctypes.addressof(code)))
    check(libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl(PR_SET_NO_NEW_PRIVS)")
    check(libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, header, 0, 0), "prctl(PR_SET_SECCOMP)")
    libc.execve(path, arguments, environ)
    os._exit(126)
