"""Several `pilothouse serve`, each on a port of its own, over one PostgreSQL."""

from __future__ import annotations

import os
import signal
import subprocess
import textwrap
import time
from pathlib import Path
from typing import Final

import httpx

from command_line import command, environment
from servers import free_port

START_S: Final = 120
APP: Final = """
    import asyncio, os
    from collections.abc import AsyncIterator
    from pathlib import Path

    from pilothouse.serving import App

    async def who(text: str) -> str:
        await asyncio.sleep(0.01)
        return str(os.getpid())

    async def drip(gate: str) -> AsyncIterator[str]:
        # the first piece, and the last only once whoever reads has seen the first
        yield f"{os.getpid()} "
        while not Path(gate).exists():
            await asyncio.sleep(0.01)
        yield "last"

    async def once(note: str) -> str:
        # leaves a line a call, and ends only by a kill
        with open(note, "a") as file:
            file.write(f"{os.getpid()}\\n")
        await asyncio.sleep(600)
        return "never"

    async def remember(text: str, history: list) -> str:
        return " ".join([*(m["content"] for m in history if m["role"] == "user"), text])

    app = App(store=os.environ["PILOTHOUSE_SERVE_STORE"])
    for target in (who, drip, once, remember):
        app.add(f"/{target.__name__}", target, name=target.__name__)
    app.add_websocket("/ws", name="drip")
"""


class Worker:
    """One process; may be killed and started again on its port."""

    def __init__(self, folder: Path, store: str, *arguments: str, **environ: str) -> None:
        (folder / "my_app.py").write_text(textwrap.dedent(APP))
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.arguments = ("my_app:app", "--port", str(self.port), "--no-trace", *arguments)
        self.environ = {"PILOTHOUSE_SERVE_STORE": store, **environ}
        self.log = folder / f"worker-{self.port}.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> Worker:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command("serve", *self.arguments),
                cwd=self.folder,
                env=environment(**self.environ),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        end = time.monotonic() + START_S
        while time.monotonic() < end:
            assert self.process.poll() is None, self.log.read_text()
            try:
                if httpx.get(f"{self.url}/readyz").status_code == 200:
                    return self
            except httpx.HTTPError:
                time.sleep(0.02)
        raise AssertionError(self.log.read_text())

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def stop(self) -> int:
        """Its exit code after SIGTERM."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)

    def kill(self) -> None:
        assert self.process is not None
        if self.process.poll() is None:
            os.killpg(self.pid, signal.SIGKILL)
        self.process.wait()
