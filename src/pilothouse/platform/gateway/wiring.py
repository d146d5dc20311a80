"""The gateway put together when somebody first asks for it: most servers start without it."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pilothouse.platform.health.models import GatewayFigures
from pilothouse.platform.ingest.batch import Batch
from pilothouse.platform.settings import SettingsError

if TYPE_CHECKING:
    from pilothouse.gateway import Gateway
    from pilothouse.gateway.guardrails import Guarding, Kept
    from pilothouse.gateway.semantic import SemanticCache
    from pilothouse.gateway.steps import Arms
    from pilothouse.platform.gateway.guardrails import GatewayGuardrails
    from pilothouse.platform.gateway.keys import GatewayKeys
    from pilothouse.platform.gateway.tables import GatewayTables
    from pilothouse.platform.ingest.pipeline import Ingest
    from pilothouse.platform.prices.service import Prices
    from pilothouse.platform.projects.service import ProjectDirectory
    from pilothouse.platform.providers.service import Providers
    from pilothouse.platform.records import Records
    from pilothouse.spans import Source

_SERVED: Final = re.compile(
    r"/v1/|/gateway/(?:v1|openai|anthropic|chat|completions|responses|messages|embeddings"
    r"|moderations|models)(?:/|$)"
)
"""What else is below /gateway are pages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The open gateway."""

    gateway: Gateway
    keys: GatewayKeys
    tables: GatewayTables
    checks: GatewayGuardrails
    guarding: Guarding
    similar: SemanticCache


def serves(path: str) -> bool:
    """Whether the gateway answers there, where no OTLP endpoint does."""
    return _SERVED.match(path) is not None


class IngestedSpans:
    """The way of all spans, for those of the gateway."""

    def __init__(self, ingest: Ingest) -> None:
        self._ingest = ingest

    async def store(self, made: Callable[[], list[Source]], size_bytes: int) -> None:
        """Return once they are durable; they are made on the thread that takes them."""
        await self._ingest.accept_from(lambda: Batch(sources=made(), size_bytes=size_bytes))


class GatewayDoor:
    """An ASGI application: the gateway, opened by the first request; `working` runs beside it."""

    def __init__(
        self,
        records: Records,
        projects: ProjectDirectory,
        providers: Providers,
        prices: Prices,
        ingest: Ingest,
        *,
        is_open: bool,
        path: Path | None,
        limit_bytes: int,
        arms: Callable[[], Arms],
        kept_checks: Kept,
    ) -> None:
        """`path` is the file of routes; `arms` opens what splits and mirrors calls.

        Raises SettingsError for a file that cannot be used.
        """
        self._records = records
        self._projects = projects
        self._providers = providers
        self._prices = prices
        self._ingest = ingest
        self._is_open = is_open
        self._path = path
        self._limit_bytes = limit_bytes
        self._arms = arms
        self._kept_checks = kept_checks
        self._opening = threading.Lock()
        self._parts: Parts | None = None
        self._opened = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        if path is not None:
            from pilothouse.gateway.config import ConfigError, read

            try:
                read(path)
            except ConfigError as error:
                raise SettingsError(str(error)) from None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        parts = self._parts
        if parts is None:
            parts = await asyncio.to_thread(self.open)
        await parts.gateway(scope, receive, send)

    async def working(self) -> None:
        """Wait until the gateway is opened, then do what it does beside answering."""
        self._loop = asyncio.get_running_loop()
        if self._parts is not None:
            self._opened.set()
        await self._opened.wait()
        assert self._parts is not None
        await self._parts.gateway.working()

    def figures(self) -> GatewayFigures | None:
        """What the gateway did so far; None while nobody has opened it."""
        parts = self._parts
        if parts is None:
            return None
        exact, similar = parts.gateway.calls.cache, parts.similar
        checks = parts.guarding.stats.by
        return GatewayFigures(
            cache={
                "hit": exact.stats.hits,
                "semantic": similar.stats.hits,
                "miss": exact.stats.misses - similar.stats.hits,
            },
            cache_saved=(exact.stats.saved_nano + similar.stats.saved_nano) / 1e9,
            cache_entries={"exact": len(exact), "semantic": len(similar)},
            cache_bytes={"exact": exact.bytes, "semantic": similar.bytes},
            guardrail_checks={
                (name, stage, outcome): count
                for (name, _, stage), counted in [*checks.items()]
                for outcome, count in [*counted.outcomes.items()]
            },
            guardrail_seconds={
                (name, stage): counted.seconds for (name, _, stage), counted in [*checks.items()]
            },
        )

    def open(self) -> Parts:
        """The open gateway; from any thread, as often as one likes."""
        with self._opening:
            if self._parts is None:
                self._parts = self._open()
                if self._loop is not None:
                    self._loop.call_soon_threadsafe(self._opened.set)
        return self._parts

    def _open(self) -> Parts:
        from pilothouse.gateway import Gateway, Needs
        from pilothouse.gateway.embedding import Embedding
        from pilothouse.gateway.guardrails import Guarding, Helpers
        from pilothouse.gateway.semantic import SemanticCache
        from pilothouse.platform.gateway.guardrails import GatewayGuardrails
        from pilothouse.platform.gateway.keys import GatewayKeys
        from pilothouse.platform.gateway.tables import GatewayTables
        from pilothouse.spans import price_list

        price_list.load()
        keys = GatewayKeys(self._records, self._projects, is_open=self._is_open)
        embedding = Embedding()
        helpers = Helpers(embedding, self._kept_checks)
        checks = GatewayGuardrails(self._records, helpers)
        tables = GatewayTables(self._records, self._providers, checks, self._path)
        spans = IngestedSpans(self._ingest)
        guarding = Guarding(helpers, spans)
        similar = SemanticCache(embedding)
        gateway = Gateway(
            Needs(
                tables=tables,
                keys=keys,
                spending=keys,
                prices=self._prices,
                spans=spans,
                projects=self._projects,
                guards=guarding,
                similar=similar,
                arms=self._arms(),
                limit_bytes=self._limit_bytes,
            )
        )
        keys.when_changed(gateway.calls.budgets.forget)
        return Parts(
            gateway=gateway,
            keys=keys,
            tables=tables,
            checks=checks,
            guarding=guarding,
            similar=similar,
        )
