"""The price table that people edit, and the pricer that reads it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from pilothouse.platform.errors import BadRequest, Conflict, NotFound
from pilothouse.platform.prices import records as kept
from pilothouse.platform.prices.models import (
    Price,
    PriceTier,
    checked_day,
    checked_model,
    checked_prices,
)
from pilothouse.platform.records import Records
from pilothouse.spans.model import Fields
from pilothouse.spans.prices import Cost, PriceEntry, Pricer, Quote

REFRESH_S: Final = 30.0
"""How old the picture of a database may be that other servers write to as well."""


class Prices:
    """Entries of the price table; `pricer` sees every change at once."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._lock = threading.Lock()
        self._entries: tuple[PriceEntry, ...] | None = None
        self._pricer = Pricer(self._of_project)
        self._read_at = 0.0

    def price(self, project: int, fields: Fields, start_ns: int) -> Cost | None:
        """What a span cost, without the arithmetic; None where nothing is known."""
        if self._records.shared and time.monotonic() - self._read_at > REFRESH_S:
            self._forget()
        return self._pricer.price(project, fields, start_ns)

    def explain(self, project: int, fields: Fields, start_ns: int) -> Cost | None:
        """What a span cost, with each line of the arithmetic."""
        return self._pricer.explain(project, fields, start_ns)

    def quote(self, project: int, model: str, provider: str, start_ns: int) -> Quote | None:
        """What the tokens of a model cost at a moment; None where nothing is known."""
        return self._pricer.quote(project, model, provider, start_ns)

    def every(self, project_id: int | None = None) -> list[Price]:
        """All entries; with a project, those that may price its spans."""
        with self._records.read() as session:
            found = kept.every(session)
        return [
            price for price in found if project_id is None or price.project_id in {None, project_id}
        ]

    def one(self, number: int) -> Price:
        """The entry of this number; raises NotFound."""
        with self._records.read() as session:
            return _existing(kept.one(session, number), number)

    def add(
        self,
        *,
        model: str,
        prices: Mapping[str, Any],
        tiers: Iterable[tuple[int, Mapping[str, Any]]] = (),
        project_id: int | None = None,
        provider: str = "",
        valid_from: str = "",
        note: str = "",
    ) -> Price:
        """A new entry. Raises BadRequest, and Conflict when there is one for the same calls."""
        with self._records.write() as session:
            same = (project_id, checked_model(model).lower(), provider.strip().lower())
            for price in kept.every(session):
                if _calls(price) == same and price.valid_from == checked_day(valid_from):
                    raise Conflict(f"there is a price for {model!r} from that day on: {price.id}")
            number = kept.add(
                session,
                project_id=project_id,
                model=checked_model(model),
                provider=provider.strip(),
                valid_from=checked_day(valid_from),
                prices=checked_prices(prices),
                tiers=_checked_tiers(tiers),
                note=note,
            )
            made = _existing(kept.one(session, number), number)
        self._forget()
        return made

    def change(
        self,
        number: int,
        *,
        model: str | None = None,
        provider: str | None = None,
        valid_from: str | None = None,
        prices: Mapping[str, Any] | None = None,
        tiers: Iterable[tuple[int, Mapping[str, Any]]] | None = None,
        note: str | None = None,
    ) -> Price:
        """The entry after the given changes."""
        with self._records.write() as session:
            session.hold("prices", id=number)
            price = _existing(kept.one(session, number), number)
            changed = replace(
                price,
                model=price.model if model is None else checked_model(model),
                provider=price.provider if provider is None else provider.strip(),
                valid_from=price.valid_from if valid_from is None else checked_day(valid_from),
                prices=price.prices if prices is None else checked_prices(prices),
                tiers=price.tiers if tiers is None else _checked_tiers(tiers),
                note=price.note if note is None else note,
            )
            kept.change(session, changed)
            made = _existing(kept.one(session, number), number)
        self._forget()
        return made

    def remove(self, number: int) -> None:
        """Remove an entry. Raises NotFound."""
        with self._records.write() as session:
            if not kept.remove(session, number):
                raise NotFound(f"there is no price {number}")
        self._forget()

    def _of_project(self, project_id: int) -> tuple[PriceEntry, ...]:
        with self._lock:
            if self._entries is None:
                with self._records.read() as session:
                    self._entries = tuple(price.entry() for price in kept.every(session))
            return self._entries

    def _forget(self) -> None:
        with self._lock:  # not while somebody reads: what they read may be older than this change
            self._entries = None
            self._read_at = time.monotonic()
            self._pricer.forget()


def _calls(price: Price) -> tuple[int | None, str, str]:
    return price.project_id, price.model.lower(), price.provider.lower()


def _existing(price: Price | None, number: int) -> Price:
    if price is None:
        raise NotFound(f"there is no price {number}")
    return price


def _checked_tiers(tiers: Iterable[tuple[int, Mapping[str, Any]]]) -> tuple[PriceTier, ...]:
    found = sorted(tiers, key=lambda tier: tier[0])
    if any(length <= 0 for length, _ in found):
        raise BadRequest("a tier holds above a positive number of input tokens")
    return tuple(
        PriceTier(above_input_tokens=length, prices=checked_prices(prices))
        for length, prices in found
    )
