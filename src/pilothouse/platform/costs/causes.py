"""Why a provider's figures and ours differ, in sentences and, where it can be told, in dollars.

The difference in cost is what the provider charges for its tokens beyond our price of them, and
what our price of its tokens is beyond that of ours. The first is a matter of prices, the second of
calls that one of the two does not know, of calls without a price, and of cached tokens.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from pilothouse.platform.costs.bills import Billed
from pilothouse.platform.costs.bills.models import MODEL_CALLS
from pilothouse.platform.costs.models import Number
from pilothouse.platform.costs.recorded import Recorded
from pilothouse.spans.price_list import MILLION

NEAR: Final = 0.005
"""Figures that differ by less than this part agree."""
CENT: Final = 0.01
"""Bills are rounded to cents."""

Code = Literal[
    "agrees",
    "model_not_recorded",
    "day_not_recorded",
    "not_traced",
    "not_billed",
    "calls_not_seen",
    "calls_not_billed",
    "no_price",
    "price",
    "client_price",
    "cached_counted_differently",
    "day_boundary",
    "rest",
]


@dataclass(frozen=True, slots=True)
class Cause:
    """One reason why a row differs."""

    code: Code
    sentence: str
    amount: Number = None
    """How much of the difference in cost it explains: theirs less ours, in US dollars."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What is known beyond the row."""

    who: str
    """The provider's name."""
    whole_model_recorded: bool
    """Whether calls of the model were recorded on any day of the bill."""
    evens_out: bool
    """Whether the tokens of the model agree over all days together."""
    off_midnight: bool


def causes_of(theirs: Billed | None, ours: Recorded | None, context: Context) -> list[Cause]:
    """Why a model's figures of a day differ, what explains most first."""
    if theirs is None:
        assert ours is not None
        return [_only_ours(ours, context)]
    if ours is None:
        return [_only_theirs(theirs, context)]
    if _agree(theirs, ours):
        return [Cause("agrees", "Both say the same.")]
    found = [
        *(
            _of_days(theirs, ours, context)
            or _of_cached(theirs, ours, context)
            or _of_calls(theirs, ours, context)
        ),
        *_of_prices_missing(ours),
        *_of_prices(theirs, ours, context),
    ]
    return found + _rest(theirs, ours, found, context)


def near(a: float, b: float) -> bool:
    return abs(a - b) <= NEAR * max(abs(a), abs(b))


def all_tokens(tokens: Mapping[str, int]) -> int:
    return tokens.get("input", 0) + tokens.get("output", 0)


def _agree(theirs: Billed, ours: Recorded) -> bool:
    same = all(near(number, ours.tokens.get(name, 0)) for name, number in theirs.tokens.items())
    if theirs.cost is None:
        return same
    cost = ours.cost or 0.0
    return same and (near(theirs.cost, cost) or abs(theirs.cost - cost) < CENT)


def _only_theirs(theirs: Billed, context: Context) -> Cause:
    if theirs.kind != MODEL_CALLS:
        kind = theirs.kind.replace("_", " ")
        return Cause(
            "not_traced", f"{context.who} bills {kind} that were not recorded here.", theirs.cost
        )
    if context.whole_model_recorded and context.off_midnight:
        said = f"{_days(context)} The calls may stand on the day beside."
        return Cause("day_boundary", said, theirs.cost)
    if context.whole_model_recorded:
        return Cause(
            "day_not_recorded",
            "No call of this model was recorded on this day: it came from elsewhere, or its spans"
            " did not arrive.",
            theirs.cost,
        )
    return Cause(
        "model_not_recorded",
        f"Only {context.who} knows this model: no application that uses it sends its calls here.",
        theirs.cost,
    )


def _only_ours(ours: Recorded, context: Context) -> Cause:
    lost = None if ours.cost is None else -ours.cost
    if context.off_midnight:
        return Cause("day_boundary", f"{_days(context)} It may be billed on the day beside.", lost)
    return Cause(
        "not_billed",
        f"{_many(ours.calls, 'call')} recorded here are not in the file: they went to another"
        f" account or by another seller, or the export leaves them out.",
        lost,
    )


def _of_days(theirs: Billed, ours: Recorded, context: Context) -> list[Cause]:
    if not context.evens_out or near(all_tokens(theirs.tokens), all_tokens(ours.tokens)):
        return []
    said = f"{_days(context)} Over all days the tokens agree."
    return [Cause("day_boundary", said, _volume(theirs, ours))]


def _days(context: Context) -> str:
    if context.off_midnight:
        return f"The days of {context.who}'s file do not begin at midnight in UTC, ours do."
    return "Calls around midnight stand on the day beside: here a call counts when it began."


def _volume(theirs: Billed, ours: Recorded) -> Number:
    """What their tokens cost more than ours, both at our price."""
    return _difference(ours.priced(theirs.tokens), ours.priced(ours.tokens))


def _of_calls(theirs: Billed, ours: Recorded, context: Context) -> list[Cause]:
    """Calls that only one of the two knows."""
    asked, seen = theirs.requests, ours.calls
    more = all_tokens(theirs.tokens) - all_tokens(ours.tokens)
    hint = f" {_days(context)}" if context.off_midnight else ""
    if not theirs.tokens or near(all_tokens(theirs.tokens), all_tokens(ours.tokens)):
        return []
    amount = _volume(theirs, ours)
    if asked is not None and asked != seen:
        if asked > seen:
            return [
                Cause(
                    "calls_not_seen",
                    f"{asked - seen:,} of {_many(asked, 'call')} ({_percent(asked - seen, asked)})"
                    f" never came here.{hint}",
                    amount,
                )
            ]
        return [
            Cause(
                "calls_not_billed",
                f"{_many(seen - asked, 'call')} more were recorded here than {context.who} bills:"
                f" another account, or answers that cost nothing.{hint}",
                amount,
            )
        ]
    known = "Though the calls are as many, " if asked is not None else ""
    if more > 0:
        said = f"{known}{context.who} bills {more:,} tokens more than were recorded here: "
        why = "answers whose spans tell no tokens." if known else "calls that never came here."
        return [Cause("calls_not_seen", said + why, amount)]
    said = f"{known}{-more:,} tokens more were recorded here than {context.who} bills."
    return [Cause("calls_not_billed", said, amount)]


def _of_prices_missing(ours: Recorded) -> list[Cause]:
    if not ours.unpriced_calls:
        return []
    return [
        Cause(
            "no_price",
            f"{_many(ours.unpriced_calls, 'call')} had no price when they came.",
            ours.priced(ours.unpriced_tokens),
        )
    ]


def _of_prices(theirs: Billed, ours: Recorded, context: Context) -> list[Cause]:
    """What they charge for their tokens, beside our price of the same."""
    if theirs.cost is None or not theirs.tokens:
        return []
    found: list[Cause] = []
    at_ours = ours.priced(theirs.tokens)
    if at_ours and not near(theirs.cost, at_ours) and abs(theirs.cost - at_ours) >= CENT:
        part = theirs.cost / at_ours - 1
        assert ours.quote is not None
        halved = " Batch calls cost half." if near(theirs.cost, at_ours / 2) else ""
        found.append(
            Cause(
                "price",
                f"{context.who} charges {abs(part) * 100:.1f} % {'more' if part > 0 else 'less'}"
                f" for these tokens than {_price(ours)}.{halved}",
                theirs.cost - at_ours,
            )
        )
    priced = _difference(ours.priced(ours.tokens), ours.priced(ours.unpriced_tokens))
    if ours.client_cost and priced is not None and ours.cost is not None:
        beside = priced - ours.cost
        if abs(beside) >= CENT and not near(priced, ours.cost):
            found.append(
                Cause(
                    "client_price",
                    f"${ours.client_cost:,.2f} of our cost was reported by the senders, at other"
                    " prices.",
                    beside,
                )
            )
    return found


def _price(ours: Recorded) -> str:
    quote = ours.quote
    assert quote is not None
    whose = "your own price" if quote.source == "project" else "the list price"
    rates = [
        f"{name} ${rate * MILLION:,.4g}"
        for name, rate in (("input", quote.rates.input), ("output", quote.rates.output))
        if rate is not None
    ]
    return f"{whose} of {quote.price_date} ({', '.join(rates)} a million)"


def _of_cached(theirs: Billed, ours: Recorded, context: Context) -> list[Cause]:
    """Cached tokens that one of the two counts otherwise, with the tokens as a whole the same."""
    if "cached" not in theirs.tokens:
        return []
    they, we = theirs.tokens["cached"], ours.tokens.get("cached", 0)
    into, here = theirs.tokens.get("input", 0), ours.tokens.get("input", 0)
    if near(they, we) and near(into, here):
        return []
    why = "" if we else " The senders report none."
    if we and not near(into, here) and near(here, into + we):
        why = " Here they seem to be counted beside the input, not within."
    elif not near(into, here):
        return []  # there are fewer calls, and so fewer of their tokens
    said = f"{context.who} counts {they:,} cached tokens, here are {we:,}.{why}"
    return [Cause("cached_counted_differently", said, _volume(theirs, ours))]


def _rest(theirs: Billed, ours: Recorded, found: list[Cause], context: Context) -> list[Cause]:
    """What of the difference in cost none of the causes explains."""
    if theirs.cost is None:
        return [] if found else [Cause("rest", "The tokens differ, for no known reason.")]
    difference = theirs.cost - (ours.cost or 0.0)
    if not theirs.tokens:
        said = f"The file tells money alone; {context.who}'s usage export, with tokens, tells why."
        return [Cause("rest", said, difference - sum(cause.amount or 0.0 for cause in found))]
    rest = difference - sum(cause.amount or 0.0 for cause in found)
    if found and (abs(rest) < CENT or abs(rest) <= NEAR * max(theirs.cost, ours.cost or 0.0)):
        return []
    return [Cause("rest", f"${rest:,.2f} of the difference is not explained.", rest)]


def _difference(a: Number, b: Number) -> Number:
    return None if a is None or b is None else a - b


def _many(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _percent(part: float, whole: float) -> str:
    return f"{part / whole * 100:.1f} %"
