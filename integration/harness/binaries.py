"""Directories of iptables binaries: fakes that only know their version, or the real ones under some of their names."""

from __future__ import annotations

import contextlib
import os
import pathlib
import shutil
import tempfile
from collections.abc import Iterator, Sequence

# The twelve names of the decision.
NAMES = tuple(
    family + variant + tool
    for family in ("iptables", "ip6tables")
    for variant in ("", "-legacy", "-nft")
    for tool in ("", "-restore")
)

# One script for all names: it tells its variant by the name it is called with.
_SCRIPT = """#!/bin/sh
case ${{0##*/}} in
*-legacy*) echo '{name} v1.8.9 (legacy)' ;;
*-nft*) echo '{name} v1.8.9 (nf_tables)' ;;
*) echo '{name} v1.8.9 ({plain})' ;;
esac
"""


def _variant_text(variant: str) -> str:
    return "nf_tables" if variant == "nft" else variant


@contextlib.contextmanager
def fakes(names: Sequence[str], plain: str) -> Iterator[pathlib.Path]:
    """A directory with these names, the plain ones of variant `plain`."""
    with tempfile.TemporaryDirectory(prefix="ferrule-fakes-") as directory:
        root = pathlib.Path(directory)
        script = root / "tool"
        script.write_text(_SCRIPT.format(name="iptables", plain=_variant_text(plain)), encoding="ascii")
        script.chmod(0o755)
        for name in names:
            os.link(script, root / name)
        yield root


def subset(number: int) -> list[str]:
    """The names that the bits of `number` say."""
    return [name for bit, name in enumerate(NAMES) if number >> bit & 1]


def default_variant(names: Sequence[str], plain: str) -> str:
    """The system's default: what `iptables` is, else what `ip6tables` is, else nft, which this kernel has."""
    return plain if "iptables" in names or "ip6tables" in names else "nft"


def spawned_variant(names: Sequence[str], plain: str, family: str) -> str:
    """What a binary can do: the system's default where one of that variant restores, else nft, else legacy."""
    command = "iptables" if family == "ipv4" else "ip6tables"
    restoring = {plain} if f"{command}-restore" in names else set()
    restoring |= {variant for variant in ("legacy", "nft") if f"{command}-{variant}-restore" in names}
    for variant in (default_variant(names, plain), "nft", "legacy"):
        if variant in restoring:
            return variant
    return "none"


@contextlib.contextmanager
def real(variants: Sequence[str], log: pathlib.Path | None = None) -> Iterator[pathlib.Path]:
    """A directory with the real save and restore binaries of these variants. Each run adds its name to `log`."""
    with tempfile.TemporaryDirectory(prefix="ferrule-real-") as directory:
        root = pathlib.Path(directory)
        for variant in variants:
            for family in ("iptables", "ip6tables"):
                for tool in ("", "-save", "-restore"):
                    name = f"{family}-{variant}{tool}"
                    target = shutil.which(name, path="/usr/sbin:/sbin:/usr/bin")
                    if target is None:
                        raise RuntimeError(f"{name} is not installed")
                    note = f'echo {name} "$@" >>{log}\n' if log else ""
                    (root / name).write_text(f'#!/bin/sh\n{note}exec {target} "$@"\n', encoding="ascii")
                    (root / name).chmod(0o755)
        yield root
