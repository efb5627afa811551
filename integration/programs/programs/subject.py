"""Who answers to the names of iptables in a run."""

from __future__ import annotations

import os
import pathlib
import shutil
from dataclasses import dataclass

from programs.machine import HERE

PLAIN = [family + tool for family in ("iptables", "ip6tables") for tool in ("", "-save", "-restore")]
NAMED = [
    f"{family}-{variant}{tool}"
    for family in ("iptables", "ip6tables")
    for variant in ("legacy", "nft")
    for tool in ("", "-save", "-restore")
]
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True)
class Subject:
    """`name` is real, forced (ferrule, told the backend) or found (ferrule, which looks for itself)."""

    name: str
    backend: str
    logged: bool  # every call goes through log_call; otherwise nothing stands between program and tool

    @property
    def path(self) -> str:
        return "/opt/names:" + SYSTEM_PATH

    def install(self, upper: pathlib.Path, command: pathlib.Path) -> None:
        """Lays the names into the layer that the run writes to."""
        opt = upper / "opt"
        for folder in (opt / "subject", opt / "names", upper / "out" / "calls", upper / "out" / "steps"):
            folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(command, opt / "ferrule")
        shutil.copy(HERE / "log_call", opt / "log_call")
        shutil.copy(HERE / "steps.sh", opt / "steps.sh")
        (opt / "backend").write_text(self.backend + "\n" if self.name == "forced" else "", encoding="ascii")
        for name in PLAIN + NAMED:
            (opt / "subject" / name).symlink_to(self._answers(name))
            (opt / "names" / name).symlink_to("/opt/log_call" if self.logged else self._answers(name))
        # The system's own choice, which Debian keeps in /etc/alternatives.
        alternatives = upper / "etc" / "alternatives"
        alternatives.mkdir(parents=True, exist_ok=True)
        for name in PLAIN:
            (alternatives / name).symlink_to(f"/usr/sbin/xtables-{self.backend}-multi")
        if self.logged:
            self._take_over(upper)

    # Programs with /sbin/iptables written into them, or with a $PATH of their own, pass by the first place of $PATH.
    def _take_over(self, upper: pathlib.Path) -> None:
        sbin = upper / "usr" / "sbin"
        sbin.mkdir(parents=True, exist_ok=True)
        for name in PLAIN + NAMED:
            path = sbin / name
            if os.path.lexists(path):
                path.unlink()
            path.symlink_to("/opt/log_call")

    def _answers(self, name: str) -> str:
        if self.name != "real":
            return "/opt/ferrule"
        backend = "legacy" if "-legacy" in name else "nft" if "-nft" in name else self.backend
        return f"/usr/sbin/xtables-{backend}-multi"
