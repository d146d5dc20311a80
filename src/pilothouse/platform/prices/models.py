"""A price that somebody entered: how it is kept, and how it becomes rates for one token."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from pilothouse.platform.errors import BadRequest
from pilothouse.spans.price_list import MILLION, TYPES, Rates, Tier
from pilothouse.spans.prices import PriceEntry

LONGEST_NAME: Final = 300
_MOST_DOLLARS: Final = Decimal(1_000_000)

Amounts = Mapping[str, Decimal]
"""US dollars for a million tokens of each type; "request" for one call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceTier:
    """Prices of a call whose input is longer than a number of tokens."""

    above_input_tokens: int
    prices: Amounts


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """An entry of the price table."""

    id: int
    project_id: int | None
    """None for all projects."""
    model: str
    provider: str
    valid_from: str
    prices: Amounts
    tiers: tuple[PriceTier, ...]
    note: str
    created_at: datetime
    updated_at: datetime

    def entry(self) -> PriceEntry:
        """What pricing needs of it."""
        return PriceEntry(
            model=self.model,
            provider=self.provider,
            valid_from=self.valid_from,
            project_id=self.project_id,
            rates=rates_of(self.prices),
            tiers=tuple(
                Tier(above_input_tokens=tier.above_input_tokens, rates=rates_of(tier.prices))
                for tier in self.tiers
            ),
        )


def rates_of(amounts: Amounts) -> Rates:
    """Dollars for a million tokens as dollars for one."""
    return Rates(
        **{
            name: float(amount if name == "request" else amount / MILLION)
            for name, amount in amounts.items()
        }
    )


def amounts_of(rates: Rates) -> dict[str, float]:
    """Dollars for one token as dollars for a million, without the noise of binary fractions."""
    found = {}
    for name in TYPES:
        rate = getattr(rates, name)
        if rate is not None:
            found[name] = rate if name == "request" else float(f"{rate * MILLION:.10g}")
    return found


def checked_prices(given: Mapping[str, Any]) -> dict[str, Decimal]:
    """Prices that people wrote; raises BadRequest for an unknown type or an impossible amount."""
    unknown = [name for name in given if name not in TYPES]
    if unknown:
        raise BadRequest(f"unknown type of price {unknown[0]!r}; there are {', '.join(TYPES)}")
    found: dict[str, Decimal] = {}
    for name, value in given.items():
        if value is None:
            continue
        try:
            amount = Decimal(str(value))
        except InvalidOperation:
            raise BadRequest(f"the price of {name!r} is a number of US dollars") from None
        if not amount.is_finite() or not 0 <= amount <= _MOST_DOLLARS:
            raise BadRequest(f"the price of {name!r} is 0 to {_MOST_DOLLARS} US dollars")
        found[name] = amount
    if not found:
        raise BadRequest("a price names at least one type of token")
    return found


def checked_model(model: str) -> str:
    """The name or glob of a model."""
    model = model.strip()
    if not model or len(model) > LONGEST_NAME or not model.isprintable():
        raise BadRequest(f"a model's name has 1 to {LONGEST_NAME} printable characters")
    return model


def checked_day(day: str) -> str:
    """A day as 2026-11-21, or "" for since ever."""
    if not day:
        return ""
    try:
        return date.fromisoformat(day).isoformat()
    except ValueError:
        raise BadRequest(f"valid_from is a day as 2026-11-21, not {day!r}") from None
