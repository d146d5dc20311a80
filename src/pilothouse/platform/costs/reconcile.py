"""A provider's bill held against what was recorded, day by day and model by model."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from pilothouse.platform.costs.bills import Bill, Billed
from pilothouse.platform.costs.bills.models import NAMES, TYPES
from pilothouse.platform.costs.causes import Cause, Context, all_tokens, causes_of, near
from pilothouse.platform.costs.models import Number, added
from pilothouse.platform.costs.recorded import Recorded, Recording, Recordings

Key = tuple[date, str]

_OF_CODE: Final = {
    "model_not_recorded": "models that were never recorded here",
    "day_not_recorded": "days without a recorded call",
    "not_traced": "what is not traced, such as embeddings or images",
    "not_billed": "calls that the file does not hold",
    "calls_not_seen": "calls that never came here",
    "calls_not_billed": "calls recorded here that are not billed",
    "no_price": "calls without a price here",
    "price": "other prices",
    "client_price": "costs that senders reported at other prices",
    "cached_counted_differently": "cached tokens that are counted differently",
    "day_boundary": "calls on the day beside",
    "rest": "what is not explained",
}


@dataclass(frozen=True, slots=True)
class Row:
    """A model on a day, as the provider tells it and as it was recorded."""

    day: date
    model: str
    theirs: Billed | None
    ours: Recorded | None
    causes: list[Cause]

    @property
    def their_cost(self) -> Number:
        return None if self.theirs is None else self.theirs.cost

    @property
    def our_cost(self) -> Number:
        return None if self.ours is None else self.ours.cost


class Reconciling:
    """Compares bills with recordings."""

    def __init__(self, recordings: Recordings) -> None:
        self._recordings = recordings

    async def compare(self, bill: Bill, project: str | None) -> dict[str, Any]:
        """Each model and day, and all together. Raises NotFound."""
        first, last = bill.days
        until = last + timedelta(days=1 if bill.off_midnight else 0)
        recording = await self._recordings.of(bill.provider, project, first, until)
        # A file of 32 MiB has many rows, and others wait for the loop.
        return await asyncio.to_thread(_compared, bill, recording)


def _compared(bill: Bill, recording: Recording) -> dict[str, Any]:
    first, last = bill.days
    rows = list(_rows(bill, recording))
    return {
        "provider": bill.provider,
        "from": first.isoformat(),
        "to": last.isoformat(),
        "has_tokens": bill.has_tokens,
        "has_costs": bill.has_costs,
        "truncated": recording.truncated,
        "total": _total(bill, rows),
        "rows": [_shown(row) for row in rows],
    }


def _rows(bill: Bill, recording: Recording) -> Iterable[Row]:
    theirs, ours = bill.by_model, recording.by_model
    they, we = _tokens_of(theirs), _tokens_of(ours)
    even = {model for model in they if _evens_out(they[model], we.get(model, {}))}
    recorded = {model for _, model in ours}
    for key in sorted({*theirs, *ours}):
        day, model = key
        context = Context(
            who=NAMES[bill.provider],
            whole_model_recorded=model in recorded,
            evens_out=model in even,
            off_midnight=bill.off_midnight,
        )
        billed, own = theirs.get(key), ours.get(key)
        causes = causes_of(billed, own, context)
        name = billed.model if billed else own.model if own else ""
        yield Row(day, name, billed, own, causes)


def _tokens_of(side: Mapping[Key, Billed] | Mapping[Key, Recorded]) -> dict[str, dict[date, int]]:
    """All tokens of a model on each day, by model."""
    found: dict[str, dict[date, int]] = {}
    for (day, model), of in side.items():
        found.setdefault(model, {})[day] = all_tokens(of.tokens)
    return found


def _evens_out(they: Mapping[date, int], we: Mapping[date, int]) -> bool:
    """Whether all days together agree on the tokens of a model, and some day does not."""
    differ = any(not near(they.get(day, 0), we.get(day, 0)) for day in {*they, *we})
    return differ and sum(they.values()) > 0 and near(sum(they.values()), sum(we.values()))


def _shown(row: Row) -> dict[str, Any]:
    theirs, ours = row.theirs, row.ours
    return {
        "day": row.day.isoformat(),
        "model": row.model,
        "recorded_as": ours.model if ours and ours.model != row.model else None,
        "kind": theirs.kind if theirs else "completions",
        "tokens": {
            name: _pair(
                theirs.tokens.get(name) if theirs else None, ours.tokens.get(name) if ours else None
            )
            for name in TYPES
        },
        "calls": _pair(theirs.requests if theirs else None, ours.calls if ours else None),
        "cost": _pair(row.their_cost, row.our_cost),
        "agrees": row.causes[0].code == "agrees",
        "causes": [
            {"code": cause.code, "sentence": cause.sentence, "amount": cause.amount}
            for cause in row.causes
        ],
        "sentence": " ".join(cause.sentence for cause in row.causes),
    }


def _pair(theirs: Number, ours: Number) -> dict[str, Number]:
    """Two figures and how they differ: theirs less ours, and as a part of theirs."""
    if theirs is None:
        return {"theirs": None, "ours": ours, "difference": None, "part": None}
    difference = theirs - (ours or 0)
    part = difference / theirs if theirs else None
    return {"theirs": theirs, "ours": ours, "difference": difference, "part": part}


def _total(bill: Bill, rows: list[Row]) -> dict[str, Any]:
    theirs: Number = None
    ours: Number = None
    amounts: dict[str, float] = {}
    tokens: dict[str, tuple[Number, Number]] = dict.fromkeys(TYPES, (None, None))
    for row in rows:
        theirs, ours = added(theirs, row.their_cost), added(ours, row.our_cost)
        for name in TYPES:
            they, we = tokens[name]
            they = added(they, row.theirs.tokens.get(name) if row.theirs else None)
            tokens[name] = they, added(we, row.ours.tokens.get(name) if row.ours else None)
        for cause in row.causes:
            if cause.amount:
                amounts[cause.code] = amounts.get(cause.code, 0.0) + cause.amount
    if not bill.has_costs:
        amounts = {}
    largest = sorted(amounts.items(), key=lambda item: -abs(item[1]))
    agreeing = sum(row.causes[0].code == "agrees" for row in rows)
    return {
        "cost": _pair(theirs, ours),
        "tokens": {name: _pair(*pair) for name, pair in tokens.items()},
        "rows": len(rows),
        "agreeing_rows": agreeing,
        "causes": [
            {"code": code, "what": _OF_CODE[code], "amount": amount} for code, amount in largest
        ],
        "sentence": _sentence(bill, theirs, ours, largest, len(rows), agreeing),
    }


def _sentence(
    bill: Bill,
    theirs: Number,
    ours: Number,
    amounts: list[tuple[str, float]],
    rows: int,
    agreeing: int,
) -> str:
    who = NAMES[bill.provider]
    days = f"{agreeing:,} of {rows:,} rows agree."
    if theirs is None:
        return f"{who}'s file tells tokens and no cost: {days}"
    recorded = ours or 0.0
    difference = theirs - recorded
    if not round(difference, 2):
        return f"{who} bills ${theirs:,.2f}, as much as was recorded here; {days}"
    part = f" ({abs(difference) / theirs * 100:.1f} %)" if theirs else ""
    less = "less" if difference > 0 else "more"
    why = [f"${amount:,.2f} for {_OF_CODE[code]}" for code, amount in amounts if round(amount, 2)]
    because = f" The difference: {', '.join(why)}." if why else ""
    return (
        f"{who} bills ${theirs:,.2f}, recorded here are ${recorded:,.2f}:"
        f" ${abs(difference):,.2f}{part} {less}.{because} {days}"
    )
