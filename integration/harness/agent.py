"""Binaries that do their work elsewhere, so that a caller who has lost system calls can still have them run.

A seccomp filter is handed down to children. In life what is lost is often lost by one program only (by its security
context, say), and the binaries keep what they need. Here the binaries are small clients of a server that has lost
nothing: it runs the real one in the namespace.
"""

from __future__ import annotations

import contextlib
import json
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence

from harness.namespace import Namespace, environment

_CLIENT = """#!{python} -IS
import json, os, socket, sys
request = {{"argv": [{name!r}, *sys.argv[1:]]}}
request["input"] = "" if "--version" in sys.argv else sys.stdin.read()
with socket.socket(socket.AF_UNIX) as server:
    server.connect({address!r})
    server.sendall(json.dumps(request).encode())
    server.shutdown(socket.SHUT_WR)
    answer = json.loads(server.makefile("rb").read())
sys.stdout.write(answer["output"])
sys.stderr.write(answer["error"])
sys.exit(answer["status"])
"""


def _serve(listener: socket.socket, namespace: Namespace) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:  # closed: the end
            return
        with connection, connection.makefile("rb") as stream:
            request = json.loads(stream.read())
            argv = request["argv"]
            done = subprocess.run(
                argv,
                executable=shutil.which(argv[0], path="/usr/sbin:/sbin"),
                input=request["input"],
                capture_output=True,
                text=True,
                preexec_fn=namespace.enter,
                env=environment(),
                check=False,
            )
            answer = {"output": done.stdout, "error": done.stderr, "status": done.returncode}
            connection.sendall(json.dumps(answer).encode())


@contextlib.contextmanager
def served_binaries(namespace: Namespace, variants: Sequence[str]) -> Iterator[pathlib.Path]:
    """A directory with the binaries of these variants, which do their work in `namespace`."""
    with tempfile.TemporaryDirectory(prefix="ferrule-served-") as directory:
        root = pathlib.Path(directory)
        address = str(root / "server")
        for variant in variants:
            for family in ("iptables", "ip6tables"):
                for tool in ("", "-save", "-restore"):
                    name = f"{family}-{variant}{tool}"
                    client = root / name
                    client.write_text(
                        _CLIENT.format(python=sys.executable, name=name, address=address), encoding="utf-8"
                    )
                    client.chmod(0o755)
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(address)
            listener.listen()
            server = threading.Thread(target=_serve, args=(listener, namespace), daemon=True)
            server.start()
            try:
                yield root
            finally:
                listener.shutdown(socket.SHUT_RDWR)
                server.join()
