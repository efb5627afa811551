"""The command line of integration/programs/run."""

from __future__ import annotations

import argparse
import os
import pathlib
import shutil
import sys
from collections.abc import Sequence

from programs.machine import HERE, Unavailable, image_of, run_in
from programs.outcome import Outcome, differences, read_outcome
from programs.program import Program, all_programs
from programs.subject import Subject

REPOSITORY = HERE.parent.parent
BACKENDS = ("legacy", "nft")
SECONDS = 900.0


def parse_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="integration/programs/run",
        description="Runs real programs with the real iptables and with ferrule in its place, and compares.",
        epilog="Exit status: 0 when nothing differs, 1 when something does, 2 when a program could not be run.",
    )
    parser.add_argument("programs", nargs="*", metavar="PROGRAM", help="default: all")
    parser.add_argument("--list", action="store_true", help="print the names of the programs and exit")
    parser.add_argument("--backend", choices=BACKENDS, action="append", help="default: both")
    parser.add_argument("--time", action="store_true", help="measure instead: nothing between program and tool")
    parser.add_argument("--command", type=pathlib.Path, help="the ferrule command (default: build/release/bin/ferrule)")
    parser.add_argument("--cache", type=pathlib.Path, help="packages, images and results (default: build/programs)")
    return parser.parse_args(arguments)


class Runner:
    def __init__(self, command: pathlib.Path, cache: pathlib.Path) -> None:
        self.command = command
        self.cache = cache

    def run(self, program: Program, subject: Subject) -> Outcome:
        image = image_of(program, self.cache)
        kind = subject.name if subject.logged else f"{subject.name}-bare"
        upper = self.cache / "runs" / program.name / f"{subject.backend}-{kind}"
        shutil.rmtree(upper, ignore_errors=True)
        upper.mkdir(parents=True)
        subject.install(upper, self.command)
        shutil.copy(program.script, upper / "opt" / "case.sh")
        environment = [f"PATH={subject.path}", f"BACKEND={subject.backend}"]
        if subject.name == "forced":
            environment.append(f"FERRULE_BACKEND={subject.backend}")
        status = run_in(image, upper, [*environment, "bash", "/opt/case.sh"], SECONDS)
        if status != 0:
            raise Unavailable(f"{subject.backend}/{subject.name}: the case exits with {status}, see {upper}.log")
        return read_outcome(upper / "out", program)


def compare(runner: Runner, program: Program, backend: str) -> int:
    real = runner.run(program, Subject("real", backend, True))
    found = 0
    summary = f"{len(real.steps)} steps, {len(real.calls)} calls"
    for name, logged in (("forced", True), ("found", False)):
        other = runner.run(program, Subject(name, backend, logged))
        count = 0
        for difference in differences(real, other):
            print(f"--- {program.name}, {backend}, {name}: {difference}\n", file=sys.stderr)
            count += 1
        print(f"{program.name:24} {backend:7} {name:7} {'equal' if count == 0 else f'{count} differences':16} {summary}")
        sys.stdout.flush()
        found += count
    return found


def measure(runner: Runner, program: Program, backend: str) -> None:
    real = runner.run(program, Subject("real", backend, False))
    ours = runner.run(program, Subject("forced", backend, False))
    for mine, theirs in zip(real.steps, ours.steps, strict=False):
        print(
            f"{program.name:16} {backend:7} {mine.what:40.40} real {mine.microseconds / 1e6:8.3f} s"
            f"   ferrule {theirs.microseconds / 1e6:8.3f} s"
        )
    sys.stdout.flush()


def main(arguments: Sequence[str] | None = None) -> int:
    options = parse_arguments(arguments)
    programs = all_programs(HERE / "cases")
    if options.list:
        print("\n".join(program.name for program in programs))
        return 0
    unknown = set(options.programs) - {program.name for program in programs}
    if unknown:
        print(f"no such program: {', '.join(sorted(unknown))}", file=sys.stderr)
        return 2
    command = options.command or REPOSITORY / "build" / "release" / "bin" / "ferrule"
    if os.geteuid() != 0 or not command.exists():
        print(f"needs root, and {command}", file=sys.stderr)
        return 2
    runner = Runner(command, (options.cache or REPOSITORY / "build" / "programs").resolve())
    status = 0
    for program in programs:
        if options.programs and program.name not in options.programs:
            continue
        for backend in options.backend or BACKENDS:
            try:
                if options.time:
                    measure(runner, program, backend)
                elif compare(runner, program, backend) > 0:
                    status = max(status, 1)
            except Unavailable as why:
                print(f"{program.name:24} {backend:7} not run: {why}")
                status = 2
                break
    return status
