"""Orders of a list and the places in them: what `order_by` and `cursor` mean in SQL.

A place is the sort value of a row with its ids, so that ties neither repeat nor vanish. The default
order by start time follows the key of the tables, which is why it alone can stop early.
"""

from __future__ import annotations

import base64
import binascii
import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from pilothouse.platform.errors import BadRequest
from pilothouse.platform.store.binds import Binds
from pilothouse.platform.store.columns import COLUMNS, Column

_UNSORTED: Final = ("list", "boolean")


@dataclass(frozen=True, slots=True)
class Order:
    """A column to sort by and its direction; unknown values come last in both."""

    name: str
    descending: bool
    column: Column
    ids: tuple[str, ...]
    """The columns that tell equal rows apart."""

    @property
    def text(self) -> str:
        return f"-{self.name}" if self.descending else self.name

    @property
    def follows_key(self) -> bool:
        """Whether rows can be read in the order of the table."""
        return self.name == "start_time" and "hour" in self.ids

    @property
    def _tail(self) -> tuple[str, ...]:
        return tuple(name for name in self.ids if name != "hour")

    def sql(self) -> str:
        """The ORDER BY list."""
        way = "DESC" if self.descending else "ASC"
        if self.follows_key:
            return ", ".join(f"{c} {way}" for c in ("hour", "start_time", *self._tail))
        value = f"{self.value} {way}" + (" NULLS LAST" if self.nullable else "")
        return ", ".join([value, *(f"{c} {way}" for c in self._tail)])

    @property
    def value(self) -> str:
        return f"nullIf({self.column.sql}, '')" if self.column.kind == "text" else self.column.sql

    @property
    def nullable(self) -> bool:
        return self.column.kind == "text" or self.column.nullable

    def key(self) -> str:
        """The place of a row, for its column `_k`."""
        tail = ", ".join(self._tail)
        if self.follows_key:
            return f"(toUnixTimestamp(hour), toUnixTimestamp64Micro(start_time), {tail})"
        value = self.value
        if self.column.kind == "time":
            value = f"toUnixTimestamp64Micro({value})"
        return f"({value}, {tail})"

    def after(self, place: list[Any], binds: Binds) -> str:
        """The condition on rows that come after a place. Raises BadRequest."""
        sign = "<" if self.descending else ">"
        try:
            if self.follows_key:
                hour, start_us, *rest = place
                bound = [
                    binds.hour(int(hour)),
                    binds.micros(int(start_us)),
                    *self._ids(rest, binds),
                ]
                names = ", ".join(("hour", "start_time", *self._tail))
                return f"hour {sign}= {bound[0]} AND ({names}) {sign} ({', '.join(bound)})"
            value, *rest = place
            ids = ", ".join(self._ids(rest, binds))
            beyond = f"({', '.join(self._tail)}) {sign} ({ids})"
            if value is None:
                return f"{self.value} IS NULL AND {beyond}"
            bound_value = self._bound(value, binds)
        except (TypeError, ValueError) as e:
            raise bad_cursor() from e
        later = f"{self.value} {sign} {bound_value} OR ({self.value} = {bound_value} AND {beyond})"
        return f"({later} OR {self.value} IS NULL)" if self.nullable else f"({later})"

    def _bound(self, value: Any, binds: Binds) -> str:
        match self.column.kind:
            case "text":
                return binds.text(_string(value))
            case "time":
                return binds.micros(int(value))
            case _:
                return binds.number(float(value))

    def _ids(self, values: list[Any], binds: Binds) -> list[str]:
        if len(values) != len(self._tail):
            raise ValueError(values)
        return [
            binds.integer(int(v)) if name == "project" else binds.text(_string(v))
            for name, v in zip(self._tail, values, strict=True)
        ]


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


_IDS: Final = {
    "traces": ("hour", "trace_id", "project"),
    "spans": ("hour", "trace_id", "span_id", "project"),
}


def order_of(text: str | None, table: str) -> Order:
    """The order of a list of traces or spans. Raises BadRequest."""
    return pick(text or "-start_time", COLUMNS[table], _IDS[table])


def pick(text: str, columns: Mapping[str, Column], ids: tuple[str, ...]) -> Order:
    """The order that `order_by` names, out of some columns. Raises BadRequest."""
    name = text.lstrip("-+").strip()
    sortable = {n: c for n, c in columns.items() if c.kind not in _UNSORTED}
    if name in sortable:
        return Order(name, text.startswith("-"), sortable[name], ids)
    near = difflib.get_close_matches(name, sortable, 1, 0.5)
    message = f"cannot order by {name!r}"
    if near:
        message += f"; did you mean {near[0]!r}?"
    raise BadRequest(message, {"parameter": "order_by", "known": sorted(sortable)})


def bad_cursor() -> BadRequest:
    return BadRequest(
        "this cursor is not one of this list; start again without it", {"parameter": "cursor"}
    )


def write_cursor(order: str, place: Any) -> str:
    """A place as opaque text."""
    return base64.urlsafe_b64encode(orjson.dumps([order, place])).decode().rstrip("=")


def read_cursor(text: str, order: str) -> Any:
    """The place that a cursor names. Raises BadRequest if it is of another order or none."""
    try:
        known, place = orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (binascii.Error, ValueError, TypeError) as e:
        raise bad_cursor() from e
    if known != order or not isinstance(place, list | dict):
        raise bad_cursor()
    return place


def read_moment(text: str | None, order: str) -> tuple[int, str] | None:
    """The time and the id that a cursor names, None without one. Raises BadRequest likewise."""
    match read_cursor(text, order) if text else None:
        case None:
            return None
        case [int(time), str(name)]:
            return time, name
        case _:
            raise bad_cursor()
