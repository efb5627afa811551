"""Overlays of this machine's root, and namespaces to run programs in them.

An image is an overlay with a program's packages unpacked and configured, kept for later runs; a run is a fresh overlay
over it. Packages are fetched in the machine's own network, and configured in a namespace without one, where their
scripts may do what they like.
"""

from __future__ import annotations

import pathlib
import shutil
import subprocess
import tempfile
from collections.abc import Sequence

from programs.program import Program

HERE = pathlib.Path(__file__).resolve().parent.parent
NEW_NAMESPACES = ("unshare", "--net", "--mount", "--pid", "--ipc", "--uts", "--fork", "--kill-child")


class Unavailable(Exception):
    """The program cannot be installed here."""


def run_in(image: pathlib.Path | None, upper: pathlib.Path, argv: Sequence[str], seconds: float) -> int:
    """Runs `argv` as on a machine of its own, over `image` if there is one; what it writes ends up in `upper`."""
    upper.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=upper.parent, prefix="mnt-") as scratch:
        for folder in ("work", "root", "image-work", "image-root"):
            pathlib.Path(scratch, folder).mkdir()
        lines = ["set -e", "mount --make-rprivate /"]
        lower = "/"
        if image is not None:
            # Both lie below /, and an overlay refuses layers of which one holds the other: one overlay over another.
            lower = f"{scratch}/image-root"
            lines.append(_mount("/", image, f"{scratch}/image-work", lower, "ro,"))
        lines += [_mount(lower, upper, f"{scratch}/work", f"{scratch}/root"), f'exec {HERE}/enter {scratch}/root "$@"']
        command = [*NEW_NAMESPACES, "bash", "-c", "\n".join(lines), "enter", *argv]
        with open(upper.parent / (upper.name + ".log"), "wb") as log:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            try:
                return process.wait(timeout=seconds)
            except subprocess.TimeoutExpired:
                process.kill()  # and with it, by --kill-child, everything inside
                process.wait()
                return 124


def _mount(lower: str, upper: pathlib.Path, work: str, root: str, options: str = "") -> str:
    return f"mount -t overlay overlay -o '{options}lowerdir={lower},upperdir={upper},workdir={work}' {root}"


def image_of(program: Program, cache: pathlib.Path) -> pathlib.Path | None:
    """The overlay that holds the program's packages; made now if it is not there yet."""
    if not program.packages:
        return None
    upper = cache / "images" / program.name
    if (upper.parent / (program.name + ".done")).exists():
        return upper
    shutil.rmtree(upper, ignore_errors=True)
    archives = cache / "archives"
    (archives / "partial").mkdir(parents=True, exist_ok=True)
    options = ["-y", "-qq", "--no-install-recommends", "-o", f"Dir::Cache::archives={archives}"]
    fetched = subprocess.run(
        ["apt-get", "install", "--download-only", *options, *program.packages],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if fetched.returncode != 0:
        raise Unavailable(fetched.stderr.strip().splitlines()[-1])
    # Services stay off: nobody asks systemd here, and invoke-rc.d obeys policy-rc.d.
    script = (
        "printf '#!/bin/sh\\nexit 101\\n' >/usr/sbin/policy-rc.d; chmod 755 /usr/sbin/policy-rc.d;"
        'DEBIAN_FRONTEND=noninteractive exec apt-get install --no-download -o Dpkg::Options::=--force-confnew "$@"'
    )
    status = run_in(None, upper, ["bash", "-c", script, "install", *options, *program.packages], 900)
    if status != 0:
        raise Unavailable(f"installing exits with {status}, see {upper}.log")
    (upper.parent / (program.name + ".done")).touch()
    return upper
