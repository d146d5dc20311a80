"""The server as a process: bind, open the stores, serve, and leave in good order."""

from __future__ import annotations

import dataclasses
import gc
import importlib
import json
import logging
import socket
import sys
import threading
import webbrowser

from pilothouse.draining import KEEP_ALIVE_S
from pilothouse.listening import bind, inherited, is_loopback
from pilothouse.notifying import ServiceManager
from pilothouse.platform.allocator import keep_freed_memory, let_go_of_start
from pilothouse.platform.settings import Settings

log = logging.getLogger("pilothouse")

STOP_S = 8
"""How long answers that are under way may take once the server was asked to stop."""


def serve(settings: Settings, *, descriptor: int | None = None) -> None:
    """Run until SIGTERM or Ctrl-C; then answer what was accepted, commit, and return.

    `descriptor` is of a socket that was bound for it; else it binds the one of its settings.
    Raises CannotListen where the address cannot be had; for the rest see `open_platform`.
    """
    # What is made while the server starts mostly stays: looking for garbage would be in vain.
    gc.disable()
    _import_fastapi()

    import uvicorn

    from pilothouse.platform.app import create_app, open_platform
    from pilothouse.platform.server import Server

    _log_to_stderr(settings)
    keep_freed_memory()
    manager = ServiceManager.of_environment()
    listener = bind(settings.host, settings.port) if descriptor is None else inherited(descriptor)
    settings = _at(settings, listener, keep_host=descriptor is None)
    platform = open_platform(settings)
    app = create_app(platform)
    # What lives as long as the process need not be looked at by the collector, not even once: of
    # its 130,000 objects a thousand are garbage. And batches of spans make many objects that die
    # at once, which is not garbage in cycles.
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    gc.enable()

    def stop() -> None:
        platform.stopping.set()
        manager.stopping()

    server = Server(
        uvicorn.Config(
            app,
            loop="uvloop" if sys.platform != "win32" else "asyncio",
            http="httptools",
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,
            proxy_headers=not is_loopback(settings.host),
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=STOP_S,
            backlog=2048,
        ),
        on_ready=lambda: _announce(settings, manager),
        on_signal=stop,
        on_alive=manager.alive,
    )
    try:
        server.run(sockets=[listener])
    finally:
        platform.close()


def _import_fastapi() -> None:
    """Import FastAPI without building its models of OpenAPI documents: a tenth of a start.

    Few servers are asked for their document; Pydantic builds the models then.
    """
    from pydantic import BaseModel

    BaseModel.model_config["defer_build"] = True
    try:
        importlib.import_module("fastapi.openapi.models")
    finally:
        del BaseModel.model_config["defer_build"]


def _at(settings: Settings, listener: socket.socket, *, keep_host: bool) -> Settings:
    """The settings with where it really listens, which decides who is asked for a key."""
    address, port, *_ = listener.getsockname()
    return dataclasses.replace(settings, host=settings.host if keep_host else address, port=port)


def _log_to_stderr(settings: Settings) -> None:
    handler = logging.StreamHandler(sys.stderr)
    if settings.log_format == "json":
        handler.setFormatter(_JsonLines())
    else:
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level.upper())
    for noisy in ("httpx", "alembic", "clickhouse_connect", "asyncio"):
        logging.getLogger(noisy).setLevel("WARNING")
    if settings.log_level != "debug":
        logging.getLogger("uvicorn").setLevel("WARNING")


class _JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": self.formatTime(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line)


def _announce(settings: Settings, manager: ServiceManager) -> None:
    let_go_of_start()
    manager.ready(f"Pilothouse is at {settings.url}")
    sys.stderr.write(f"Pilothouse is at {settings.url}\n")
    sys.stderr.flush()
    if settings.open:
        # In a thread: finding a browser may take seconds, in which the server has to answer.
        threading.Thread(target=webbrowser.open, args=(settings.url,), daemon=True).start()
