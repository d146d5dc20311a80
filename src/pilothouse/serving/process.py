"""The app as a process: bind, start workers, drain when asked to stop, exit 0."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import gc
import json
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from types import FrameType
from typing import Any, Final
from urllib.parse import urlsplit

import uvicorn
from starlette.middleware.trustedhost import TrustedHostMiddleware

import pilothouse
from pilothouse.draining import KEEP_ALIVE_S, accept_no_more, close_after_answers
from pilothouse.listening import OWN_NAMES, bind, inherited, is_loopback
from pilothouse.notifying import ServiceManager
from pilothouse.serving.app import App
from pilothouse.serving.errors import SetupError
from pilothouse.serving.foreign import OwnPages
from pilothouse.serving.limits import BOARD
from pilothouse.serving.loading import load, named
from pilothouse.serving.supervisor import LISTENER, READY, Supervisor

log = logging.getLogger("pilothouse.serving")
PLAN: Final = "PILOTHOUSE_SERVE_PLAN"
"""How workers, which are processes of their own, hear what to serve."""
STREAMS_END_S: Final = 5.0
"""So long before requests are cut off, streams are told that the server goes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is served, and where."""

    targets: tuple[str, ...]
    host: str = "127.0.0.1"
    port: int = 8000
    descriptor: int | None = None
    """Of a socket that is taken over; host and port are then where it was bound."""
    workers: int = 1
    reload: bool = False
    insecure: bool = False
    store: str | None = None
    websocket: str | None = None
    chat_page: str | None = None
    project: str | None = None
    trace: bool = True
    options: dict[str, Any] = field(default_factory=dict)


def build(plan: Plan) -> App:
    """The app of a plan; raises SetupError."""
    found = [(path, spec, load(spec)) for path, spec in named(plan.targets)]
    if len(found) == 1 and isinstance(found[0][2], App):
        return found[0][2]
    app = App(store=plan.store, **plan.options)
    for path, spec, thing in found:
        if isinstance(thing, App):
            raise SetupError(f"{spec} is an App, which is served alone")
        app.add(path, thing, name=spec.rpartition(":")[2])
    if plan.websocket is not None:
        app.add_websocket(plan.websocket)
    if plan.chat_page is not None:
        app.add_chat_page(plan.chat_page)
    return app


def serve(plan: Plan) -> int:
    """Serve until SIGTERM or Ctrl-C; -> the exit code. Raises SetupError."""
    manager = ServiceManager.of_environment()
    app = build(plan)  # what is wrong with it is said here, once, and not by each worker
    listener = None
    if plan.descriptor is not None:
        listener = inherited(plan.descriptor)
        host, port, *_ = listener.getsockname()
        plan = dataclasses.replace(plan, host=host, port=port)
    if not (is_loopback(plan.host) or app.keys.asked_for or plan.insecure):
        raise SetupError(
            f"{plan.host} can be reached by others and no key is asked for: "
            "give --key-file, or --insecure if that is meant"
        )
    if listener is None:
        listener = bind(plan.host, plan.port)
    os.environ[PLAN] = json.dumps(asdict(plan))
    address = f"http://{_shown(plan.host)}:{listener.getsockname()[1]}"

    def on_ready() -> None:
        _announce(address)
        manager.ready(f"Serving at {address}")

    if plan.reload or plan.workers > 1:
        _log_to_stderr()
        command = [sys.executable, "-m", __name__]
        with _counting_together(app):
            return Supervisor(
                command,
                listener,
                plan.workers,
                reload=plan.reload,
                on_ready=on_ready,
                manager=manager,
            ).run()
    return _run(app, plan, [listener], on_ready, manager)


@contextlib.contextmanager
def _counting_together(app: App) -> Iterator[None]:
    """What a key may ask holds for all workers together."""
    options = app.options
    if not (options.requests_per_minute or options.concurrent_requests):
        yield
        return
    from pilothouse.serving.board import new_board

    board = new_board()
    os.environ[BOARD] = str(board)
    try:
        yield
    finally:
        board.unlink()


def run_worker() -> int:
    """A worker: plan and listener stand in its environment; -> the exit code."""
    given = json.loads(os.environ[PLAN])
    plan = Plan(**{**given, "targets": tuple(given["targets"])})
    _log_to_stderr()
    try:
        app = build(plan)
    except SetupError as error:
        sys.stderr.write(f"pilothouse: {error}\n")
        return 1
    listener = socket.socket(fileno=int(os.environ[LISTENER]))
    return _run(app, plan, [listener], _tell_supervisor, ServiceManager())


def _tell_supervisor() -> None:
    with open(int(os.environ[READY]), "wb", closefd=True) as pipe:  # noqa: PTH123 - no path
        pipe.write(b"1")


class Server(uvicorn.Server):
    """Drains when it is asked to stop."""

    def __init__(
        self,
        config: uvicorn.Config,
        app: App,
        on_ready: Callable[[], None],
        manager: ServiceManager,
    ) -> None:
        super().__init__(config)
        self._app = app
        self._on_ready = on_ready
        self._manager = manager
        self._asked = False
        self._loop: asyncio.AbstractEventLoop | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn does; whoever hears of the address after it may connect at once."""
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets=sockets)
        if not self.should_exit:
            self._on_ready()

    async def on_tick(self, counter: int) -> bool:
        """As uvicorn does ten times a second."""
        self._manager.alive()
        return await super().on_tick(counter)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Drain; asked a second time, leave at once.

        Unlike uvicorn's it does not keep the signal, which would be raised again afterwards: a
        server that was asked to stop and did has succeeded.
        """
        if self._asked or self._loop is None:
            self.should_exit = self.force_exit = True
            return
        self._asked = True
        self._manager.stopping()
        options = self._app.options
        # Somebody at a terminal waits for the prompt; load balancers send SIGTERM.
        delay = options.drain_delay if sig == signal.SIGTERM else 0.0
        self._loop.call_soon_threadsafe(self._drain, delay, options.grace)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn's, which closes idle connections: one just accepted may send its request."""
        await accept_no_more(self)
        await super().shutdown(sockets)

    def _drain(self, delay: float, grace: float) -> None:
        assert self._loop is not None, "a server that runs"
        service = self._app.service
        service.draining = True
        close_after_answers(self)
        self._loop.call_later(delay, self._close)
        self._loop.call_later(delay + max(grace - STREAMS_END_S, grace / 2), service.shut_streams)

    def _close(self) -> None:
        self.should_exit = True


def _guarded(app: App, host: str) -> TrustedHostMiddleware:
    """The app where nobody is asked for a key: for this machine's programs and its own pages."""
    origins = app.options.allowed_origins
    named = [name for name in (urlsplit(origin).hostname for origin in origins) if name]
    pages = OwnPages(app.asgi, origins)
    return TrustedHostMiddleware(pages, [*OWN_NAMES, host, *named], www_redirect=False)


def _run(
    app: App,
    plan: Plan,
    sockets: list[socket.socket],
    on_ready: Callable[[], None],
    manager: ServiceManager,
) -> int:
    if plan.trace:
        pilothouse.init(project=plan.project or _project(plan))
    is_open = is_loopback(plan.host) and not app.keys.asked_for
    config = uvicorn.Config(
        _guarded(app, plan.host) if is_open else app.asgi,
        loop="uvloop" if sys.platform != "win32" else "asyncio",
        http="httptools",
        ws="websockets-sansio",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        ws_max_size=app.options.max_body_bytes,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=max(1, round(app.options.grace)),
    )
    settle()
    server = Server(config, app, on_ready, manager)
    server.run(sockets=sockets)
    pilothouse.shutdown()
    return 0 if server.started else 1


def settle() -> None:
    """Let the garbage collector look at what lives as long as the process no more.

    And seldom at the rest: the spans of many runs wait together and then die at once, which is no
    garbage in cycles. By its defaults it takes a third of a traced request.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def _project(plan: Plan) -> str | None:
    """The name of what is served, unless the environment says another."""
    if "PILOTHOUSE_PROJECT" in os.environ or "OTEL_SERVICE_NAME" in os.environ:
        return None
    return plan.targets[0].rpartition("=")[2].partition(":")[0]


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


def _announce(address: str) -> None:
    sys.stderr.write(f"Serving at {address}\n")
    sys.stderr.flush()


def _log_to_stderr() -> None:
    logging.basicConfig(
        stream=sys.stderr, level="INFO", format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    for noisy in ("httpx", "uvicorn", "asyncio"):
        logging.getLogger(noisy).setLevel("WARNING")


if __name__ == "__main__":
    sys.exit(run_worker())
