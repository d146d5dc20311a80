"""An index as a process that serves it."""

from __future__ import annotations

import signal
import socket
import sys
from collections.abc import Iterable
from pathlib import Path
from types import FrameType
from typing import Literal

from pilothouse.draining import KEEP_ALIVE_S, accept_no_more
from pilothouse.listening import OWN_NAMES, bind, is_loopback
from pilothouse.notifying import ServiceManager
from pilothouse.search.answering import Answerer
from pilothouse.search.embedding import EmbedderLike
from pilothouse.search.errors import SearchError
from pilothouse.search.index.ranking import Rerank

Backend = Literal["local", "ray"]


class NotServed(SearchError):
    """An index may not or cannot be served as was asked."""


def serve_index(
    folder: str | Path,
    *,
    backend: Backend = "local",
    host: str = "127.0.0.1",
    port: int = 8000,
    embedder: EmbedderLike | None = None,
    rerank: Rerank | None = None,
    answerer: Answerer | None = None,
    writable: bool = False,
    keys: Iterable[str] = (),
    insecure: bool = False,
    address: str = "local",
) -> None:
    """Serves an index until it is stopped: by this process, or by Ray Serve on a cluster.

    `answerer` is the model behind `/v1/answer`; `writable` lets clients change the index, for
    which they need a key where others reach it. An address that others reach asks for `keys`, or
    for `insecure` where none is meant. Raises NotServed, IndexUnusable for a folder that holds no
    index, ImportError for what is missing.
    """
    known = tuple(keys)
    if not (is_loopback(host) or known or insecure):
        raise NotServed(
            f"{host} can be reached by others and no key is asked for: "
            "give --key-file, or --insecure if that is meant"
        )
    if backend == "ray":
        from pilothouse.search.serving.ray_app import run

        if answerer is not None or writable or rerank is not None:
            raise NotServed("on Ray an index is searched only: no model, no changes, no reranker")
        run(Path(folder), host=host, port=port, keys=known, address=address)
        return
    if writable and not (known or is_loopback(host)):
        raise NotServed("an index that others reach is changed with a key only: give --key-file")
    import uvicorn

    from pilothouse.search.serving.app import search_app

    hosts = (*OWN_NAMES, host) if is_loopback(host) else ("*",)
    app = search_app(
        folder,
        embedder,
        rerank=rerank,
        answerer=answerer,
        writable=writable,
        keys=known,
        hosts=hosts,
    )
    listener = bind(host, port)
    shown = f"[{host}]" if ":" in host else host
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=30,
    )
    manager = ServiceManager.of_environment()

    class Server(uvicorn.Server):
        """Ends well when it is asked to: uvicorn's own would raise the signal again."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            """Says where it is once it listens."""
            await super().startup(sockets=sockets)
            sys.stderr.write(f"Serving at http://{shown}:{listener.getsockname()[1]}\n")
            sys.stderr.flush()
            manager.ready(f"Serving at http://{shown}:{listener.getsockname()[1]}")

        async def on_tick(self, counter: int) -> bool:
            """As uvicorn does ten times a second."""
            manager.alive()
            return await super().on_tick(counter)

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            """As uvicorn's; one just accepted may send its request."""
            manager.stopping()
            await accept_no_more(self)
            await super().shutdown(sockets)

        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            self.force_exit = self.should_exit and sig == signal.SIGINT
            self.should_exit = True

    Server(config).run(sockets=[listener])
