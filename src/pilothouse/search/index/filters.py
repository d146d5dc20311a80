"""Filters on metadata, as SQL with every value bound.

{"lang": "en"}                                 equal
{"year": {"$gte": 2020, "$lt": 2024}}          $ne $gt $gte $lt $lte $in $nin $exists
{"$or": [{…}, {"$not": {…}}]}                  $and $or $not
{"author.name": "Ann"}                         a field within
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pilothouse.search.errors import FilterError

Filter = Mapping[str, Any]
"""Any: values are what JSON has."""
_COMPARED: Final = {"$gt": ">", "$gte": ">=", "$lt": "<", "$lte": "<="}
_KNOWN: Final = ("$eq", "$ne", *_COMPARED, "$in", "$nin", "$exists")
_DEEPEST: Final = 20
_MOST: Final = 500


def condition(given: Filter) -> tuple[str, list[Any]]:
    """A condition on the table of chunks, and its values. Raises FilterError."""
    values: list[Any] = []
    made = _all_of(given, values, 0)
    if made.count(" AND ") + made.count(" OR ") > _MOST:  # SQLite joins up to 1,000
        raise FilterError(f"the filter has more than {_MOST} conditions")
    return made, values


def _all_of(given: object, values: list[Any], depth: int) -> str:
    if not isinstance(given, Mapping):
        raise FilterError(f"a filter is a mapping of fields, not {given!r}")
    if depth > _DEEPEST:
        raise FilterError("the filter is nested too deeply")
    parts = [_part(str(name), wanted, values, depth) for name, wanted in given.items()]
    return f"({' AND '.join(parts)})" if parts else "1"


def _part(name: str, wanted: Any, values: list[Any], depth: int) -> str:
    if name in {"$and", "$or"}:
        if not isinstance(wanted, list) or not wanted:
            raise FilterError(f"{name} wants a list of filters")
        word = " AND " if name == "$and" else " OR "
        return f"({word.join(_all_of(one, values, depth + 1) for one in wanted)})"
    if name == "$not":
        return f"NOT coalesce({_all_of(wanted, values, depth + 1)}, 0)"
    if name.startswith("$"):
        raise FilterError(f"there is no {name}: $and, $or and $not join filters")
    if isinstance(wanted, Mapping):
        if not wanted:
            raise FilterError(f"{name!r} is compared with nothing")
        every = [_compared(name, str(how), value, values) for how, value in wanted.items()]
        return f"({' AND '.join(every)})"
    return _compared(name, "$eq", wanted, values)


def _compared(name: str, how: str, value: Any, values: list[Any]) -> str:
    if how == "$exists":
        if not isinstance(value, bool):
            raise FilterError("$exists wants true or false")
        return f"{_field(name, values)} IS {'NOT ' if value else ''}NULL"
    if how in {"$in", "$nin"}:
        if not isinstance(value, list):
            raise FilterError(f"{how} wants a list")
        field = _field(name, values)
        if not value:
            return "0" if how == "$in" else "1"
        marks = ", ".join(_bound(name, one, values) for one in value)
        found = f"coalesce({field} IN ({marks}), 0)"
        return found if how == "$in" else f"NOT {found}"
    if how in {"$eq", "$ne"}:
        field = _field(name, values)
        if value is None:
            return f"{field} IS {'NOT ' if how == '$ne' else ''}NULL"
        mark = _bound(name, value, values)
        return f"{field} IS {'NOT ' if how == '$ne' else ''}{mark}"
    if how not in _COMPARED:
        raise FilterError(f"{name!r} is compared by {how}, not by one of {', '.join(_KNOWN)}")
    field = _field(name, values)
    kind = "text" if isinstance(value, str) else "number"
    mark = _bound(name, value, values)
    # SQLite holds any text for greater than any number
    inner = "= 'text'" if kind == "text" else "IN ('integer', 'real')"
    again = _field(name, values)
    return f"({field} {_COMPARED[how]} {mark} AND typeof({again}) {inner})"


def _field(name: str, values: list[Any]) -> str:
    """The value of a field; its path is bound like any other value."""
    if '"' in name or "\0" in name:
        raise FilterError(f"{name!r} is no name of a field")
    values.append("$" + "".join(f'."{part}"' for part in name.split(".")))
    return "json_extract(metadata, ?)"


def _bound(name: str, value: Any, values: list[Any]) -> str:
    if isinstance(value, bool):
        value = int(value)  # as json_extract gives them
    if not isinstance(value, str | int | float) or (isinstance(value, int) and abs(value) >= 2**63):
        raise FilterError(f"{name!r} is compared with {value!r}: give a text, a number or a truth")
    values.append(value)
    return "?"
