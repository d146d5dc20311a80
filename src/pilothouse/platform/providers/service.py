"""Keeps providers of models, and gives models to ask."""

from __future__ import annotations

import difflib
import logging
import threading
from collections.abc import Callable, Iterable
from datetime import datetime
from time import perf_counter
from typing import TYPE_CHECKING, Final

from pilothouse.platform.errors import BadRequest, NotFound, Unavailable
from pilothouse.platform.prices.service import Prices
from pilothouse.platform.providers import records as kept
from pilothouse.platform.providers.models import (
    Provider,
    ProviderKind,
    checked_models,
    checked_name,
    checked_url,
    hint_of,
)
from pilothouse.platform.records import Records, Session
from pilothouse.platform.resealing import Resealing
from pilothouse.platform.sealing import Sealer, SealingError

if TYPE_CHECKING:
    from pilothouse.evaluation.models import ChatModel, Limiter

log = logging.getLogger("pilothouse.providers")

TEST_TIMEOUT_S: Final = 30.0


class Providers:
    """The providers of this server; models are asked by `provider/model`."""

    def __init__(self, records: Records, sealer: Sealer, prices: Prices) -> None:
        self._records = records
        self._sealer = sealer
        self._prices = prices
        self._lock = threading.Lock()
        self._resealing = Resealing(
            records,
            sealer,
            lambda session: {
                one.name: one.sealed_key for one in kept.every(session) if one.sealed_key
            },
            kept.reseal,
            what="keys of providers",
        )
        self._limiters: dict[tuple[str, str], Limiter] = {}
        """By name and address: whoever asks there shares its limits."""
        self._asked: dict[tuple[str, str], tuple[datetime, ChatModel]] = {}
        """Endpoints as of a time, which have learned what their model rejects."""
        self._listeners: list[Callable[[], None]] = []

    def when_changed(self, tell: Callable[[], None]) -> None:
        """Have another told that a provider was written or removed; from any thread."""
        self._listeners.append(tell)

    def every(self) -> list[Provider]:
        """All providers by name."""
        self._resealing.once()
        with self._records.read() as session:
            return kept.every(session)

    def get(self, name: str) -> Provider:
        """The provider of this name; raises NotFound with the nearest one."""
        with self._records.read() as session:
            found = kept.one(session, name)
        if found is None:
            raise NotFound(self._unknown(name))
        return found

    def put(
        self,
        name: str,
        *,
        base_url: str,
        api_key: str | None = None,
        models: Iterable[str] | None = None,
        kind: ProviderKind | None = None,
    ) -> Provider:
        """The provider, written; what is None stays as it is, a key of "" goes.

        Raises BadRequest for what cannot be one, Unavailable where keys cannot be kept.
        """
        address = checked_url(base_url)
        with self._records.write() as session:
            session.hold("model_providers", name=checked_name(name))
            before = kept.one(session, checked_name(name))
            if before is not None and api_key is None and before.base_url != address:
                # Who may not read a key may not have it sent to an address of their own either.
                _refuse_to_move(before)
            sealed, hint = ("", "") if before is None else (before.sealed_key, before.key_hint)
            if api_key is not None:
                key = api_key.strip()
                sealed, hint = self._sealed(key), hint_of(key)
            listed = () if before is None else before.models
            kept.put(
                session,
                name=name,
                kind=kind or ("openai" if before is None else before.kind),
                base_url=address,
                sealed_key=sealed,
                key_hint=hint,
                models=listed if models is None else checked_models(models),
            )
            made = kept.one(session, name)
        assert made is not None
        self._changed()
        log.info("provider %s written", name)
        return made

    def remove(self, name: str) -> None:
        """Remove a provider. Raises NotFound."""
        with self._records.write() as session:
            gone = kept.remove(session, name)
        if not gone:
            raise NotFound(f"there is no provider {name!r}")
        self._changed()
        log.info("provider %s removed", name)

    def _changed(self) -> None:
        for tell in self._listeners:
            tell()

    def chat(self, model: str, *, project_id: int = 0, attempts: int | None = None) -> ChatModel:
        """The model `provider/model`: retried, within the provider's limits, its calls priced.

        It may read the database. Prices are those of a project where one is given. A call is tried
        so many times at most; None leaves that to the library. Raises BadRequest for a provider
        that is not there, naming the nearest, and Unavailable where its key cannot be read.
        """
        from pilothouse.platform.providers.asking import patient, prices_of

        provider, name = self._named(model)
        prices = prices_of(self._prices, provider.base_url, provider.name, project_id)
        return patient(self._endpoint(provider, name), self._limiter(provider), prices, attempts)

    async def test(self, name: str, model: str) -> tuple[float, str]:
        """How long one small answer took in milliseconds, and what went wrong ("" for nothing)."""
        import asyncio

        from pilothouse.evaluation.errors import ModelError
        from pilothouse.platform.providers.asking import once, question

        provider = await asyncio.to_thread(self.get, name)
        key = await asyncio.to_thread(self.key_of, provider)
        started = perf_counter()
        try:
            await once(model, provider.base_url, key, TEST_TIMEOUT_S).complete(question())
        except ModelError as error:
            return (perf_counter() - started) * 1000, str(error)
        return (perf_counter() - started) * 1000, ""

    def _named(self, model: str) -> tuple[Provider, str]:
        name, slash, rest = model.partition("/")
        if not slash or not rest.strip():
            raise BadRequest(f"{model!r} names no provider: write provider/model")
        try:
            return self.get(name), rest.strip()
        except NotFound as error:
            raise BadRequest(error.message) from None

    def _endpoint(self, provider: Provider, model: str) -> ChatModel:
        from pilothouse.platform.providers.asking import once

        place = (provider.name, model)
        with self._lock:
            found = self._asked.get(place)
        if found is None or found[0] != provider.updated_at:
            made = once(model, provider.base_url, self.key_of(provider), timeout_s=120)
            found = (provider.updated_at, made)
            with self._lock:
                self._asked[place] = found
        return found[1]

    def _limiter(self, provider: Provider) -> Limiter:
        from pilothouse.evaluation.models import Limiter

        with self._lock:
            return self._limiters.setdefault((provider.name, provider.base_url), Limiter())

    def _unknown(self, name: str) -> str:
        names = [provider.name for provider in self.every()]
        near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
        if near:
            return f"there is no provider {name!r}; did you mean {near[0]!r}?"
        return f"there is no provider {name!r}: " + (
            f"there are {', '.join(names)}" if names else "none has been added yet"
        )

    def key_of(self, provider: Provider) -> str:
        """The key of a provider, "" for none; raises Unavailable where it cannot be read."""
        if not provider.sealed_key:
            return ""
        try:
            return self._sealer.unseal(provider.sealed_key)
        except SealingError as error:
            raise Unavailable(
                f"the key of provider {provider.name!r} cannot be read: {error}"
            ) from None

    def _sealed(self, key: str) -> str:
        if not key:
            return ""
        if not key.isascii() or not key.isprintable():
            raise BadRequest("api_key holds characters that no header can carry")
        try:
            return self._sealer.seal(key)
        except SealingError as error:
            raise Unavailable(f"the key cannot be kept: {error}") from None


def _sealed_keys(session: Session) -> dict[str, str]:
    return {one.name: one.sealed_key for one in kept.every(session) if one.sealed_key}


def _refuse_to_move(provider: Provider) -> None:
    if provider.sealed_key:
        raise BadRequest(
            f"provider {provider.name!r} would send its key to another address: "
            "enter the key again with the new base_url"
        )
