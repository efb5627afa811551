"""What a run left in /out, and how two runs differ."""

from __future__ import annotations

import difflib
import pathlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from programs.program import Program

# Packets that the namespace's own devices send, and clocks.
VOLATILE = (
    (re.compile(r"\[\d+:\d+\]"), "[n:n]"),
    (re.compile(r"counter packets \d+ bytes \d+"), "counter"),
    (re.compile(r"^# (Generated|Completed).*$", re.MULTILINE), "# then"),
    (re.compile(r" v1\.8\.9 on .*$", re.MULTILINE), " v1.8.9"),
    (re.compile(r"/tmp/[\w./-]+"), "/tmp/some"),
    (re.compile(r"^( *\d+[KMG]? +){2}", re.MULTILINE), "n n "),
    (re.compile(r"\d+[KMG]? packets, \d+[KMG]? bytes"), "n packets, n bytes"),
    # Legacy tables that listing them has made; ferrule lists without making any.
    (re.compile(r"^\*\w+\n(:\w+ ACCEPT \[n:n\]\n)+COMMIT\n", re.MULTILINE), ""),
)


@dataclass
class Step:
    what: str
    texts: dict[str, str]  # rc, out, err, state
    microseconds: int


@dataclass
class Call:
    line: str
    texts: dict[str, str]  # in, rc, out, err


@dataclass
class Outcome:
    any_order: bool
    steps: list[Step] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)


def _read(path: pathlib.Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""


def _settle(text: str, program: Program) -> str:
    for pattern, instead in VOLATILE:
        text = pattern.sub(instead, text)
    for pattern in program.alike:
        text = re.sub(pattern, "…", text)
    for pattern in program.ignored:
        text = "".join(line for line in text.splitlines(keepends=True) if not re.search(pattern, line))
    return text


def read_outcome(out: pathlib.Path, program: Program) -> Outcome:
    outcome = Outcome(program.any_order)
    for what in sorted((out / "steps").glob("*.what")):
        texts = {kind: _settle(_read(what.with_suffix("." + kind)), program) for kind in ("rc", "out", "err", "state")}
        outcome.steps.append(Step(_read(what).strip(), texts, int(_read(what.with_suffix(".us")) or 0)))
    for line in sorted((out / "calls").glob("*.call")):
        base = str(line)[: -len(".call")]
        called = _settle(_read(line).strip(), program)
        unread = any(re.search(pattern, called) for pattern in program.unread)
        kinds = ("in", "rc") if unread else ("in", "rc", "out", "err")
        texts = {kind: _settle(_read(pathlib.Path(f"{base}.{kind}")), program) for kind in kinds}
        outcome.calls.append(Call(called, texts))
    return outcome


def _diff(before: str, after: str, limit: int) -> list[str]:
    lines = list(difflib.unified_diff(before.splitlines(), after.splitlines(), "real", "ferrule", lineterm="", n=1))
    return [*lines[:limit], f"… {len(lines) - limit} more lines"] if len(lines) > limit else lines


def differences(real: Outcome, other: Outcome, limit: int = 40) -> Iterator[str]:
    """One text per difference: first of the calls, whose cause is near, then of the steps."""
    if real.calls and other.calls:
        yield from _call_differences(real, other, limit)
    if [step.what for step in real.steps] != [step.what for step in other.steps]:
        yield "\n".join(["the steps differ", *_diff(*("\n".join(s.what for s in o.steps) for o in (real, other)), limit)])
    for mine, theirs in zip(real.steps, other.steps, strict=False):
        for kind, text in mine.texts.items():
            if text != theirs.texts[kind]:
                yield "\n".join([f"step '{mine.what}': {kind}", *_diff(text, theirs.texts[kind], limit)])


def _call_differences(real: Outcome, other: Outcome, limit: int) -> Iterator[str]:
    lines = [[call.line for call in outcome.calls] for outcome in (real, other)]
    if lines[0] != lines[1] and real.any_order and sorted(lines[0]) == sorted(lines[1]):
        yield from _differences_in_another_order(real, other, limit)
        return
    if lines[0] != lines[1]:
        yield "\n".join(["the calls differ", *_diff(*("\n".join(c.line for c in o.calls) for o in (real, other)), limit)])
    matcher = difflib.SequenceMatcher(a=[c.line for c in real.calls], b=[c.line for c in other.calls], autojunk=False)
    for block in matcher.get_matching_blocks():
        for offset in range(block.size):
            mine, theirs = real.calls[block.a + offset], other.calls[block.b + offset]
            for kind, text in mine.texts.items():
                if text != theirs.texts[kind]:
                    where = f"call {block.a + offset + 1} `{mine.line[:400]}`: {kind}"
                    yield "\n".join([where, *_diff(text, theirs.texts[kind], limit)])


def _differences_in_another_order(real: Outcome, other: Outcome, limit: int) -> Iterator[str]:
    """What a call prints depends on those before it; how often it ends in which way does not."""
    ends: list[dict[str, list[str]]] = []
    for outcome in (real, other):
        of_line: dict[str, list[str]] = {}
        for call in outcome.calls:
            of_line.setdefault(call.line, []).append(call.texts["rc"] + call.texts.get("err", ""))
        ends.append(of_line)
    for line, mine in ends[0].items():
        theirs = ends[1][line]
        if sorted(mine) != sorted(theirs):
            where = f"all calls `{line[:400]}`, in whatever order: how they end"
            yield "\n".join([where, *_diff("".join(sorted(mine)), "".join(sorted(theirs)), limit)])
