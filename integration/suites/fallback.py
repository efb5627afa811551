"""The binaries do what native support would have done: the same bytes in the kernel, one process per family."""

from __future__ import annotations

import functools
import os
import pathlib
import tempfile
from collections.abc import Iterator

from harness import binaries, kernel
from harness.case import Case, require, require_equal
from harness.contexts import CONTEXTS, Context
from harness.ferrule import Ferrule
from harness.namespace import Namespace, saved_rules

# A sidecar's redirects, in the shape that meshes give them.
RULES = {
    "ipv4": """*nat
:MESH_INBOUND - [0:0]
:MESH_OUTPUT - [0:0]
:MESH_REDIRECT - [0:0]
-A PREROUTING -p tcp -j MESH_INBOUND
-A OUTPUT -p tcp -j MESH_OUTPUT
-A MESH_REDIRECT -p tcp -j REDIRECT --to-ports 15001
-A MESH_INBOUND -p tcp -m tcp --dport 15008 -j RETURN
-A MESH_INBOUND -p tcp -j REDIRECT --to-ports 15006
-A MESH_OUTPUT -s 127.0.0.6/32 -o lo -j RETURN
-A MESH_OUTPUT ! -d 127.0.0.1/32 -o lo -p tcp -m owner --uid-owner 1337 -j MESH_REDIRECT
-A MESH_OUTPUT -m owner --gid-owner 1337 -j RETURN
-A MESH_OUTPUT -j MESH_REDIRECT
COMMIT
*mangle
-A PREROUTING -p tcp -m mark --mark 0x539/0xfff -j CONNMARK --save-mark
-A OUTPUT -p udp -m comment --comment "dns for \\"all\\"" -j ACCEPT
COMMIT
""",
    "ipv6": """*nat
:MESH_OUTPUT - [0:0]
-A OUTPUT -p tcp -j MESH_OUTPUT
-A MESH_OUTPUT -s ::6/128 -o lo -j RETURN
-A MESH_OUTPUT -m owner --gid-owner 1337 -j RETURN
-A MESH_OUTPUT -p tcp -m multiport --dports 80,443 -j REDIRECT --to-ports 15001
COMMIT
""",
}
FAMILIES = ("ipv4", "ipv6")
VARIANTS = ("legacy", "nft")


def tool(family: str, variant: str, name: str) -> str:
    return f"{'ip' if family == 'ipv4' else 'ip6'}tables-{variant}{name}"


def oracle(namespace: Namespace, variant: str, families: tuple[str, ...]) -> None:
    for family in families:
        namespace.run([tool(family, variant, "-restore")], RULES[family])


def files(directory: str, families: tuple[str, ...]) -> list[str]:
    out = []
    for family in families:
        path = os.path.join(directory, family)
        pathlib.Path(path).write_text(RULES[family], encoding="ascii")
        out += [f"--{family}", path]
    return out


def apply_equals_oracle(ferrule: Ferrule, context: Context, variant: str, families: tuple[str, ...]) -> None:
    with tempfile.TemporaryDirectory() as scratch, Namespace() as expected, Namespace() as found:
        log = pathlib.Path(scratch) / "log"
        oracle(expected, variant, families)
        with binaries.real([variant], log) as directory:
            done = context.run(
                ferrule,
                found,
                ["apply", "--backend", "exec", "--json", *files(scratch, families)],
                f"{directory}:/usr/bin:/bin",
            ).json()
        for family in families:
            require_equal(False, done["families"][family]["native"], f"{family} native")
            require_equal(
                saved_rules(expected, variant, family), saved_rules(found, variant, family), f"{family} as saved"
            )
            require_equal(
                kernel.state(expected, variant, family), kernel.state(found, variant, family), f"{family} in the kernel"
            )
        runs = [line for line in log.read_text(encoding="ascii").splitlines() if "--version" not in line]
        for family in families:
            mine = [line for line in runs if line.startswith(tool(family, variant, ""))]
            require(len(mine) <= 1, f"{family}: more than one process: {mine}")


def save_equals_oracle(ferrule: Ferrule, context: Context, variant: str, family: str) -> None:
    with Namespace() as namespace, binaries.real([variant]) as directory:
        oracle(namespace, variant, (family,))
        option = "-4" if family == "ipv4" else "-6"
        done = context.run(ferrule, namespace, ["save", option, "--backend", "exec"], f"{directory}:/usr/bin:/bin").must()
        text = "".join(line + "\n" for line in done.output.splitlines() if not line.startswith("#"))
        require_equal(saved_rules(namespace, variant, family), text, "saved text")


def failure_changes_nothing(ferrule: Ferrule, context: Context, variant: str) -> None:
    bad = RULES["ipv4"] + "*filter\n-A INPUT -p tcp -j REDIRECT --to-ports 1\nCOMMIT\n"
    with tempfile.TemporaryDirectory() as scratch, Namespace() as namespace, binaries.real([variant]) as directory:
        for table in ("nat", "mangle", "filter"):
            namespace.run(
                [tool("ipv4", variant, "-restore"), "--noflush"], f"*{table}\n-A OUTPUT -j ACCEPT\nCOMMIT\n"
            )
        before = saved_rules(namespace, variant, "ipv4")
        path = pathlib.Path(scratch) / "rules"
        path.write_text(bad, encoding="ascii")
        done = context.run(
            ferrule, namespace, ["apply", "--backend", "exec", "--ipv4", str(path)], f"{directory}:/usr/bin:/bin"
        )
        require(done.status != 0, "a rule that the kernel refuses was taken")
        line = bad.splitlines().index("-A INPUT -p tcp -j REDIRECT --to-ports 1") + 1
        where = [f"{path}:{line}:", f"{path}:{line + 1}:"]  # legacy names the COMMIT
        require(any(place in done.error for place in where), f"the error names no line: {done.error}")
        require_equal(before, saved_rules(namespace, variant, "ipv4"), "rules after the failure")


def without_binaries(ferrule: Ferrule, context: Context) -> None:
    with Namespace() as namespace, binaries.fakes((), "nft") as directory:
        done = context.run(
            ferrule,
            namespace,
            ["apply", "--backend", "exec", "--ipv4", "-"],
            str(directory),
            text="*filter\nCOMMIT\n",
        )
        require(done.status != 0, "applied without a binary")
        require(len(done.error.strip().splitlines()) == 1, f"not one error: {done.error}")


def unknown_extension(ferrule: Ferrule, variant: str) -> None:
    """A rule that nobody here knows goes to the binary, whose answer about it is passed on."""
    with Namespace() as namespace, binaries.real([variant]) as directory:
        done = ferrule.run(
            ["apply", "--backend", "exec", "--ipv4", "-"],
            text="*filter\n-A INPUT -j ACCEPT\n-A INPUT -m nosuch --deep 3 -j ACCEPT\nCOMMIT\n",
            inside=namespace,
            path=f"{directory}:/usr/bin:/bin",
        )
        require(done.status != 0, "a match that does not exist was taken")
        require("nosuch" in done.error and ":3:" in done.error, f"the error does not say which: {done.error}")
        require_equal("", saved_rules(namespace, variant, "ipv4"), "rules after the failure")


def cases(ferrule: Ferrule) -> Iterator[Case]:
    for context in CONTEXTS:
        for variant in VARIANTS:
            for families in (("ipv4",), ("ipv6",), FAMILIES):
                yield Case(
                    f"fallback/{context.name}/apply/{variant}/{'+'.join(families)}",
                    functools.partial(apply_equals_oracle, ferrule, context, variant, families),
                )
            for family in FAMILIES:
                yield Case(
                    f"fallback/{context.name}/save/{variant}/{family}",
                    functools.partial(save_equals_oracle, ferrule, context, variant, family),
                )
            yield Case(
                f"fallback/{context.name}/failure/{variant}",
                functools.partial(failure_changes_nothing, ferrule, context, variant),
            )
        yield Case(f"fallback/{context.name}/no-binaries", functools.partial(without_binaries, ferrule, context))
    for variant in VARIANTS:
        yield Case(f"fallback/unknown-extension/{variant}", functools.partial(unknown_extension, ferrule, variant))
