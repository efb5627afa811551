"""The binaries do what native support would have done: the same bytes in the kernel, one process per family."""

from __future__ import annotations

import contextlib
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


UNKNOWN = "*filter\n-A INPUT -j ACCEPT\n-A INPUT -m geo --land DE -j DROP\n-A INPUT -j TARPIT\nCOMMIT\n"
KNOWN = "*filter\n-A INPUT -j ACCEPT\n-A INPUT -m comment --comment DE -j DROP\n-A INPUT -j DROP\nCOMMIT\n"


OTHERS = """add set ip nat peers { type ipv4_addr; elements = { 192.0.2.1 }; }
add chain ip nat mine { type nat hook output priority -90; }
add rule ip nat mine ip daddr @peers counter packets 3 bytes 4 accept
add rule ip nat OUTPUT ct state new accept
"""


def all_rules(namespace: Namespace) -> list[str]:
    """Of both variants; legacy tables that came into being without any are no difference."""
    rules = [namespace.run(["nft", "list", "ruleset"])]
    for family in FAMILIES:
        rules += [line for line in saved_rules(namespace, "legacy", family).splitlines() if line.startswith("-A")]
    return rules


@contextlib.contextmanager
def knowing_binaries(variant: str, log: pathlib.Path) -> Iterator[pathlib.Path]:
    """Real binaries that also know a match and a target: they write them in words that this kernel understands."""
    with tempfile.TemporaryDirectory(prefix="ferrule-knowing-") as directory:
        for family in FAMILIES:
            name = tool(family, variant, "-restore")
            path = pathlib.Path(directory) / name
            path.write_text(
                f"""#!/bin/sh
[ "$*" = --version ] && exec /usr/sbin/{name} --version
echo {name} >>{log}
sed -e 's/-m geo --land/-m comment --comment/' -e 's/-j TARPIT/-j DROP/' | /usr/sbin/{name} "$@"
""",
                encoding="ascii",
            )
            path.chmod(0o755)
        yield pathlib.Path(directory)


def unknown_extension(ferrule: Ferrule, variant: str, backend: str) -> None:
    """A rule that nobody here knows goes to the binary that does; the other family, which needs none, gets none."""
    with tempfile.TemporaryDirectory() as scratch, Namespace() as expected, Namespace() as found:
        log = pathlib.Path(scratch) / "log"
        log.touch()
        expected.run([tool("ipv4", variant, "-restore")], KNOWN)
        oracle(expected, variant, ("ipv6",))
        (pathlib.Path(scratch) / "unknown").write_text(UNKNOWN, encoding="ascii")
        arguments = ["apply", "--json", "--backend", backend, "--ipv4", f"{scratch}/unknown"]
        with knowing_binaries(variant, log) as directory:
            path = f"{directory}:/usr/bin:/bin"
            done = ferrule.run([*arguments, *files(scratch, ("ipv6",))], inside=found, path=path).json()
        require_equal((variant, False), tuple(done["families"]["ipv4"][key] for key in ("backend", "native")), "ipv4")
        for family in FAMILIES:
            require_equal(
                saved_rules(expected, variant, family), saved_rules(found, variant, family), f"{family} as saved"
            )
            require_equal(
                kernel.state(expected, variant, family), kernel.state(found, variant, family), f"{family} in the kernel"
            )
        runs = log.read_text(encoding="ascii").split()
        spawned = [family for family in FAMILIES if not done["families"][family]["native"]]
        require_equal([tool(family, variant, "-restore") for family in spawned], runs, "processes")


def unknown_to_all(ferrule: Ferrule, variant: str, backend: str) -> None:
    """Not even the binary knows it: its answer is passed on, and the other family is as it was."""
    with tempfile.TemporaryDirectory() as scratch, Namespace() as namespace, binaries.real([variant]) as directory:
        namespace.run([tool("ipv4", variant, "-restore")], "*nat\n-A OUTPUT -j ACCEPT\nCOMMIT\n")
        if variant == "nft":  # with what iptables cannot show
            namespace.run(["nft", "-f", "-"], OTHERS)
        before = all_rules(namespace)
        (pathlib.Path(scratch) / "unknown").write_text(UNKNOWN, encoding="ascii")
        done = ferrule.run(
            ["apply", "--backend", backend, *files(scratch, ("ipv4",)), "--ipv6", f"{scratch}/unknown"],
            inside=namespace,
            path=f"{directory}:/usr/bin:/bin",
        )
        require_equal(2, done.status, f"exit status; it says {done.error!r}")
        require(f"{scratch}/unknown:3: " in done.error and "geo" in done.error, f"not which rule: {done.error!r}")
        require_equal(before, all_rules(namespace), "rules after the failure")


def unknown_without_binaries(ferrule: Ferrule, variant: str) -> None:
    with Namespace() as namespace, binaries.fakes((), variant) as directory:
        done = ferrule.run(
            ["apply", "--backend", variant, "--ipv4", "-"], text=UNKNOWN, inside=namespace, path=str(directory)
        )
        require_equal(2, done.status, f"exit status; it says {done.error!r}")
        require(len(done.error.strip().splitlines()) == 1, f"not one error: {done.error!r}")
        for words in ("<stdin>:3: match `geo'", f"iptables-{variant}-restore", str(directory)):
            require(words in done.error, f"{words} is not in {done.error!r}")
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
        for backend in (variant, "exec"):
            yield Case(
                f"fallback/unknown-extension/{variant}/as-{backend}",
                functools.partial(unknown_extension, ferrule, variant, backend),
            )
            yield Case(
                f"fallback/unknown-to-all/{variant}/as-{backend}",
                functools.partial(unknown_to_all, ferrule, variant, backend),
            )
        yield Case(
            f"fallback/unknown-without-binaries/{variant}",
            functools.partial(unknown_without_binaries, ferrule, variant),
        )
