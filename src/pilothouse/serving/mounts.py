"""A target at a path, with the places that it has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from pilothouse.serving.chat import shape_of
from pilothouse.serving.gate import Gate
from pilothouse.serving.metrics import Metrics
from pilothouse.serving.options import Options
from pilothouse.serving.targets import Target
from pilothouse.tracing.spans import kind_value

ASYNC_PLACES: Final = 64
THREAD_PLACES: Final = 8
Modifier = Callable[..., Any]
"""From (config, request) to a config, sync or async: what LangServe calls it."""


class Mount:
    """What routes need of a target."""

    def __init__(
        self,
        path: str,
        target: Target,
        options: Options,
        metrics: Metrics,
        *,
        config: Mapping[str, Any] | None = None,
        config_keys: tuple[str, ...] | None = None,
        modifier: Modifier | None = None,
        to_input: Callable[[list[dict[str, Any]]], Any] | None = None,
        to_output: Callable[[Any], Any] | None = None,
    ) -> None:
        self.path = path
        self.target = target
        self.name = target.name
        self.span_kind = kind_value(target.span_kind)
        self.config = dict(config or {})
        """The server's own; wins over what clients say."""
        self.config_keys = options.config_keys if config_keys is None else config_keys
        self.modifier = modifier
        self.to_input = to_input
        self.to_output = to_output
        self.shape = "input" if to_input is not None else shape_of(target)
        """How it takes a conversation; see `chat.py`."""
        target.shared_memory = options.memory == "process"
        places = options.max_concurrency or target.concurrency or 0
        self.gate = Gate(
            places or (THREAD_PLACES if target.threaded else ASYNC_PLACES), options.max_queue
        )
        self.tokens = metrics.tokens
        metrics.inflight.labels(self.name).set(0)
        self.waited = metrics.queue_wait.labels(self.name).observe
        self.first_piece = metrics.ttft.labels(self.name).observe
        self.streamed = metrics.streams.labels(self.name).observe
