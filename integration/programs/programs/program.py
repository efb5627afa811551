"""What a case says about itself in its first lines, each `# word: value`."""

from __future__ import annotations

import pathlib
import re
from dataclasses import dataclass

HEADER = re.compile(r"^# (packages|ignore|alike|order|unread): (.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Program:
    name: str
    script: pathlib.Path
    packages: tuple[str, ...]
    # Regular expressions: lines that match are not compared, and what matches counts as equal (times, random names …).
    ignored: tuple[str, ...]
    alike: tuple[str, ...]
    # Calls that match are made for their exit status or a part of what they say (help, say): that is not compared.
    unread: tuple[str, ...]
    # It makes its calls now in this order, now in that ("# order: any").
    any_order: bool


def read_program(script: pathlib.Path) -> Program:
    said: dict[str, list[str]] = {"packages": [], "ignore": [], "alike": [], "order": [], "unread": []}
    for word, value in HEADER.findall(script.read_text(encoding="utf-8")):
        said[word].append(value)
    packages = " ".join(said["packages"]).split()
    ignored, alike = tuple(said["ignore"]), tuple(said["alike"])
    unread, any_order = tuple(said["unread"]), "any" in said["order"]
    return Program(script.stem, script, tuple(packages), ignored, alike, unread, any_order)


def all_programs(folder: pathlib.Path) -> list[Program]:
    return [read_program(script) for script in sorted(folder.glob("*.sh"))]
