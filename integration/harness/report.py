"""What is shown while cases run, and what is left when they have: a table, JSON, JUnit."""

from __future__ import annotations

import json
import pathlib
import sys
import xml.etree.ElementTree as xml
from collections.abc import Sequence

from harness.case import Result


class Progress:
    """One line, rewritten, on a terminal; a line for every tenth part elsewhere. Failures are shown when they happen."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._done = 0
        self._failed = 0
        self._terminal = sys.stderr.isatty()

    def add(self, result: Result) -> None:
        self._done += 1
        if not result.passed:
            self._failed += 1
            self._clear()
            print(f"FAILED {result.name}\n  " + result.message.replace("\n", "\n  "), file=sys.stderr)
        if self._terminal:
            print(f"\r\033[K{self._status()}  {result.name[:80]}", end="", file=sys.stderr, flush=True)
        elif self._done * 10 // self._total != (self._done - 1) * 10 // self._total:
            print(self._status(), file=sys.stderr, flush=True)

    def finish(self) -> None:
        self._clear()

    def _status(self) -> str:
        return f"{self._done} of {self._total}" + (f", {self._failed} failed" if self._failed else "")

    def _clear(self) -> None:
        if self._terminal:
            print("\r\033[K", end="", file=sys.stderr)


def group_of(name: str) -> str:
    return "/".join(name.split("/")[:2])


def print_table(results: Sequence[Result]) -> None:
    groups: dict[str, list[Result]] = {}
    for result in results:
        groups.setdefault(group_of(result.name), []).append(result)
    width = max([len(group) for group in groups] + [5])
    print(f"{'group':<{width}}  {'passed':>6}  {'failed':>6}  {'seconds':>8}")
    for group, members in groups.items():
        passed = sum(r.passed for r in members)
        seconds = sum(r.seconds for r in members)
        print(f"{group:<{width}}  {passed:>6}  {len(members) - passed:>6}  {seconds:>8.1f}")
    passed = sum(r.passed for r in results)
    print(f"{passed} passed, {len(results) - passed} failed")


def write_json(results: Sequence[Result], path: pathlib.Path) -> None:
    passed = sum(r.passed for r in results)
    document = {
        "passed": passed,
        "failed": len(results) - passed,
        "cases": [
            {"name": r.name, "passed": r.passed, "seconds": round(r.seconds, 3)}
            | ({"message": r.message} if r.message else {})
            for r in results
        ],
    }
    path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


def write_junit(results: Sequence[Result], path: pathlib.Path) -> None:
    root = xml.Element("testsuites")
    suites: dict[str, list[Result]] = {}
    for result in results:
        suites.setdefault(result.name.split("/", 1)[0], []).append(result)
    for name, members in suites.items():
        suite = xml.SubElement(
            root,
            "testsuite",
            name=name,
            tests=str(len(members)),
            failures=str(sum(not r.passed for r in members)),
            time=f"{sum(r.seconds for r in members):.3f}",
        )
        for result in members:
            case = xml.SubElement(
                suite, "testcase", classname=name, name=result.name, time=f"{result.seconds:.3f}"
            )
            if not result.passed:
                first_line = result.message.splitlines()[0] if result.message else "failed"
                xml.SubElement(case, "failure", message=first_line).text = result.message
    xml.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)
