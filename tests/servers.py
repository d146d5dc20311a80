"""Real server processes for tests, each on a folder and a port of its own."""

from __future__ import annotations

import atexit
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn

START_S = 200
"""So long only where many others use the processor."""


def free_port() -> int:
    """A port that stays free for who asks for it by number: nobody else is given it any more.

    A socket that is bound and does not listen keeps it so, on Linux; elsewhere it would keep the
    port from its server too.
    """
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as those who listen on it do
    held.bind(("127.0.0.1", 0))
    port = int(held.getsockname()[1])
    if sys.platform == "linux":
        atexit.register(held.close)
    else:
        held.close()
    return port


@contextmanager
def serving(app: Any, *, whole: bool = False) -> Iterator[str]:
    """The address of an ASGI application, which this process serves; it may be called at once.

    `whole` serves its WebSockets and its lifespan too.
    """
    config = uvicorn.Config(
        app,
        log_level="error",
        lifespan="on" if whole else "off",
        ws="websockets-sansio" if whole else "none",
        timeout_graceful_shutdown=15,
    )
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


class ServerProcess:
    """`pilothouse up` on a folder; may be killed and started again on the same one."""

    def __init__(self, data: Path, *arguments: str, environ: dict[str, str] | None = None) -> None:
        self.data = data
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.arguments = arguments
        self.environ = environ or {}
        self.log = data.parent / f"{data.name}.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> ServerProcess:
        """Return once the server is ready; raises with the end of its log if it is not."""
        environ = {
            k: v for k, v in os.environ.items() if not k.startswith(("PILOTHOUSE_", "OTEL_"))
        }
        command = [str(Path(sys.executable).parent / "pilothouse"), "up", "--port", str(self.port)]
        command += ["--data", str(self.data), *self.arguments]
        if "--otlp-grpc-port" not in command:
            command += ["--otlp-grpc-port", "0"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environ | self.environ,
                start_new_session=True,
            )
        end = time.monotonic() + START_S
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise AssertionError(
                    f"exited with {self.process.returncode}: {self.said()[-2000:]}"
                )
            try:
                with urllib.request.urlopen(f"{self.url}/readyz", timeout=5) as answer:
                    if answer.status == 200:
                        return self
            except OSError:
                time.sleep(0.05)
        raise AssertionError(f"not ready after {START_S} s: {self.said()[-2000:]}")

    def said(self) -> str:
        """What it wrote to standard error so far."""
        return self.log.read_text("utf-8", "replace") if self.log.exists() else ""

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Its exit code after the signal."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(200)

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: dict[str, str] | None = None,
    ) -> tuple[int, Any]:
        """Status and body, parsed where it is JSON; `body` is bytes, or sent as JSON."""
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        request = urllib.request.Request(
            self.url + path,
            data=data,
            method=method,
            headers={"Content-Type": "application/json", **(headers or {})},
        )
        try:
            with urllib.request.urlopen(request, timeout=200) as answer:
                status, raw, kind = answer.status, answer.read(), answer.headers.get_content_type()
        except urllib.error.HTTPError as e:
            status, raw, kind = e.code, e.read(), e.headers.get_content_type()
        return status, json.loads(raw) if kind == "application/json" and raw else raw

    def get(self, path: str) -> Any:
        """The body of a 200; asserts that it is one."""
        status, body = self.call("GET", path)
        assert status == 200, f"GET {path}: {status} {body!r}"
        return body

    def count(self, **question: Any) -> int:
        """How many spans the API sees."""
        status, body = self.call("POST", "/api/v1/spans/count", question)
        assert status == 200, body
        return int(body["count"])


@pytest.fixture
def server_in(tmp_path: Path) -> Iterator[Any]:
    """Makes servers, each on a folder of its own below the test's; all are stopped at the end."""
    made: list[ServerProcess] = []

    def make(*arguments: str, name: str = "data", **more: Any) -> ServerProcess:
        server = ServerProcess(tmp_path / name, *arguments, **more)
        made.append(server)
        return server.start()

    yield make
    for server in made:
        if server.process is not None and server.process.poll() is None:
            server.process.kill()
            server.process.wait()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """One server for the tests of a module."""
    folder = tmp_path_factory.mktemp("server")
    # Without retention: some tests send spans of 1970 and count them.
    kept = {"PILOTHOUSE_RETENTION_DAYS": "0"}
    started = ServerProcess(folder / "data", environ=kept).start()
    yield started
    code = started.stop()
    shutil.rmtree(folder, ignore_errors=True)
    assert code == 0, started.said()[-2000:]
