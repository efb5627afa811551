"""The four places where node agents work, by where $PATH and the namespace come from."""

from __future__ import annotations

import dataclasses

from harness.ferrule import Completed, Ferrule
from harness.namespace import Namespace


@dataclasses.dataclass(frozen=True)
class Context:
    name: str
    # Whether ferrule starts in the namespace it works in, or is told of another one.
    starts_inside: bool

    def run(self, ferrule: Ferrule, namespace: Namespace, arguments: list[str], path: str, **more: object) -> Completed:
        arguments = [*arguments, "--context", self.name]
        if self.starts_inside:
            return ferrule.run(arguments, inside=namespace, path=path, **more)
        with Namespace() as elsewhere:
            return ferrule.run([*arguments, "--netns", namespace.path], inside=elsewhere, path=path, **more)


CONTEXTS = (
    Context("cni-plugin", starts_inside=False),
    Context("init-container", starts_inside=True),
    Context("agent-in-pod", starts_inside=False),
    Context("agent-on-host", starts_inside=True),
)
