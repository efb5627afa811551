"""Pods as they are: user namespaces of their own, and traffic that goes where the rules say."""

from __future__ import annotations

import functools
import os
import pathlib
import re
import subprocess
import tempfile
from collections.abc import Callable, Iterator

from harness import kernel
from harness.case import Case, require, require_equal
from harness.ferrule import Ferrule
from harness.namespace import Namespace, environment, saved_rules
from harness.pod import ADDRESSES, UserNamespacedPod, connected, join_by_wire, listening, original_port
from suites.fallback import FAMILIES, RULES, VARIANTS, files, tool

_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"

# Users of a sidecar, which may speak to the world directly.
_SIDECAR, _APPLICATION = 1337, 1000
_INBOUND, _OUTBOUND, _DIRECT, _SERVICE = 15006, 15001, 15008, 9080
_MESH = f"""*nat
:MESH_IN - [0:0]
:MESH_OUT - [0:0]
-A PREROUTING -p tcp -j MESH_IN
-A OUTPUT -p tcp -j MESH_OUT
-A MESH_IN -p tcp -m tcp --dport {_DIRECT} -j RETURN
-A MESH_IN -p tcp -j REDIRECT --to-ports {_INBOUND}
-A MESH_OUT -o lo -j RETURN
-A MESH_OUT -m owner --uid-owner {_SIDECAR} -j RETURN
-A MESH_OUT -p tcp -j REDIRECT --to-ports {_OUTBOUND}
COMMIT
"""


def _seed(pod: UserNamespacedPod, variant: str) -> None:
    for family in FAMILIES:
        pod.run_inside([tool(family, variant, "-restore")], "*raw\n-A PREROUTING -j ACCEPT\nCOMMIT\n")


def applied_from_outside(ferrule: Ferrule, variant: str, spawned: bool, context: str) -> None:
    """What is applied from outside is what the real binary writes inside; saving from outside says the same."""
    with UserNamespacedPod() as expected, UserNamespacedPod() as found, tempfile.TemporaryDirectory() as scratch:
        for pod in (expected, found):
            _seed(pod, variant)
        for family in FAMILIES:
            expected.run_inside([tool(family, variant, "-restore"), "--noflush"], RULES[family])
        arguments = ["--netns", found.path, "--context", context]
        done = ferrule.run(
            ["apply", "--json", "--noflush", *arguments, *(["--backend", "exec"] if spawned else []), *files(scratch, FAMILIES)],
            path=_PATH,
        ).json()
        for family in FAMILIES:
            report = done["families"][family]
            require_equal((variant, not spawned), (report["backend"], report["native"]), f"{family}: backend, native")
            require_equal(
                kernel.state(expected, variant, family), kernel.state(found, variant, family), f"{family} in the kernel"
            )
            option = "-4" if family == "ipv4" else "-6"
            text = ferrule.run(["save", option, *arguments], path=_PATH).must().output
            text = "".join(line + "\n" for line in text.splitlines() if not line.startswith("#"))
            require_equal(saved_rules(expected, variant, family), text, f"{family} as saved")


def refused_from_outside(ferrule: Ferrule, variant: str) -> None:
    """What the kernel refuses inside too comes back as one error, and nothing has changed."""
    with UserNamespacedPod() as pod:
        _seed(pod, variant)
        # The real binary shows that it takes the user namespace at all.
        real = subprocess.run(
            [tool("ipv4", variant, "-restore"), "--noflush"], input=RULES["ipv4"], text=True, capture_output=True,
            preexec_fn=pod.enter, env=environment(), check=False,
        )  # fmt: skip
        require(real.returncode != 0, "the real binary was not refused from outside")
        before = kernel.state(pod, variant, "ipv4")
        rules = "*nat\n-A OUTPUT -j ACCEPT\n-A OUTPUT -m owner --uid-owner 3000000 -j ACCEPT\nCOMMIT\n"
        done = ferrule.run(
            ["apply", "--noflush", "--netns", pod.path, "--context", "agent-in-pod", "--ipv4", "-"], text=rules, path=_PATH
        )
        require_equal(2, done.status, f"exit status ({done.error})")
        require_equal(1, len(done.error.strip().splitlines()), f"number of errors in {done.error!r}")
        require(re.search(r"<stdin>:[34]: ", done.error), f"the error names no line: {done.error}")
        require_equal(before, kernel.state(pod, variant, "ipv4"), "the kernel's bytes after the failure")


def runs_nothing(ferrule: Ferrule, variant: str) -> None:
    """No nsenter, no mount: one process more, which runs no program."""
    with UserNamespacedPod() as pod, tempfile.TemporaryDirectory() as scratch:
        _seed(pod, variant)
        trace = pathlib.Path(scratch) / "trace"
        traced = Ferrule(pathlib.Path("/usr/bin/strace"))
        traced.run(
            ["-f", "-o", str(trace), "-e", "trace=execve,mount,clone,clone3,fork,vfork,unshare", str(ferrule.command),
             "apply", "--noflush", "--netns", pod.path, "--context", "agent-in-pod", *files(scratch, ("ipv4",))],
            path=_PATH,
        ).must()  # fmt: skip
        lines = trace.read_text(encoding="ascii").splitlines()
        require_equal(1, sum("execve(" in line for line in lines), f"programs run in {lines}")
        require_equal(0, sum("mount(" in line or "unshare(" in line for line in lines), f"mounts and unshares in {lines}")
        forks = [line for line in lines if re.search(r"(clone3?|v?fork)\(", line) and "CLONE_THREAD" not in line]
        require_equal(1, len(forks), f"processes in {lines}")


def detect_names_owner(ferrule: Ferrule) -> None:
    with UserNamespacedPod() as pod:
        owner = ferrule.run(["detect", "--explain", "--json", "--netns", pod.path], path=_PATH).json()["facts"]["owner"]
        require_equal((False, 0), (owner["is_callers"], owner["uid"]), "owner: the caller's, made by")
        require_equal(os.stat(f"/proc/{pod._process.pid}/ns/user").st_ino, owner["user_namespace"], "user namespace")


def _arrives(
    pod: Namespace, peer: Namespace, family: str, *, at: tuple[Namespace, int], to: tuple[Namespace, int], uid: int | None
) -> None:
    """A connection to port `to` of one end, made at the other one, arrives at port `at`."""
    target, port = to
    address = ADDRESSES[family][0 if target is pod else 1]
    source = peer if target is pod else pod
    where, arrival = at
    with listening(where, family, arrival) as server:
        hang_up = connected(source, family, address, port, uid)
        try:
            connection, _ = server.accept()
            with connection:
                if arrival != port:
                    require_equal(port, original_port(connection, family), "the port that was meant")
        except TimeoutError:
            require(False, f"{family}: a connection to {address} port {port} did not arrive at port {arrival}")
        finally:
            hang_up()


def traffic(ferrule: Ferrule, make: Callable[[], Namespace], variant: str, family: str, spawned: bool) -> None:
    with make() as pod, Namespace() as peer:
        join_by_wire(pod, peer)
        backend = ["--backend", variant]
        path = _PATH
        if spawned:
            enter = pod.run_inside if isinstance(pod, UserNamespacedPod) else pod.run
            enter([tool(family, variant, "-restore")], "*raw\n-A PREROUTING -j ACCEPT\nCOMMIT\n")
            backend = ["--backend", "exec"]
        ferrule.run(
            ["apply", "--noflush", *backend, "--netns", pod.path, "--context", "cni-plugin", f"--{family}", "-"],
            text=_MESH,
            path=path,
        ).must()
        # The users are the pod's own.
        first = 100000 if isinstance(pod, UserNamespacedPod) else 0
        arrives = functools.partial(_arrives, pod, peer, family)
        arrives(to=(pod, 8080), at=(pod, _INBOUND), uid=None)
        arrives(to=(pod, _DIRECT), at=(pod, _DIRECT), uid=None)
        arrives(to=(peer, _SERVICE), at=(pod, _OUTBOUND), uid=first + _APPLICATION)
        arrives(to=(peer, _SERVICE), at=(peer, _SERVICE), uid=first + _SIDECAR)


def cases(ferrule: Ferrule) -> Iterator[Case]:
    yield Case("pods/user-namespaced/owner", functools.partial(detect_names_owner, ferrule))
    for variant in VARIANTS:
        for context in ("cni-plugin", "agent-in-pod", "agent-on-host"):
            for spawned in (False, True):
                yield Case(
                    f"pods/user-namespaced/apply/{variant}/{context}/" + ("spawned" if spawned else "native"),
                    functools.partial(applied_from_outside, ferrule, variant, spawned, context),
                )
        yield Case(f"pods/user-namespaced/refused/{variant}", functools.partial(refused_from_outside, ferrule, variant))
        yield Case(f"pods/user-namespaced/runs-nothing/{variant}", functools.partial(runs_nothing, ferrule, variant))
        for kind, make in (("plain", Namespace), ("user-namespaced", UserNamespacedPod)):
            for family in FAMILIES:
                for spawned in (False, True):
                    yield Case(
                        f"pods/traffic/{kind}/{variant}/{family}/" + ("spawned" if spawned else "native"),
                        functools.partial(traffic, ferrule, make, variant, family, spawned),
                    )
