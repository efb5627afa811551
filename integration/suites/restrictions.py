"""Agents that have lost something: system calls, /proc, a writable disk, low descriptors, standard streams."""

from __future__ import annotations

import contextlib
import functools
import itertools
import os
import pathlib
import resource
import shutil
import tempfile
from collections.abc import Callable, Iterator

from harness import binaries, kernel, seccomp
from harness.agent import served_binaries
from harness.case import Case, Failure, require, require_equal
from harness.ferrule import Completed, Ferrule
from harness.namespace import CLONE_NEWNS, Namespace, check, environment, libc, saved_rules
from suites.fallback import RULES, VARIANTS, oracle, tool

_MS_RDONLY, _MS_REMOUNT, _MS_BIND, _MS_REC, _MS_PRIVATE = 1, 32, 4096, 16384, 1 << 18

# One rule of the wanted variant, so that detection finds it.
_SEED = "*raw\n-A PREROUTING -j ACCEPT\nCOMMIT\n"


def seed(namespace: Namespace, variant: str) -> None:
    namespace.run([tool("ipv4", variant, "-restore")], _SEED)


def apply_rules(
    ferrule: Ferrule, namespace: Namespace, path: str, prepare: Callable[[], None] | None = None
) -> Completed:
    return ferrule.run(
        ["apply", "--json", "--noflush", "--context", "agent-in-pod", "--ipv4", "-"],
        text=RULES["ipv4"],
        inside=namespace,
        path=path,
        prepare=prepare,
    )


def lose_calls(ferrule: Ferrule, taken: tuple[str, ...], arguments: list[str], path: str) -> Callable[[], None]:
    def prepare() -> None:
        seccomp.become_without(taken, [str(ferrule.command), *arguments], environment(PATH=path))

    return prepare


def run_without(
    ferrule: Ferrule, taken: tuple[str, ...], namespace: Namespace, arguments: list[str], path: str, text: str = ""
) -> Completed:
    return ferrule.run(
        arguments, text=text, inside=namespace, prepare=lose_calls(ferrule, taken, arguments, path)
    )


_APPLY = ["apply", "--json", "--noflush", "--context", "agent-in-pod", "--ipv4", "-"]


def require_applied(expected: Namespace, found: Namespace, variant: str) -> None:
    require_equal(saved_rules(expected, variant, "ipv4"), saved_rules(found, variant, "ipv4"), "saved rules")
    require_equal(kernel.state(expected, variant, "ipv4"), kernel.state(found, variant, "ipv4"), "the kernel's bytes")


def expected_namespace(expected: Namespace, variant: str) -> None:
    seed(expected, variant)
    expected.run([tool("ipv4", variant, "-restore"), "--noflush"], RULES["ipv4"])


def without_calls(ferrule: Ferrule, taken: tuple[str, ...], variant: str, have_binaries: bool) -> None:
    """What can still work, does; what cannot, says so once."""
    native = {"legacy": seccomp.SOCKOPTS, "nft": seccomp.NETLINK}[variant] not in taken
    both_gone = seccomp.SOCKOPTS in taken and seccomp.NETLINK in taken
    can_spawn = have_binaries and seccomp.EXECVE not in taken
    with contextlib.ExitStack() as stack:
        expected = stack.enter_context(Namespace())
        found = stack.enter_context(Namespace())
        expected_namespace(expected, variant)
        seed(found, variant)
        if have_binaries:
            directory = str(stack.enter_context(served_binaries(found, [variant])))
        else:
            directory = str(stack.enter_context(binaries.fakes((), variant)))
        before = kernel.state(found, variant, "ipv4")
        done = run_without(ferrule, taken, found, _APPLY, directory, RULES["ipv4"])
        if native or can_spawn:
            report = done.json()["families"]["ipv4"]
            require_equal(variant, report["backend"], f"backend ({report['reason']})")
            require_equal(native, report["native"], f"native ({report['reason']})")
            require_applied(expected, found, variant)
        else:
            require(done.status != 0, f"applied by means unknown: {done.output}")
            require_equal(1, len(done.error.strip().splitlines()), f"number of errors in {done.error!r}")
            require_equal(before, kernel.state(found, variant, "ipv4"), "the kernel's bytes after the failure")
            if both_gone:
                require("CAP_NET_ADMIN" in done.error, f"the error does not say what to do: {done.error}")
                for tried in ("legacy iptables", "nf_tables", "binar"):
                    require(tried in done.error, f"the error does not say that {tried} was tried: {done.error}")


def in_own_mounts(change: Callable[[], None]) -> Callable[[], None]:
    def prepare() -> None:
        check(libc.unshare(CLONE_NEWNS), "unshare")
        check(libc.mount(b"none", b"/", None, _MS_REC | _MS_PRIVATE, None), "mount private")
        change()

    return prepare


def lose_proc() -> None:
    check(libc.mount(b"tmpfs", b"/proc", b"tmpfs", 0, None), "mount over /proc")


def lose_writing() -> None:
    check(libc.mount(b"/", b"/", None, _MS_BIND | _MS_REC, None), "bind /")
    check(libc.mount(b"/", b"/", None, _MS_REMOUNT | _MS_BIND | _MS_RDONLY, None), "remount / read-only")
    os.chroot("/")


def fill_descriptors() -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (8192, 8192))
    last = 0
    while last < 2000:
        last = os.open("/dev/null", os.O_RDONLY)
        os.set_inheritable(last, True)


def applies(ferrule: Ferrule, variant: str, spawned: bool, prepare: Callable[[], None]) -> None:
    """Applying works as ever, natively and through a binary."""
    with Namespace() as expected, Namespace() as found, binaries.real([variant]) as directory:
        expected_namespace(expected, variant)
        seed(found, variant)
        done = ferrule.run(
            [*_APPLY, *(["--backend", "exec"] if spawned else [])],
            text=RULES["ipv4"],
            inside=found,
            path=f"{directory}:/usr/bin:/bin",
            prepare=prepare,
        )
        report = done.json()["families"]["ipv4"]
        require_equal(not spawned, report["native"], f"native ({report['reason']})")
        require_equal(variant, report["backend"], f"backend ({report['reason']})")
        require_applied(expected, found, variant)


def proc_missing(ferrule: Ferrule, variant: str) -> None:
    """Without /proc it may be unknown which tables legacy has; then nothing is guessed and nothing is harmed."""
    with Namespace() as expected, Namespace() as found:
        expected_namespace(expected, variant)
        seed(found, variant)
        before = kernel.state(found, variant, "ipv4")
        verdict = ferrule.run(["detect", "--json"], inside=found, prepare=in_own_mounts(lose_proc)).json()["ipv4"]
        require(verdict["backend"] in (variant, "undetermined"), f"decided without evidence: {verdict}")
        done = apply_rules(ferrule, found, "/usr/sbin", in_own_mounts(lose_proc))
        if done.status == 0:
            require_applied(expected, found, variant)
        else:
            require_equal(1, len(done.error.strip().splitlines()), f"number of errors in {done.error!r}")
            require_equal(before, kernel.state(found, variant, "ipv4"), "the kernel's bytes after the failure")
        forced = ferrule.run([*_APPLY, "--backend", variant], text=RULES["ipv4"], inside=found,
                             prepare=in_own_mounts(lose_proc))
        if done.status != 0 and forced.status == 0:
            require_applied(expected, found, variant)


def streams_closed(ferrule: Ferrule, variant: str, closed: tuple[int, ...]) -> None:
    with tempfile.TemporaryDirectory() as scratch, Namespace() as expected, Namespace() as found:
        expected_namespace(expected, variant)
        seed(found, variant)
        rules = pathlib.Path(scratch) / "rules"
        rules.write_text(RULES["ipv4"], encoding="ascii")

        def close() -> None:
            for stream in closed:
                os.close(stream)

        # Natively, then the other family through a binary, whose own streams must not be mistaken for the missing ones.
        done = ferrule.run([*_APPLY[:-1], str(rules)], inside=found, prepare=close)
        require(done.status == 0 or 1 in closed, f"exit status {done.status}: {done.error}")
        require_applied(expected, found, variant)
        rules.write_text(RULES["ipv6"], encoding="ascii")
        expected.run([tool("ipv6", variant, "-restore"), "--noflush"], RULES["ipv6"])
        with binaries.real([variant]) as directory:
            done = ferrule.run(
                ["apply", "--noflush", "--backend", "exec", "--ipv6", str(rules)],
                inside=found,
                path=f"{directory}:/usr/bin:/bin",
                prepare=close,
            )
        require(done.status == 0 or 1 in closed, f"exit status {done.status}: {done.error}")
        require_equal(saved_rules(expected, variant, "ipv6"), saved_rules(found, variant, "ipv6"), "saved rules")


def every_subset(items: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for size in range(1, len(items) + 1):
        yield from itertools.combinations(items, size)


def cases(ferrule: Ferrule) -> Iterator[Case]:
    for variant in VARIANTS:
        for taken in every_subset(seccomp.ALL):
            for have_binaries in (True, False):
                yield Case(
                    f"restrictions/without-calls/{variant}/{'+'.join(taken)}/"
                    + ("binaries" if have_binaries else "no-binaries"),
                    functools.partial(without_calls, ferrule, taken, variant, have_binaries),
                )
        for name, prepare in (
            ("root-read-only", in_own_mounts(lose_writing)),
            ("descriptors-past-1024", fill_descriptors),
        ):
            for spawned in (False, True):
                yield Case(
                    f"restrictions/{name}/{variant}/" + ("spawned" if spawned else "native"),
                    functools.partial(applies, ferrule, variant, spawned, prepare),
                )
        yield Case(f"restrictions/no-proc/{variant}", functools.partial(proc_missing, ferrule, variant))
        for closed in ((0,), (1,), (2,), (0, 1), (0, 2), (1, 2), (0, 1, 2)):
            yield Case(
                f"restrictions/closed-streams/{variant}/{'+'.join(map(str, closed))}",
                functools.partial(streams_closed, ferrule, variant, closed),
            )
