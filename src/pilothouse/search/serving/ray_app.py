"""An index as a deployment of Ray Serve: replicas grow and shrink with the searches at work.

`app` is the application builder that a configuration of Ray Serve names as its `import_path`
(`pilothouse.search.serving.ray_app:app`), with `args: {index: FOLDER}`.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from pilothouse.evaluation import clusters
from pilothouse.evaluation.extras import required

_DEPLOYMENT: Final = {
    "name": "Search",
    "max_ongoing_requests": 32,  # Ray's own 5 are few for what waits in threads
    "max_queued_requests": 256,
    "graceful_shutdown_timeout_s": 30,
    "health_check_period_s": 10,
    "autoscaling_config": {
        "min_replicas": 1,
        "max_replicas": 8,
        "target_ongoing_requests": 16,
        "upscale_delay_s": 10,
        "downscale_delay_s": 120,
        "look_back_period_s": 30,
    },
    "ray_actor_options": {"num_cpus": 1},
}


def app(args: dict[str, Any]) -> Any:
    """The application of an index. Any: Ray's own kinds. `args`: `index`, and `keys` if any.

    Raises IndexUnusable for a folder that holds no index.
    """
    serve = required("ray.serve", extra="ray")
    from pilothouse.search.index import manifest
    from pilothouse.search.serving.app import search_app

    folder = Path(args["index"]).absolute()
    manifest.read(folder)  # what is wrong with it is said here, and not by replicas
    keys: Sequence[str] = tuple(args.get("keys", ()))

    class Search:
        """One replica."""

    ingress = serve.ingress(lambda: search_app(folder, keys=keys))
    return serve.deployment(**_DEPLOYMENT)(ingress(Search)).bind()


def run(folder: Path, *, host: str, port: int, keys: Sequence[str], address: str) -> None:
    """Serves an index on a cluster until SIGINT or SIGTERM.

    Raises NotServed where there is no cluster, IndexUnusable for a folder that holds no index.
    """
    from pilothouse.search.serving.process import NotServed

    serve = required("ray.serve", extra="ray")
    ray = required("ray", extra="ray")
    try:
        ours = clusters.join(address)
    except ConnectionError as e:
        raise NotServed(str(e)) from e
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    try:
        serve.start(http_options={"host": host, "port": port, "request_timeout_s": 30})
        serve.run(app({"index": str(folder), "keys": keys}), name="search", route_prefix="/")
        sys.stderr.write(f"Serving at http://{host}:{port} on Ray\n")
        sys.stderr.flush()
        while not ended.wait(1):
            continue
        serve.delete("search")
    finally:
        if ours:
            ray.shutdown()
