"""Which backend is chosen, and that looking leaves no trace."""

from __future__ import annotations

import functools
import pathlib
import subprocess
import tempfile
from collections.abc import Iterator

from harness import binaries
from harness.binaries import NAMES
from harness.case import Case, require, require_equal
from harness.contents import CONTENTS, Content
from harness.contexts import CONTEXTS, Context
from harness.ferrule import Ferrule
from harness.namespace import Namespace, environment, traces

# Name, names that exist, variant of the plain ones.
BINARY_SETS = (
    ("no-binaries", (), "nft"),
    ("all-plain-nft", NAMES, "nft"),
    ("all-plain-legacy", NAMES, "legacy"),
    ("legacy-names-only", tuple(name for name in NAMES if "-legacy" in name), "legacy"),
    ("nft-names-only", tuple(name for name in NAMES if "-nft" in name), "nft"),
    ("restore-only", tuple(name for name in NAMES if name.endswith("-restore")), "legacy"),
)

SUBSETS_PER_CASE = 256
RESTARTS = 1000
RESTARTED = ("nothing", "nft-rules", "legacy-rules", "both", "v6-only-legacy")
RESTART_RULES = "*nat\n-A OUTPUT -p tcp -j REDIRECT --to-ports 15001\nCOMMIT\n"


def require_verdict(found: dict, content: Content, default: str) -> None:
    for family, expected in (("ipv4", content.ipv4), ("ipv6", content.ipv6)):
        require_equal(expected or default, found[family]["backend"], f"{family} backend ({found[family]['reason']})")


def decide(ferrule: Ferrule, context: Context, content: Content, names: tuple[str, ...], plain: str) -> None:
    with Namespace() as namespace, binaries.fakes(names, plain) as directory:
        content.make(namespace)
        before = traces(namespace)
        found = context.run(ferrule, namespace, ["detect", "--json"], str(directory)).json()
        require_verdict(found, content, binaries.default_variant(names, plain))
        after = traces(namespace)
        for what, value in before.items():
            require_equal(value, after[what], f"{what} after looking")


def decide_for_subsets(ferrule: Ferrule, plain: str, first: int) -> None:
    nothing = CONTENTS[0]
    with Namespace() as namespace:
        for number in range(first, first + SUBSETS_PER_CASE):
            names = binaries.subset(number)
            with binaries.fakes(names, plain) as directory:
                found = ferrule.run(["detect", "--json"], inside=namespace, path=str(directory)).json()
            default = binaries.default_variant(names, plain)
            for family in ("ipv4", "ipv6"):
                require_equal(default, found[family]["backend"], f"subset {number} {names}: {family}")


def decide_mounted(ferrule: Ferrule, content: Content, names: tuple[str, ...], plain: str) -> None:
    """The binaries are a host's, mounted in a container."""
    with Namespace() as namespace, binaries.fakes(names, plain) as directory:
        content.make(namespace)
        found = ferrule.run(
            ["detect", "--json", "--root", str(directory.parent), "--path", "/" + directory.name], inside=namespace
        ).json()
        require_verdict(found, content, binaries.default_variant(names, plain))


def decide_spawned_for_subsets(ferrule: Ferrule, plain: str, first: int) -> None:
    """What is chosen where a binary must do it."""
    with Namespace() as namespace:
        for number in range(first, first + SUBSETS_PER_CASE):
            names = binaries.subset(number)
            with binaries.fakes(names, plain) as directory:
                found = ferrule.run(
                    ["detect", "--json", "--backend", "exec"], inside=namespace, path=str(directory)
                ).json()
            for family in ("ipv4", "ipv6"):
                expected = binaries.spawned_variant(names, plain, family)
                require_equal(
                    (expected, False),
                    (found[family]["backend"], found[family]["native"]),
                    f"subset {number} {names}: {family}, backend and native",
                )


def restart(ferrule: Ferrule, content: Content, plain: str) -> None:
    """An agent that comes back again and again must never take its own traces for evidence."""
    with Namespace() as namespace, binaries.fakes(NAMES, plain) as directory:
        content.make(namespace)
        run = functools.partial(ferrule.run, inside=namespace, path=str(directory))
        for number in range(RESTARTS):
            found = run(["detect", "--json"]).json()
            require_verdict(found, content, plain)
            if number % 10 == 9:
                run(["apply", "--noflush", "--ipv4", "-"], text=RESTART_RULES).must()


def count_system_calls(ferrule: Ferrule) -> None:
    """Both families, with entering the namespace and looking for the system's default, less what any start takes."""
    with Namespace() as namespace, tempfile.TemporaryDirectory() as scratch:
        log = pathlib.Path(scratch) / "log"
        counts = []
        for arguments in (["--version"], ["detect", "--netns", namespace.path]):
            strace = ["strace", "-f", "-o", str(log), str(ferrule.command), *arguments]
            done = subprocess.run(strace, env=environment(), capture_output=True, text=True, check=False)
            require_equal(0, done.returncode, f"exit status of {strace}, which says {done.stderr}")
            lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
            counts.append(sum("(" in line and "resumed>" not in line for line in lines))
        require(counts[0] > 10, f"strace sees nothing: {counts}")
        require(10 < counts[1] - counts[0] < 40, f"system calls of a start, and with detection: {counts}")


def cases(ferrule: Ferrule) -> Iterator[Case]:
    yield Case("decision/system-calls/both-backends-empty", functools.partial(count_system_calls, ferrule))
    for context in CONTEXTS:
        for content in CONTENTS:
            for name, names, plain in BINARY_SETS:
                yield Case(
                    f"decision/{context.name}/{content.name}/{name}",
                    functools.partial(decide, ferrule, context, content, names, plain),
                )
    for content in CONTENTS:
        for name, names, plain in BINARY_SETS:
            yield Case(
                f"decision/host-mounted/{content.name}/{name}",
                functools.partial(decide_mounted, ferrule, content, names, plain),
            )
    for first in range(0, 1 << len(NAMES), SUBSETS_PER_CASE):
        yield Case(
            f"decision/subsets/spawned/{first}-{first + SUBSETS_PER_CASE - 1}",
            functools.partial(decide_spawned_for_subsets, ferrule, "legacy", first),
        )
    for plain in ("legacy", "nft"):
        for first in range(0, 1 << len(NAMES), SUBSETS_PER_CASE):
            yield Case(
                f"decision/subsets/plain-{plain}/{first}-{first + SUBSETS_PER_CASE - 1}",
                functools.partial(decide_for_subsets, ferrule, plain, first),
            )
    for content in CONTENTS:
        if content.name not in RESTARTED:
            continue
        for plain in ("legacy", "nft"):
            yield Case(
                f"decision/restarts/{content.name}/plain-{plain}",
                functools.partial(restart, ferrule, content, plain),
            )
