"""Pages of the usage and cost APIs of providers, as JSON.

OpenAI: /v1/organization/usage/completions (and its other kinds) and /v1/organization/costs.
Anthropic: /v1/organizations/usage_report/messages and /v1/organizations/cost_report.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from pilothouse.platform.costs.bills.models import (
    MODEL_CALLS,
    Bill,
    Billed,
    Place,
    amount_of,
    moment_of,
    number_of,
)

UNNAMED: Final = "(no model named)"
_DAY: Final = timedelta(days=1)
Result = Mapping[str, Any]  # Any: JSON of others


def read_pages(bill: Bill, document: object) -> None:
    """Add what a page says, or each page of a list. Raises BadRequest."""
    pages = document if isinstance(document, list) else [document]
    for number, page in enumerate(pages):
        path = f"[{number}]" if isinstance(document, list) else ""
        for at, bucket in enumerate(_list(page, "data", path)):
            _read_bucket(bill, bucket, f"{path}.data[{at}]".lstrip("."))


def _read_bucket(bill: Bill, bucket: object, path: str) -> None:
    told = _object(bucket, path)
    start, end = _first(told, "start_time", "starting_at"), _first(told, "end_time", "ending_at")
    if start is None:
        raise _at(path).wrong("it has no start_time and no starting_at")
    begins = moment_of(told[start], _at(f"{path}.{start}"))
    if end is not None:
        _note_day(bill, begins, moment_of(told[end], _at(f"{path}.{end}")))
    name = "results" if "results" in told else "result"
    for at, result in enumerate(_list(told, name, path)):
        where = f"{path}.{name}[{at}]"
        line = _READERS[bill.provider](_object(result, where), where)
        line.day = begins.date()
        bill.add(line)


def _note_day(bill: Bill, begins: datetime, ends: datetime) -> None:
    at_midnight = begins.hour == begins.minute == begins.second == 0
    if ends - begins >= _DAY and not at_midnight:
        bill.off_midnight = True


def _of_openai(result: Result, path: str) -> Billed:
    kind = str(result.get("object", "")).removeprefix("organization.").removesuffix(".result")
    if "amount" in result:
        amount = _object(result["amount"], f"{path}.amount")
        _check_dollars(amount.get("currency"), f"{path}.amount.currency")
        item = result.get("line_item") or UNNAMED
        line = Billed(_NO_DAY, line_item_model(str(item)))
        line.cost = amount_of(amount.get("value"), _at(f"{path}.amount.value"))
        return line
    if not kind.startswith("usage.") and "input_tokens" not in result:
        raise _at(path).wrong("this is no result of OpenAI's usage or costs")
    kind = kind.removeprefix("usage.") or MODEL_CALLS
    line = Billed(_NO_DAY, str(result.get("model") or _unnamed(kind)), kind)
    line.tokens = _numbers(
        result,
        path,
        {"input": "input_tokens", "cached": "input_cached_tokens", "output": "output_tokens"},
    )
    written = "input_cache_write_tokens"
    if result.get(written) is not None:
        line.tokens["cache_write"] = int(number_of(result[written], _at(f"{path}.{written}")))
    if result.get("num_model_requests") is not None:
        line.requests = int(
            number_of(result["num_model_requests"], _at(f"{path}.num_model_requests"))
        )
    return line


def _of_anthropic(result: Result, path: str) -> Billed:
    if "amount" in result:
        _check_dollars(result.get("currency"), f"{path}.currency")
        named = result.get("model") or result.get("description") or result.get("cost_type")
        line = Billed(_NO_DAY, str(named or UNNAMED))
        if not result.get("model") and result.get("cost_type") not in (None, "tokens"):
            line.kind = str(result["cost_type"])
        line.cost = amount_of(result["amount"], _at(f"{path}.amount")) / 100  # told in cents
        return line
    if "uncached_input_tokens" not in result:
        raise _at(path).wrong("this is no result of Anthropic's usage or cost report")
    line = Billed(_NO_DAY, str(result.get("model") or UNNAMED))
    plain = _numbers(
        result,
        path,
        {
            "uncached": "uncached_input_tokens",
            "cached": "cache_read_input_tokens",
            "output": "output_tokens",
        },
    )
    written = _object(result.get("cache_creation") or {}, f"{path}.cache_creation")
    parts = _numbers(
        written,
        f"{path}.cache_creation",
        {"5m": "ephemeral_5m_input_tokens", "1h": "ephemeral_1h_input_tokens"},
    )
    line.tokens = with_whole_input(
        plain.get("uncached", 0),
        plain.get("cached", 0),
        sum(parts.values()),
        plain.get("output", 0),
    )
    return line


def with_whole_input(uncached: int, cached: int, written: int, output: int) -> dict[str, int]:
    """Anthropic tells cached and written tokens beside the input; here they are parts of it."""
    return {
        "input": uncached + cached + written,
        "cached": cached,
        "cache_write": written,
        "output": output,
    }


def line_item_model(item: str) -> str:
    """The model of one of OpenAI's cost lines: `gpt-4o-2024-08-06, cached input`."""
    return item.partition(", ")[0].strip() or UNNAMED


_READERS: Final[Mapping[str, Callable[[Result, str], Billed]]] = {
    "openai": _of_openai,
    "anthropic": _of_anthropic,
}
_NO_DAY: Final = moment_of("1970-01-01", Place("", {})).date()


def _numbers(result: Result, path: str, names: Mapping[str, str]) -> dict[str, int]:
    return {
        name: int(number_of(result[field], _at(f"{path}.{field}")))
        for name, field in names.items()
        if result.get(field) is not None
    }


def _unnamed(kind: str) -> str:
    return UNNAMED if kind == MODEL_CALLS else f"({kind.replace('_', ' ')})"


def _check_dollars(currency: object, path: str) -> None:
    if currency is not None and str(currency).lower() != "usd":
        raise _at(path).wrong(f"{currency!r}: only costs in USD are compared")


def _first(told: Result, *names: str) -> str | None:
    return next((name for name in names if told.get(name) is not None), None)


def _list(told: object, name: str, path: str) -> Sequence[Any]:
    found = _object(told, path).get(name)
    if not isinstance(found, list):
        shown = f"{path}.{name}".lstrip(".")
        raise _at(shown).wrong("it is no list; is this the answer of the usage or the cost API?")
    return found


def _object(told: object, path: str) -> Result:
    if not isinstance(told, dict):
        raise _at(path or "the document").wrong("it is no JSON object")
    return told


def _at(path: str) -> Place:
    return Place(path, {"path": path})
