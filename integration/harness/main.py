"""The command line of the harness."""

from __future__ import annotations

import argparse
import fnmatch
import multiprocessing
import os
import pathlib
import shutil
import sys
from collections.abc import Iterator, Sequence

from harness import report
from harness.case import Case, Result, run_case
from harness.ferrule import Ferrule
from suites import decision, fallback, kernels, pods, restrictions

SUITES = (decision, fallback, restrictions, pods, kernels)
REPOSITORY = pathlib.Path(__file__).resolve().parent.parent.parent


def default_command() -> pathlib.Path | None:
    built = [REPOSITORY / "build" / preset / "bin" / "ferrule" for preset in ("release", "dev", "asan")]
    found = [path for path in built if path.exists()]
    if found:
        return max(found, key=lambda path: path.stat().st_mtime)
    installed = shutil.which("ferrule")
    return pathlib.Path(installed) if installed else None


def parse_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="integration/run",
        description="Drives the ferrule command in the places where node agents run, and says what passed.",
        epilog="Exit status: 0 when all cases passed, 1 when some failed, 2 when they could not be run.",
    )
    parser.add_argument("--list", action="store_true", help="print the names of the cases and exit")
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="PATTERN",
        help="only cases whose name matches (shell pattern, or a prefix that ends at a slash); may be repeated",
    )
    parser.add_argument("--command", type=pathlib.Path, help="the ferrule command (default: the newest build)")
    parser.add_argument("--jobs", type=int, default=1, help="cases that run at the same time (default: 1)")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="write the results as JSON")
    parser.add_argument("--junit", type=pathlib.Path, metavar="FILE", help="write the results as JUnit XML")
    return parser.parse_args(arguments)


def matches(name: str, pattern: str) -> bool:
    return fnmatch.fnmatchcase(name, pattern) or name.startswith(pattern.rstrip("/") + "/")


def run_all(cases: Sequence[Case], jobs: int) -> Iterator[Result]:
    if jobs <= 1:
        yield from map(run_case, cases)
        return
    # Forked workers have the cases already; only their numbers are sent.
    global _cases
    _cases = cases
    with multiprocessing.get_context("fork").Pool(jobs) as pool:
        yield from pool.imap_unordered(_run_number, range(len(cases)), chunksize=4)


_cases: Sequence[Case] = ()


def _run_number(number: int) -> Result:
    return run_case(_cases[number])


def main(arguments: Sequence[str] | None = None) -> int:
    options = parse_arguments(arguments)
    command = options.command or default_command()
    if command is None or not command.exists():
        print("integration/run: there is no ferrule command; build one, or give --command", file=sys.stderr)
        return 2
    cases = [case for suite in SUITES for case in suite.cases(Ferrule(command.resolve()))]
    if options.only:
        cases = [case for case in cases if any(matches(case.name, pattern) for pattern in options.only)]
    if options.list:
        print("\n".join(case.name for case in cases))
        return 0
    if not cases:
        print("integration/run: no case has such a name", file=sys.stderr)
        return 2
    if os.geteuid() != 0:
        print("integration/run: needs root, or `unshare -Ur --map-auto`, to make namespaces", file=sys.stderr)
        return 2
    progress = report.Progress(len(cases))
    results = []
    for result in run_all(cases, options.jobs):
        progress.add(result)
        results.append(result)
    progress.finish()
    order = {case.name: number for number, case in enumerate(cases)}
    results.sort(key=lambda result: order[result.name])
    report.print_table(results)
    if options.json:
        report.write_json(results, options.json)
    if options.junit:
        report.write_junit(results, options.junit)
    return 0 if all(result.passed for result in results) else 1
