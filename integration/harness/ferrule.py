"""The command under test."""

from __future__ import annotations

import dataclasses
import json
import pathlib
import subprocess
from collections.abc import Callable, Sequence

from harness.case import Failure
from harness.namespace import Namespace, environment


@dataclasses.dataclass(frozen=True)
class Completed:
    arguments: Sequence[str]
    status: int
    output: str
    error: str

    def must(self) -> Completed:
        if self.status != 0:
            raise Failure(f"ferrule {' '.join(self.arguments)}: exit status {self.status}\n{self.error}")
        return self

    def json(self) -> dict:
        self.must()
        try:
            return json.loads(self.output)
        except ValueError:
            raise Failure(f"ferrule {' '.join(self.arguments)} prints no JSON:\n{self.output}") from None


@dataclasses.dataclass(frozen=True)
class Ferrule:
    command: pathlib.Path

    def run(
        self,
        arguments: Sequence[str],
        *,
        text: str = "",
        inside: Namespace | None = None,
        path: str | None = None,
        prepare: Callable[[], None] | None = None,
        keep_descriptors: Sequence[int] = (),
    ) -> Completed:
        """Runs `ferrule ARGUMENTS`, in the namespace `inside` if given, with `path` as its $PATH.

        `prepare` is called in the child, last before it becomes ferrule.
        """

        def before_exec() -> None:
            if inside is not None:
                inside.enter()
            if prepare is not None:
                prepare()

        done = subprocess.run(
            [str(self.command), *arguments],
            input=text,
            capture_output=True,
            text=True,
            preexec_fn=before_exec,
            env=environment(**({"PATH": path} if path is not None else {})),
            pass_fds=tuple(keep_descriptors),
            timeout=120,
            check=False,
        )
        return Completed(arguments, done.returncode, done.stdout, done.stderr)
