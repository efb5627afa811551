"""A machine of its own: qemu, a kernel, and a root file system in memory which does some steps and tells of them."""

from __future__ import annotations

import base64
import dataclasses
import os
import pathlib
import re
import shlex
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Sequence

from harness.case import Failure
from harness.kernels import Kernel, NoKernel

_BOOT_SECONDS = 300
_MARK = "@@ferrule"

_INIT = """#!/bin/sh
export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C XTABLES_LOCKFILE=/run/xtables.lock
mount -t proc none /proc
mount -t sysfs none /sys
mount -t devtmpfs none /dev
mount -t tmpfs none /run
mount -t tmpfs none /tmp
ip link set lo up
tell() {{
  echo "{mark} $1 $2 $(base64 -w0 /tmp/out) $(base64 -w0 /tmp/err)."
}}
{steps}
echo "{mark} end"
poweroff -f
"""
_STEP = """sh /steps/{number} >/tmp/out 2>/tmp/err </dev/null
tell {number} $?
"""


@dataclasses.dataclass(frozen=True)
class StepResult:
    command: str
    status: int
    output: str
    error: str


class RootFilesystem:
    """A directory that becomes the machine's root."""

    def __init__(self, root: pathlib.Path) -> None:
        self.root = root
        for name in ("bin", "sbin", "usr/bin", "usr/sbin", "lib", "proc", "sys", "dev", "run", "tmp", "etc", "steps"):
            (root / name).mkdir(parents=True, exist_ok=True)
        busybox = shutil.which("busybox")
        if busybox is None:
            raise NoKernel("busybox is not installed (scripts/setup --kernels installs it)")
        shutil.copy2(busybox, root / "bin/busybox")
        for applet in subprocess.run([busybox, "--list"], capture_output=True, text=True, check=True).stdout.split():
            if not (root / "bin" / applet).exists():
                (root / "bin" / applet).symlink_to("busybox")
        # Modules are for kmod, which is what the kernel calls.
        for applet in ("modprobe", "insmod", "lsmod", "rmmod", "depmod", "modinfo"):
            (root / "bin" / applet).unlink(missing_ok=True)
        self.add_program("kmod")
        (root / "sbin/modprobe").symlink_to("/usr/bin/kmod")
        (root / "etc/passwd").write_text("root:x:0:0:root:/:/bin/sh\n", encoding="ascii")
        shutil.copy2("/etc/protocols", root / "etc/protocols")

    def add_file(self, source: str, target: str | None = None) -> None:
        path = self.root / (target or source).lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            shutil.copy2(os.path.realpath(source), path)

    def add_libraries(self, binary: str) -> None:
        told = subprocess.run(["ldd", binary], capture_output=True, text=True, check=False).stdout
        for path in re.findall(r"(/\S+) \(0x", told):
            self.add_file(path)

    def add_program(self, name: str, target: str | None = None) -> None:
        source = shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin") if "/" not in name else name
        if source is None:
            raise NoKernel(f"{name} is not installed (scripts/setup installs it)")
        self.add_file(source, target or f"/usr/bin/{os.path.basename(name)}")
        self.add_libraries(source)

    def add_library(self, name: str) -> None:
        """One that a program opens by itself."""
        cache = subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, text=True, check=False).stdout
        found = re.search(rf"^\s*{re.escape(name)} .*=> (/\S+)$", cache, re.MULTILINE)
        if found:
            self.add_file(found.group(1))
            self.add_libraries(found.group(1))

    def add_iptables(self, plain: str) -> None:
        """The real binaries of both variants under all their names, the plain ones of variant `plain`."""
        for variant in ("legacy", "nft"):
            self.add_program(f"xtables-{variant}-multi", f"/usr/sbin/xtables-{variant}-multi")
            for family in ("iptables", "ip6tables"):
                for tool in ("", "-save", "-restore"):
                    names = [f"{family}-{variant}{tool}"] + ([family + tool] if variant == plain else [])
                    for name in names:
                        (self.root / "usr/sbin" / name).symlink_to(f"xtables-{variant}-multi")
        (plugins,) = pathlib.Path("/usr/lib").glob("*/xtables")
        for plugin in plugins.glob("*.so"):
            self.add_file(str(plugin))

    def write(self, path: str, text: str, mode: int = 0o644) -> None:
        file = self.root / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        file.chmod(mode)

    def pack(self, target: pathlib.Path) -> None:
        """As a cpio archive in the "new ASCII" form, which is what the kernel reads."""
        with open(target, "wb") as out:
            for number, path in enumerate(sorted(self.root.rglob("*")), 1):
                _write_entry(out, number, path, str(path.relative_to(self.root)))
            _write_entry(out, 0, None, "TRAILER!!!")


def _write_entry(out, number: int, path: pathlib.Path | None, name: str) -> None:
    content = b""
    mode = 0
    if path is not None:
        mode = path.lstat().st_mode
        if stat.S_ISLNK(mode):
            content = os.readlink(path).encode()
        elif stat.S_ISREG(mode):
            content = path.read_bytes()
    encoded = name.encode() + b"\0"
    # magic, inode, mode, uid, gid, links, time, size, device and device number (two each), name's size, checksum
    fields = (number, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(encoded), 0)
    header = b"070701" + b"".join(b"%08x" % field for field in fields)
    out.write(header + encoded + b"\0" * (-(len(header) + len(encoded)) % 4))
    out.write(content + b"\0" * (-len(content) % 4))


def _parse(console: str, steps: Sequence[str]) -> list[StepResult]:
    out = []
    for number, command in enumerate(steps):
        found = re.search(rf"{_MARK} {number} (\d+) (\S*) (\S*)\.", console)
        if found is None:
            raise Failure(f"step {number} ({command}) told nothing; the console's end:\n{console[-2000:]}")
        output, error = (base64.b64decode(text).decode(errors="replace") for text in found.group(2, 3))
        out.append(StepResult(command, int(found.group(1)), output, error))
    return out


def run_machine(kernel: Kernel, root: RootFilesystem, steps: Sequence[str]) -> list[StepResult]:
    """Boots, does each step (shell), and gives what each said. No disk, no network."""
    emulator = shutil.which("qemu-system-x86_64")
    if emulator is None:
        raise NoKernel("qemu-system-x86_64 is not installed (scripts/setup installs it)")
    for number, command in enumerate(steps):
        root.write(f"/steps/{number}", command + "\n")
    text = "".join(_STEP.format(number=number) for number in range(len(steps)))
    root.write("/init", _INIT.format(mark=_MARK, steps=text), 0o755)
    with tempfile.TemporaryDirectory(prefix="ferrule-machine-") as scratch:
        initrd = pathlib.Path(scratch) / "initrd"
        root.pack(initrd)
        argv = [
            emulator, "-accel", "tcg", "-m", "768", "-nodefaults", "-no-user-config", "-no-reboot",
            "-display", "none", "-serial", "stdio", "-monitor", "none",
            "-kernel", str(kernel.image), "-initrd", str(initrd),
            "-append", "console=ttyS0 quiet loglevel=1 panic=-1 rdinit=/init mitigations=off",
        ]  # fmt: skip
        try:
            done = subprocess.run(
                argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=_BOOT_SECONDS, check=False
            )
        except subprocess.TimeoutExpired as late:
            console = (late.stdout or b"").decode(errors="replace")
            raise Failure(f"the machine did not end in {_BOOT_SECONDS} s; its console's end:\n{console[-2000:]}") from None
    console = done.stdout.decode(errors="replace").replace("\r", "")
    if done.returncode != 0:
        raise Failure(f"{shlex.join(argv[:1])}: exit status {done.returncode}: {done.stderr.decode()}")
    return _parse(console, steps)
