"""A case: one thing that must hold, with a name by which it can be asked for."""

from __future__ import annotations

import dataclasses
import time
import traceback
from collections.abc import Callable


class Failure(Exception):
    """Something did not hold. The text says what was expected and what was found."""


@dataclasses.dataclass(frozen=True)
class Case:
    # Parts joined by slashes: suite, then what distinguishes the case, the coarse before the fine.
    name: str
    # Raises Failure, or anything else where the harness itself is at fault.
    action: Callable[[], None]

    @property
    def suite(self) -> str:
        return self.name.split("/", 1)[0]


@dataclasses.dataclass(frozen=True)
class Result:
    name: str
    passed: bool
    seconds: float
    message: str = ""


def run_case(case: Case) -> Result:
    begin = time.monotonic()
    message = ""
    try:
        case.action()
    except Failure as failure:
        message = str(failure) or "failed"
    except Exception:  # a broken harness must not look like a passed case
        message = "the harness broke:\n" + traceback.format_exc()
    return Result(case.name, not message, time.monotonic() - begin, message)


def require(condition: object, message: str) -> None:
    if not condition:
        raise Failure(message)


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 2000 else f"{text[:2000]}… ({len(text)} characters)"


def require_equal(expected: object, found: object, what: str) -> None:
    if expected != found:
        raise Failure(f"{what}: expected {_shown(expected)}, found {_shown(found)}")
