"""CSV exports of providers' consoles."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from pilothouse.platform.costs.bills.models import (
    NAMES,
    Bill,
    Billed,
    Place,
    amount_of,
    moment_of,
    number_of,
)
from pilothouse.platform.costs.bills.pages import UNNAMED, line_item_model, with_whole_input

_OPENAI_COUNTED: Final = {
    "input": "input_tokens",
    "cached": "input_cached_tokens",
    "cache_write": "input_cache_write_tokens",
    "output": "output_tokens",
}
_ANTHROPIC_WRITTEN: Final = (
    *("usage_input_tokens_cache_write_5m", "usage_input_tokens_cache_write_1h"),
    "usage_input_tokens_cache_write",
)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table."""

    number: int
    """Its line in the file."""
    values: Mapping[str, str]
    columns: Sequence[str]

    def at(self, column: str) -> Place:
        place = self.columns.index(column) + 1
        details = {"line": self.number, "column": place, "field": column}
        return Place(f"line {self.number}, column {place} ({column})", details)

    def text(self, column: str) -> str:
        return self.values.get(column, "").strip()

    def count(self, column: str) -> int:
        """A number of tokens; an empty cell is none."""
        text = self.text(column)
        return int(number_of(text.replace(",", ""), self.at(column))) if text else 0

    def amount(self, column: str) -> float:
        return amount_of(self.text(column).replace(",", "").lstrip("$"), self.at(column))


def _openai_usage(row: Row) -> Billed:
    line = Billed(_begins(row), row.text("model") or UNNAMED)
    line.tokens = {t: row.count(c) for t, c in _OPENAI_COUNTED.items() if c in row.columns}
    if "num_model_requests" in row.columns:
        line.requests = row.count("num_model_requests")
    return line


def _openai_costs(row: Row) -> Billed:
    currency = row.text("amount_currency")
    if currency and currency.lower() != "usd":
        raise row.at("amount_currency").wrong(f"{currency!r}: only costs in USD are compared")
    line = Billed(_begins(row), line_item_model(row.text("line_item")))
    line.cost = row.amount("amount_value") if row.text("amount_value") else 0.0
    return line


def _anthropic_usage(row: Row) -> Billed:
    line = Billed(_begins(row), row.text("model_version") or UNNAMED)
    written = sum(row.count(name) for name in _ANTHROPIC_WRITTEN if name in row.columns)
    line.tokens = with_whole_input(
        row.count("usage_input_tokens_no_cache"),
        row.count("usage_input_tokens_cache_read")
        if "usage_input_tokens_cache_read" in row.columns
        else 0,
        written,
        row.count("usage_output_tokens"),
    )
    return line


def _anthropic_costs(row: Row) -> Billed:
    line = Billed(_begins(row), row.text("model") or row.text("token_type") or UNNAMED)
    if not row.text("model"):
        line.kind = row.text("cost_type") or line.kind
    line.cost = row.amount("cost_usd")
    return line


_FORMS: Final[Mapping[tuple[str, frozenset[str]], Callable[[Row], Billed]]] = {
    ("openai", frozenset(("model", "input_tokens", "output_tokens"))): _openai_usage,
    ("openai", frozenset(("amount_value", "line_item"))): _openai_costs,
    (
        "anthropic",
        frozenset(("usage_date_utc", "model_version", "usage_input_tokens_no_cache")),
    ): _anthropic_usage,
    ("anthropic", frozenset(("usage_date_utc", "model", "cost_usd"))): _anthropic_costs,
}
_TIMES: Final = ("usage_date_utc", "start_time_iso", "start_time", "date")


def read_table(bill: Bill, text: str) -> None:
    """Add what the lines of a table say. Raises BadRequest."""
    head = text.partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    rows = _rows(text, delimiter)
    columns = [name.strip().lower() for name in next(rows)[1]]
    read = _form(bill, columns)
    for number, cells in rows:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(columns):
            raise Place(f"line {number}", {"line": number, "column": len(cells)}).wrong(
                f"it has {len(cells)} columns, and the first line {len(columns)}"
            )
        bill.add(read(Row(number, dict(zip(columns, cells, strict=True)), columns)))


def _rows(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)
    line = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as e:
            at = reader.line_num
            raise Place(f"line {at}", {"line": at, "column": 1}).wrong(str(e)) from e
        yield line, cells
        line = reader.line_num + 1


def _form(bill: Bill, columns: Sequence[str]) -> Callable[[Row], Billed]:
    """How lines with these columns are read. Raises BadRequest."""
    place = Place("line 1", {"line": 1, "column": 1})
    for (provider, needed), read in _FORMS.items():
        if needed <= set(columns) and any(name in columns for name in _TIMES):
            if provider != bill.provider:
                raise place.wrong(f"this is {NAMES[provider]}'s export: say provider={provider}")
            return read
    known = [needed for provider, needed in _FORMS if provider == bill.provider]
    nearest = max(known, key=lambda needed: len(needed & set(columns)))
    missing = sorted(nearest - set(columns)) or list(_TIMES[:3])
    raise place.wrong(
        f"this is no usage or cost export of {NAMES[bill.provider]}: column {missing[0]!r} is"
        " missing; export it by day and model"
    )


def _begins(row: Row) -> date:
    """The day in UTC that a line tells of. Raises BadRequest."""
    known = [name for name in _TIMES if name in row.columns]
    name = next((name for name in known if row.text(name)), known[0])
    return moment_of(row.text(name), row.at(name)).date()
