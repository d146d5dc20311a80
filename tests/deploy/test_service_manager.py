"""What systemd is told, and sockets that it hands over."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from command_line import command, environment, run_command
from pilothouse.notifying import ServiceManager
from pilothouse.search import Index, split
from search_world import documents

APP = "async def answer(text: str) -> str:\n    return text.upper()\n"


class Manager:
    """The socket that a service manager listens on, and what it was told."""

    def __init__(self, path: Path) -> None:
        self.address = str(path / "notify")
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self.address)
        self._socket.settimeout(120)

    def hears(self, wanted: str) -> dict[str, str]:
        """The next message that has this assignment; what comes before is passed over."""
        while True:
            lines = self._socket.recv(4096).decode().splitlines()
            if wanted in lines:
                return dict(line.split("=", 1) for line in lines)

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    listening = Manager(tmp_path)
    yield listening
    listening.close()


@pytest.fixture
def handed() -> Iterator[socket.socket]:
    """A bound socket that no process of ours has made."""
    with socket.create_server(("127.0.0.1", 0), backlog=512) as bound:
        yield bound


class Service:
    """A process as systemd starts it: its socket is number 3."""

    def __init__(self, folder: Path, handed: socket.socket, *words: str, **environ: str) -> None:
        shell = f'exec 3<&{handed.fileno()}; exec "$@"'
        with (folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                ["bash", "-c", shell, "bash", *command(*words, "--fd", "3")],
                cwd=folder,
                env=environment(**environ),
                pass_fds=(handed.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)

    def kill(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def address_of(handed: socket.socket) -> str:
    return f"http://127.0.0.1:{handed.getsockname()[1]}"


def test_nobody_is_told_where_nobody_listens(caplog: pytest.LogCaptureFixture) -> None:
    nobody = ServiceManager.of_environment({})
    gone = ServiceManager("/nowhere/at/all", watchdog_s=10)

    nobody.ready("here")
    nobody.alive()
    gone.alive()
    gone.alive()

    assert caplog.text.count("was not told") == 1


def test_children_inherit_no_manager_and_others_watchdogs_are_not_ours(manager: Manager) -> None:
    environ = {"NOTIFY_SOCKET": manager.address, "WATCHDOG_USEC": "20", "WATCHDOG_PID": "1"}

    found = ServiceManager.of_environment(environ)
    found.alive()
    found.ready("two\nlines")

    assert environ == {}
    assert manager.hears("READY=1")["STATUS"] == "two lines"


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_served_app_says_that_it_is_ready_lives_and_goes(
    tmp_path: Path, manager: Manager, handed: socket.socket, workers: str
) -> None:
    (tmp_path / "my_app.py").write_text(APP)
    environ = {"NOTIFY_SOCKET": manager.address, "WATCHDOG_USEC": "600000"}
    environ |= {"PILOTHOUSE_SERVE_DRAIN_DELAY": "0"}
    words = ("serve", "my_app:answer", "--no-trace", "--workers", workers)
    service = Service(tmp_path, handed, *words, **environ)
    try:
        told = manager.hears("READY=1")
        asked = httpx.post(f"{address_of(handed)}/invoke", json={"input": "hello"})
        manager.hears("WATCHDOG=1")
        manager.hears("WATCHDOG=1")
        code = service.stop()
        manager.hears("STOPPING=1")
    finally:
        service.kill()

    assert told["MAINPID"] == str(service.process.pid)
    assert address_of(handed) in told["STATUS"]
    assert asked.json()["output"] == "HELLO"
    assert code == 0


@pytest.mark.slow
def test_the_server_says_that_it_is_ready_lives_and_goes(
    tmp_path: Path, manager: Manager, handed: socket.socket
) -> None:
    environ = {"NOTIFY_SOCKET": manager.address, "WATCHDOG_USEC": "9000000"}
    words = ("up", "--data", str(tmp_path / "data"), "--otlp-grpc-port", "0")
    service = Service(tmp_path, handed, *words, **environ)
    try:
        told = manager.hears("READY=1")
        ready = httpx.get(f"{address_of(handed)}/readyz")
        manager.hears("WATCHDOG=1")
        code = service.stop()
        manager.hears("STOPPING=1")
    finally:
        service.kill()

    assert address_of(handed) in told["STATUS"]
    assert ready.status_code == 200
    assert code == 0


@pytest.mark.slow
def test_a_served_index_says_that_it_is_ready_lives_and_goes(
    tmp_path: Path, manager: Manager
) -> None:
    Index.build(split(documents()), "hash:64").save(tmp_path / "ix")
    environ = {"NOTIFY_SOCKET": manager.address, "WATCHDOG_USEC": "600000"}
    words = ("search", "serve", str(tmp_path / "ix"), "--port", "0", "--no-trace")
    service = subprocess.Popen(command(*words), env=environment(**environ))
    try:
        told = manager.hears("READY=1")
        manager.hears("WATCHDOG=1")
        service.send_signal(signal.SIGTERM)
        manager.hears("STOPPING=1")
        code = service.wait(60)
    finally:
        service.kill()
        service.wait()

    assert told["MAINPID"] == str(service.pid)
    assert code == 0


@pytest.mark.slow
def test_what_connects_while_a_service_is_restarted_is_answered_by_the_next(
    tmp_path: Path, handed: socket.socket
) -> None:
    (tmp_path / "my_app.py").write_text(APP)
    words = ("serve", "my_app:answer", "--no-trace")
    statuses: list[Any] = []
    enough = threading.Event()

    def ask() -> None:
        while not enough.is_set():
            try:
                given = {"json": {"input": "x"}, "timeout": 60}
                statuses.append(httpx.post(f"{address_of(handed)}/invoke", **given).status_code)
            except httpx.HTTPError as error:
                statuses.append(error)

    first = Service(tmp_path, handed, *words, PILOTHOUSE_SERVE_DRAIN_DELAY="0")
    second = None
    asking = [threading.Thread(target=ask) for _ in range(3)]
    for each in asking:
        each.start()
    try:
        until(lambda: len(statuses) > 20)
        code = first.stop()
        second = Service(tmp_path, handed, *words)
        reached = len(statuses)
        until(lambda: len(statuses) > reached + 20)
    finally:
        enough.set()
        for each in asking:
            each.join()
        for service in (first, second):
            if service is not None:
                service.kill()

    assert code == 0
    assert set(statuses) == {200}


@pytest.mark.parametrize("descriptor", ["0", "99"])
def test_what_is_no_socket_is_refused_in_one_line(tmp_path: Path, descriptor: str) -> None:
    (tmp_path / "my_app.py").write_text(APP)
    words = ["serve", "my_app:answer", "--fd", descriptor]

    done = run_command(words, "", environment(PYTHONPATH=str(tmp_path)))

    assert done.returncode == 1
    assert done.stderr.startswith(f"pilothouse: file descriptor {descriptor} is no ")
    assert done.stderr.count("\n") == 1


def until(true: Any, timeout_s: float = 60) -> None:
    end = time.monotonic() + timeout_s
    while not true():
        assert time.monotonic() < end, "it never became so"
        time.sleep(0.02)
