"""How entered prices are kept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from pilothouse.platform.prices.models import Amounts, Price, PriceTier
from pilothouse.platform.records import Session, micros, moment
from pilothouse.platform.records.engine import Row


def every(session: Session) -> list[Price]:
    """All entries, by model and day."""
    rows = session.all("SELECT * FROM prices ORDER BY model, provider, valid_from, id")
    return [_price(row) for row in rows]


def one(session: Session, number: int) -> Price | None:
    """The entry of this number."""
    row = session.one("SELECT * FROM prices WHERE id = :id", id=number)
    return None if row is None else _price(row)


def add(
    session: Session,
    *,
    project_id: int | None,
    model: str,
    provider: str,
    valid_from: str,
    prices: Amounts,
    tiers: tuple[PriceTier, ...],
    note: str,
) -> int:
    """Add an entry; -> its number."""
    row = session.one(
        """
        INSERT INTO prices
            (project_id, model, provider, valid_from, prices, note, created_at, updated_at)
        VALUES
            (:project_id, :model, :provider, :valid_from, :prices, :note, :now, :now)
        RETURNING id
        """,
        project_id=project_id,
        model=model,
        provider=provider,
        valid_from=valid_from,
        prices=_text(prices, tiers),
        note=note,
        now=micros(),
    )
    assert row is not None
    return int(row["id"])


def change(session: Session, price: Price) -> None:
    """Write an entry as it is now."""
    session.run(
        """
        UPDATE prices
        SET model = :model,
            provider = :provider,
            valid_from = :valid_from,
            prices = :prices,
            note = :note,
            updated_at = :now
        WHERE id = :id
        """,
        id=price.id,
        model=price.model,
        provider=price.provider,
        valid_from=price.valid_from,
        prices=_text(price.prices, price.tiers),
        note=price.note,
        now=micros(),
    )


def remove(session: Session, number: int) -> bool:
    """Remove an entry; False when there is none of this number."""
    return session.run("DELETE FROM prices WHERE id = :id", id=number) == 1


def _text(prices: Amounts, tiers: tuple[PriceTier, ...]) -> str:
    # Amounts are written as text: a JSON number would come back as a binary fraction.
    return json.dumps(
        {
            "prices": {name: str(amount) for name, amount in prices.items()},
            "tiers": [
                {
                    "above_input_tokens": tier.above_input_tokens,
                    "prices": {name: str(amount) for name, amount in tier.prices.items()},
                }
                for tier in tiers
            ],
        }
    )


def _amounts(kept: Mapping[str, Any]) -> dict[str, Decimal]:
    return {name: Decimal(amount) for name, amount in kept.items()}


def _price(row: Row) -> Price:
    kept = json.loads(row["prices"])
    return Price(
        id=row["id"],
        project_id=row["project_id"],
        model=row["model"],
        provider=row["provider"],
        valid_from=row["valid_from"],
        prices=_amounts(kept["prices"]),
        tiers=tuple(
            PriceTier(
                above_input_tokens=tier["above_input_tokens"], prices=_amounts(tier["prices"])
            )
            for tier in kept["tiers"]
        ),
        note=row["note"],
        created_at=moment(row["created_at"]),
        updated_at=moment(row["updated_at"]),
    )
