"""Another kernel: Debian's own package, unpacked into a cache, and subsets of its modules."""

from __future__ import annotations

import dataclasses
import fcntl
import os
import pathlib
import shutil
import subprocess
from collections.abc import Iterable, Iterator

# What the netfilter modules and those they depend on are below.
_PARTS = ("net", "lib", "crypto", "arch/x86/crypto")


class NoKernel(Exception):
    """There is no such kernel to be had here, and why."""


def cache_directory() -> pathlib.Path:
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return pathlib.Path(base) / "ferrule" / "kernels"


def _run(argv: list[str], cwd: pathlib.Path | None = None) -> str:
    try:
        done = subprocess.run(argv, cwd=cwd, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise NoKernel(f"{argv[0]} is not installed (scripts/setup installs it)") from None
    if done.returncode != 0:
        raise NoKernel(f"{' '.join(argv)}: {done.stderr.strip()}")
    return done.stdout


def _package() -> str:
    """The package that Debian's newest kernel for this machine is in, without signature or variant."""
    depends = _run(["apt-cache", "depends", "linux-image-amd64"])
    for line in depends.splitlines():
        name = line.partition("Depends: ")[2].strip()
        if name.startswith("linux-image-"):
            return name
    raise NoKernel("apt knows no linux-image-amd64 (apt-get update?)")


def _unpack(package: str, target: pathlib.Path) -> None:
    draft = target.with_name(target.name + ".new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    _run(["apt-get", "download", "-q", package], cwd=draft)
    (archive,) = draft.glob("*.deb")
    wanted = ["./boot/vmlinuz-*", "./lib/modules/*/modules.builtin*", "./lib/modules/*/modules.order"]
    wanted += [f"./lib/modules/*/kernel/{part}" for part in _PARTS]
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", archive], stdout=subprocess.PIPE) as source:
        subprocess.run(["tar", "-x", "--wildcards", "-C", draft, *wanted], stdin=source.stdout, check=True)
    archive.unlink()
    (release,) = (draft / "lib/modules").iterdir()
    _run(["depmod", "-b", str(draft), release.name])
    draft.rename(target)


@dataclasses.dataclass(frozen=True)
class Kernel:
    root: pathlib.Path

    @property
    def release(self) -> str:
        (directory,) = (self.root / "lib/modules").iterdir()
        return directory.name

    @property
    def image(self) -> pathlib.Path:
        return self.root / "boot" / f"vmlinuz-{self.release}"

    @property
    def modules(self) -> pathlib.Path:
        return self.root / "lib/modules" / self.release

    def _dependencies(self) -> Iterator[tuple[str, list[str]]]:
        for line in (self.modules / "modules.dep").read_text(encoding="ascii").splitlines():
            path, _, needs = line.partition(":")
            yield path, needs.split()

    def closure(self, names: Iterable[str]) -> list[str]:
        """The files of these modules and of all that they need."""
        dependencies = dict(self._dependencies())
        by_name = {pathlib.Path(path).name.split(".")[0].replace("-", "_"): path for path in dependencies}
        out: set[str] = set()
        for name in names:
            path = by_name.get(name)
            if path is None:
                raise NoKernel(f"kernel {self.release} has no module {name}")
            out |= {path, *dependencies[path]}
        return sorted(out)

    def install(self, names: Iterable[str], root: pathlib.Path) -> None:
        """Puts these modules, and no others, into a root file system."""
        target = root / "lib/modules" / self.release
        target.mkdir(parents=True, exist_ok=True)
        for path in self.closure(names):
            (target / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(self.modules / path, target / path)
        for name in ("modules.builtin", "modules.builtin.modinfo", "modules.order"):
            shutil.copy2(self.modules / name, target / name)
        _run(["depmod", "-b", str(root), self.release])


def debian_kernel() -> Kernel:
    """Downloads and unpacks it when it is not in the cache; processes that want it at once wait for the first one."""
    package = _package()
    cache = cache_directory()
    cache.mkdir(parents=True, exist_ok=True)
    with open(cache / "lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        target = cache / package
        if not target.exists():
            _unpack(package, target)
    return Kernel(target)
