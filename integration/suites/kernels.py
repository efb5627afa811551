"""Other kernels, booted: what is there of legacy and nf_tables differs, and ferrule finds, writes and saves what it can."""

from __future__ import annotations

import dataclasses
import functools
import json
import pathlib
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence

from harness.case import Case, require, require_equal
from harness.ferrule import Ferrule
from harness.kernels import debian_kernel
from harness.machine import RootFilesystem, StepResult, run_machine
from suites.fallback import FAMILIES, RULES

_TABLES = ("filter", "nat", "mangle", "raw")
_LEGACY = (
    "ip_tables",
    "ip6_tables",
    *(f"{family}table_{table}" for family in ("ip", "ip6") for table in _TABLES),
)
_LEGACY_V6 = tuple(name for name in _LEGACY if name.startswith("ip6"))
_NFT_ALONE = ("nf_tables", "nft_chain_nat")
_NFT = (*_NFT_ALONE, "nft_compat")
# What the rules use, in either backend, and the checksum that a library of the kernel asks for by name.
_SHARED = (
    "crc32c_generic",
    *("xt_tcpudp xt_REDIRECT xt_owner xt_mark xt_connmark xt_comment xt_multiport xt_conntrack xt_nat".split()),
)
_SIMPLE = "*filter\n-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT\nCOMMIT\n"
# The kernel takes a redirect in table nat only.
_BAD = "*filter\n-A INPUT -p tcp -j REDIRECT --to-ports 1\nCOMMIT\n"

_TRACES = (
    "cut -d' ' -f1 /proc/modules | sort; "
    "for f in ip_tables_names ip6_tables_names; do echo $f; cat /proc/thread-self/net/$f 2>/dev/null; done; true"
)
_BOTH_FILES = "--ipv4 /rules/ipv4 --ipv6 /rules/ipv6"
_NO_BINARIES = "--path /nowhere"


def _save(variant: str) -> str:
    return f"(iptables-{variant}-save && ip6tables-{variant}-save) | grep -v '^#'"


def _oracle(variant: str) -> str:
    restores = " && ".join(
        f"{tool}-{variant}-restore </rules/{family}" for tool, family in (("iptables", "ipv4"), ("ip6tables", "ipv6"))
    )
    return f"unshare -n sh -c \"{restores} && {_save(variant)}\""


_REFUSED_LINE = re.compile(r"(line |\S+:)\d+: \w+ failed \(")


class Told:
    """What the machine said, by the labels of the steps."""

    def __init__(self, labels: Sequence[str], results: Sequence[StepResult]) -> None:
        self._results = dict(zip(labels, results, strict=True))

    def step(self, label: str) -> StepResult:
        return self._results[label]

    def good(self, label: str) -> str:
        result = self.step(label)
        require_equal(0, result.status, f"status of `{result.command}`, which says {result.error!r}")
        return result.output

    def json(self, label: str) -> dict:
        return json.loads(self.good(label))

    def refused(self, label: str, status: int, *words: str) -> None:
        """It failed with one error that has these words."""
        result = self.step(label)
        require_equal(status, result.status, f"status of `{result.command}`, which says {result.error!r}")
        # Further lines that nf_tables refuses in the same batch stand below, each with its place.
        errors = result.error.strip().splitlines()
        require(len(errors) > 0, f"`{result.command}` says nothing")
        for other in errors[1:]:
            require(_REFUSED_LINE.match(other) is not None, f"not one error: {result.error!r}")
        for word in words:
            require(word in result.error, f"`{word}` is not in {result.error!r}")


@dataclasses.dataclass(frozen=True)
class Configuration:
    name: str
    # Modules on disk, and those of them that are loaded before the first step.
    on_disk: tuple[str, ...]
    loaded: tuple[str, ...]
    steps: dict[str, str]
    check: Callable[[Told], None]


def _require_verdict(told: Told, label: str, backend: str, native: bool) -> None:
    found = told.json(label)
    for family in FAMILIES:
        require_equal(backend, found[family]["backend"], f"{label}: {family} ({found[family]['reason']})")
        require_equal(native, found[family]["native"], f"{label}: {family} native")


def _usable_steps(variant: str) -> dict[str, str]:
    return {
        "before": _TRACES,
        "detect": "ferrule detect --json",
        "explain": "ferrule detect --explain --json",
        "after": _TRACES,
        "apply": f"ferrule apply --json {_BOTH_FILES}",
        "oracle": _oracle(variant),
        "real save": _save(variant),
        "save": "(ferrule save -4 && ferrule save -6) | grep -v '^#'",
        "by rules": "ferrule detect --json",
        "fallback": f"unshare -n sh -c \"ferrule apply --json --backend exec {_BOTH_FILES} >/tmp/report "
        f"&& cat /tmp/report >&2 && {_save(variant)}\"",
    }


def _check_usable(variant: str, kernel_has: dict[str, str], told: Told) -> None:
    require_equal(told.good("before"), told.good("after"), "modules and tables after looking")
    _require_verdict(told, "detect", variant, native=True)
    facts = told.json("explain")["facts"]
    for family in FAMILIES:
        for what, presence in kernel_has.items():
            require_equal(presence, facts[family][what]["presence"], f"{family}: {what}")
    report = told.json("apply")
    for family in FAMILIES:
        require_equal(variant, report["families"][family]["backend"], f"{family} written through")
        require_equal(True, report["families"][family]["native"], f"{family} native")
    expected = told.good("oracle")
    require("REDIRECT" in expected, f"the real binaries wrote nothing: {expected!r}")
    require_equal(expected, told.good("real save"), "rules, as the real binaries save them")
    require_equal(expected, told.good("save"), "rules, as ferrule saves them")
    _require_verdict(told, "by rules", variant, native=True)
    require_equal("rules", told.json("by rules")["ipv4"]["basis"], "basis once there are rules")
    require_equal(expected, told.good("fallback"), "rules written through a binary")
    spawned = json.loads(told.step("fallback").error)
    require_equal(False, spawned["families"]["ipv4"]["native"], "native through a binary")


def _usable(name: str, modules: tuple[str, ...], variant: str, kernel_has: dict[str, str]) -> Configuration:
    return Configuration(
        name,
        (*modules, *_SHARED),
        modules,
        _usable_steps(variant),
        functools.partial(_check_usable, variant, kernel_has),
    )


def _check_neither(told: Told) -> None:
    _require_verdict(told, "detect", "none", native=False)
    require("no backend can be used" in told.json("detect")["ipv4"]["reason"], "the reason")
    told.refused("apply", 2, "no backend can be used", "no nf_tables", "no legacy iptables")
    told.refused("save", 2, "no backend can be used")
    told.refused("forced nft", 2, "no nf_tables")
    require_equal(told.good("before"), told.good("after"), "modules and tables after trying")


def _check_no_compat(told: Told) -> None:
    _require_verdict(told, "detect", "nft", native=True)
    evidence = told.json("detect")["ipv4"]["evidence"]
    require(any("nft_compat" in phrase for phrase in evidence), f"nft_compat is not in the evidence: {evidence}")
    report = told.json("simple")
    require_equal(True, report["families"]["ipv4"]["native"], "native")
    require("--dport 22" in told.good("simple save"), "what needs no nft_compat is not there")
    before = told.good("simple save")
    told.refused("apply", 2, "/rules/ipv4:", "nft_compat")
    require_equal(before, told.good("after"), "rules after the failure")


def _check_no_nat(told: Told) -> None:
    _require_verdict(told, "detect", "legacy", native=True)
    kernel_has = told.json("explain")["facts"]["ipv4"]["legacy"]["kernel_has"]
    require_equal(("present", "absent"), (kernel_has["filter"], kernel_has["nat"]), "tables of the kernel")
    told.good("simple")
    told.refused("apply", 2, "nat")
    require_equal("filter\n", told.good("tables"), "tables after the failure")


def _check_v6_only(told: Told) -> None:
    found = told.json("detect")
    verdicts = [(found[family]["backend"], found[family]["native"]) for family in FAMILIES]
    require_equal([("none", False), ("legacy", True)], verdicts, f"verdicts ({found})")
    require_equal(told.good("before"), told.good("after"), "modules and tables after looking")
    told.refused("apply ipv4", 2, "ipv4: no backend can be used", "legacy iptables")
    told.refused("apply both", 2, "ipv4: no backend can be used", "legacy iptables")
    require_equal("", told.good("rules after failures"), "rules after failures")
    report = told.json("apply ipv6")
    require_equal(("legacy", True), (report["families"]["ipv6"]["backend"], report["families"]["ipv6"]["native"]), "ipv6")
    require("REDIRECT" in told.good("real save"), "nothing was written")


def _check_v6_beside_nft(told: Told) -> None:
    """Legacy rules of IPv6 speak for legacy; IPv4, which has no legacy here, does not follow."""
    _require_verdict(told, "detect", "nft", native=True)
    found = told.json("with rules")
    verdicts = [(found[family]["backend"], found[family]["native"]) for family in FAMILIES]
    require_equal([("nft", True), ("legacy", True)], verdicts, f"verdicts ({found})")
    require_equal("rules", found["ipv6"]["basis"], "basis of ipv6")
    told.good("apply both")
    require("REDIRECT" in told.good("save ipv4"), "ipv4 is not in nf_tables")
    require("REDIRECT" in told.good("save ipv6"), "ipv6 is not in legacy")
    before = told.good("all before")
    told.refused("fails in ipv6", 2, "/rules/bad:")
    require_equal(before, told.good("all after"), "rules after ipv6 failed")


def _check_not_loaded(told: Told) -> None:
    """Without leave nothing is loaded; with it, what is used."""
    _require_verdict(told, "detect", "none", native=False)
    facts = told.json("explain")["facts"]
    require_equal("loadable", facts["ipv4"]["nft"]["presence"], "nf_tables")
    require_equal("loadable", facts["ipv6"]["legacy"]["presence"], "legacy ip6tables")
    require_equal("loadable", facts["ipv4"]["legacy"]["kernel_has"]["nat"], "legacy table nat")
    told.refused("apply", 2, "module is on disk", "--allow-module-load")
    _require_verdict(told, "detect with leave", "nft", native=True)
    require_equal(told.good("before"), told.good("after"), "modules and tables before loading is allowed")
    report = told.json("apply with leave")
    require_equal("nft", report["families"]["ipv6"]["backend"], "backend")
    require_equal(True, report["families"]["ipv6"]["native"], "native")
    loaded = told.good("loaded").split()
    require("nf_tables" in loaded and "nft_compat" in loaded, f"not loaded: {loaded}")
    require("ip_tables" not in loaded, f"loaded without need: {loaded}")
    require_equal(told.good("oracle"), told.good("real save"), "rules, as the real binaries save them")
    told.good("legacy with leave")
    require("ip_tables" in told.good("loaded at last").split(), "ip_tables is not loaded")
    require_equal(told.good("legacy oracle"), told.good("legacy save"), "legacy rules")


def _check_binary_loads(told: Told) -> None:
    """A binary loads what it needs, as it always does."""
    _require_verdict(told, "detect", "nft", native=False)
    require_equal(told.good("before"), told.good("after"), "modules and tables after looking")
    report = told.json("apply")
    require_equal(False, report["families"]["ipv4"]["native"], "native")
    require_equal(told.good("oracle"), told.good("real save"), "rules")


CONFIGURATIONS = (
    _usable("legacy-only", _LEGACY, "legacy", {"legacy": "present", "nft": "absent"}),
    _usable("nft-only", _NFT, "nft", {"legacy": "absent", "nft": "present"}),
    _usable("both", (*_LEGACY, *_NFT), "nft", {"legacy": "present", "nft": "present"}),
    Configuration(
        "neither",
        (),
        (),
        {
            "before": _TRACES,
            "detect": "ferrule detect --json",
            "apply": f"ferrule apply {_BOTH_FILES}",
            "save": "ferrule save",
            "forced nft": f"ferrule apply --backend nft {_BOTH_FILES}",
            "after": _TRACES,
        },
        _check_neither,
    ),
    Configuration(
        "nft-without-nft_compat",
        (*_NFT_ALONE, *_SHARED),
        _NFT_ALONE,
        {
            "detect": "ferrule detect --json",
            "simple": "ferrule apply --json --ipv4 /rules/simple",
            "simple save": "iptables-nft-save | grep -v '^#'",
            "apply": f"ferrule apply --noflush {_BOTH_FILES}",
            "after": "iptables-nft-save | grep -v '^#'",
        },
        _check_no_compat,
    ),
    Configuration(
        "legacy-without-nat",
        (*(name for name in _LEGACY if not name.endswith("_nat")), *_SHARED),
        tuple(name for name in _LEGACY if not name.endswith("_nat")),
        {
            "detect": "ferrule detect --json",
            "explain": "ferrule detect --explain --json",
            "simple": "ferrule apply --ipv4 /rules/simple",
            "apply": "ferrule apply --ipv4 /rules/ipv4",
            "tables": "cat /proc/thread-self/net/ip_tables_names",
        },
        _check_no_nat,
    ),
    Configuration(
        "legacy-of-ipv6-only",
        (*_LEGACY_V6, *_SHARED),
        _LEGACY_V6,
        {
            "before": _TRACES,
            "detect": "ferrule detect --json",
            "after": _TRACES,
            "apply ipv4": "ferrule apply --ipv4 /rules/ipv4",
            "apply both": f"ferrule apply {_BOTH_FILES}",
            "rules after failures": "ip6tables-legacy-save | grep -e '^-A' || true",
            "apply ipv6": "ferrule apply --json --ipv6 /rules/ipv6",
            "real save": "ip6tables-legacy-save",
        },
        _check_v6_only,
    ),
    Configuration(
        "legacy-of-ipv6-beside-nft",
        (*_LEGACY_V6, *_NFT, *_SHARED),
        (*_LEGACY_V6, *_NFT),
        {
            "detect": "ferrule detect --json",
            "rule": "ip6tables-legacy -A INPUT -j ACCEPT",
            "with rules": "ferrule detect --json",
            "apply both": f"ferrule apply --noflush {_BOTH_FILES}",
            "save ipv4": "iptables-nft-save",
            "save ipv6": "ip6tables-legacy-save",
            "all before": "(iptables-nft-save; ip6tables-legacy-save) | grep -e '^-A'",
            "fails in ipv6": "ferrule apply --noflush --ipv4 /rules/simple --ipv6 /rules/bad",
            "all after": "(iptables-nft-save; ip6tables-legacy-save) | grep -e '^-A'",
        },
        _check_v6_beside_nft,
    ),
    Configuration(
        "not-loaded",
        (*_LEGACY, *_NFT, *_SHARED),
        (),
        {
            "before": _TRACES,
            "detect": f"ferrule detect --json {_NO_BINARIES}",
            "explain": f"ferrule detect --explain --json {_NO_BINARIES}",
            "apply": f"ferrule apply {_BOTH_FILES} {_NO_BINARIES}",
            "detect with leave": f"ferrule detect --allow-module-load --json {_NO_BINARIES}",
            "after": _TRACES,
            "apply with leave": f"ferrule apply --allow-module-load --json {_BOTH_FILES} {_NO_BINARIES}",
            "loaded": "cut -d' ' -f1 /proc/modules",
            "oracle": _oracle("nft"),
            "real save": _save("nft"),
            "legacy with leave": f"ferrule apply --backend legacy --allow-module-load {_BOTH_FILES} {_NO_BINARIES}",
            "loaded at last": "cut -d' ' -f1 /proc/modules",
            "legacy oracle": _oracle("legacy"),
            "legacy save": _save("legacy"),
        },
        _check_not_loaded,
    ),
    Configuration(
        "not-loaded-with-binaries",
        (*_LEGACY, *_NFT, *_SHARED),
        (),
        {
            "before": _TRACES,
            "detect": "ferrule detect --json",
            "after": _TRACES,
            "apply": f"ferrule apply --json {_BOTH_FILES}",
            "oracle": _oracle("nft"),
            "real save": _save("nft"),
        },
        _check_binary_loads,
    ),
)


def boot(ferrule: Ferrule, configuration: Configuration) -> None:
    kernel = debian_kernel()
    load = " && ".join(f"/sbin/modprobe {module}" for module in configuration.loaded) or "true"
    steps = {"load": load, **configuration.steps}
    with tempfile.TemporaryDirectory(prefix="ferrule-root-") as directory:
        root = RootFilesystem(pathlib.Path(directory))
        root.add_program(str(ferrule.command), "/usr/bin/ferrule")
        root.add_library("libkmod.so.2")
        root.add_iptables("nft")
        kernel.install(configuration.on_disk, root.root)
        for family in FAMILIES:
            root.write(f"/rules/{family}", RULES[family])
        root.write("/rules/simple", _SIMPLE)
        root.write("/rules/bad", _BAD)
        told = Told(list(steps), run_machine(kernel, root, list(steps.values())))
    told.good("load")
    configuration.check(told)


def cases(ferrule: Ferrule) -> Iterator[Case]:
    for configuration in CONFIGURATIONS:
        yield Case(f"kernels/debian-12/{configuration.name}", functools.partial(boot, ferrule, configuration))
