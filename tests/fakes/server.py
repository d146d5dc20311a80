"""A real Pilothouse server in a process of its own, on a port of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src"
START = """
import sys
from pathlib import Path
from pilothouse.platform.run import serve
from pilothouse.platform.settings import Settings
serve(Settings(port=0, otlp_grpc_port=0, data=Path(sys.argv[1]), demo=sys.argv[2] == "demo"))
"""


@contextmanager
def server(data: Path, *, demo: bool = False) -> Iterator[str]:
    """The address of a running server."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PILOTHOUSE")}
    environment["PYTHONPATH"] = str(SOURCE)
    with subprocess.Popen(
        [sys.executable, "-c", START, str(data), "demo" if demo else ""],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        try:
            said = []
            for line in process.stderr:
                said.append(line)
                if line.startswith("Pilothouse is at "):
                    break
            else:
                raise RuntimeError("".join(said))
            yield line.split()[-1]
        finally:
            process.send_signal(signal.SIGTERM)
            process.stderr.read()
            process.wait(30)
